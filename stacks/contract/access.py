"""The table of docs/security.md: each route, and the access that it requires."""

import re
from collections.abc import Sequence

from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource
from lambdas.rest.routes import routes
from stacks.contract.document import PATH

PAGE = PATH.with_name("security.md")
TABLE = re.compile(r"(?<=<!-- access -->\n).*?(?=<!-- /access -->)", re.DOTALL)


def table(resources: Sequence[Resource]) -> str:
    """Return the rows, in Markdown."""
    rows = [
        (f"`{one.method} {one.full_path(each)}`", required(one, each)) for each in resources for one in routes(each)
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in (("route", "requires"), ("---", "---"), *rows))


def required(route: Operation, resource: Resource) -> str:
    """Return the access that a route requires."""
    scope = route.scope(resource)
    return f"`{scope}`" if scope else "a signature" if route.access == "iam" else "nothing"
