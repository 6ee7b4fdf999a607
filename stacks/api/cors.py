"""Which pages may read what the gateway answers by itself (CORS); lambdas/rest/cors.py is the functions' part of it."""

from collections.abc import Mapping, Sequence

from lambdas.rest.cors import ANY, EXPOSE
from stacks.contract.parameters import REQUEST_HEADERS

ALLOW = "Access-Control-Allow-Origin"
SENT = (  # the headers that a page may send
    *("Authorization", "Content-Type", "X-Api-Key", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"),
    *dict.fromkeys(name.partition(":")[0] for name in REQUEST_HEADERS),
)
KEPT_FOR = 7200  # seconds that a browser may keep the answer to a preflight: the longest that Chrome does


def preflight(methods: str) -> dict[str, str]:
    """What a page may send to a path that takes these methods."""
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": ", ".join(SENT),
        "Access-Control-Max-Age": str(KEPT_FOR),
    }


def fixed(origins: Sequence[str]) -> dict[str, str]:
    """The headers that are the same for every page."""
    vary = {} if ANY in origins else {"Vary": "Origin"}
    return {**EXPOSE, **vary, **({ALLOW: origins[0]} if len(origins) == 1 else {})}


def chosen(origins: Sequence[str]) -> str:
    """The part of a template that names the page's origin, if it is one of several (as CDK's own preflight does it)."""
    if len(origins) == 1:
        return ""
    allowed = " || ".join(f'$origin == "{origin}"' for origin in origins)
    override = f"#set($context.responseOverride.header.{ALLOW} = $origin)"
    return f'#set($origin = $input.params().header.get("Origin"))\n#if({allowed})\n{override}\n#end\n'


def of_errors(origins: Sequence[str]) -> dict[str, str]:
    """The mappings of headers of the gateway's errors. They cannot choose: of several origins they let any page read.

    Errors say what the page's own request was worth, and nothing of the data; unread, a page could not tell a 401 from
    a broken network.
    """
    any_page = {ALLOW: "method.request.header.Origin"} if len(origins) > 1 else {}
    return quoted(fixed(origins)) | any_page


def quoted(headers: Mapping[str, str]) -> dict[str, str]:
    """Values as they are, in the gateway's way of writing mappings."""
    return {name: f"'{value}'" for name, value in headers.items()}
