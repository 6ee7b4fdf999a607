"""Write the site: `python -m tools.site OUT_DIR --api-url URL`."""

import argparse
import sys
from pathlib import Path

from tools.site.build import NotInstalled, build


def main(arguments: list[str]) -> int:
    """Build with the settings of the command line; 1 and one message when something is missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("out", type=Path, help="the directory to write to; the site is in its folder docs/")
    parser.add_argument("--api-url", default="", help="where the API answers; without it, at the site's own root")
    parser.add_argument("--sign-in-url", default="", help="the domain of the sign-in pages: the stack's SignInUrl")
    parser.add_argument("--client-id", default="", help="the browser's client: the stack's BrowserClientId")
    options = parser.parse_args(arguments)
    settings = {"apiUrl": options.api_url, "signInUrl": options.sign_in_url, "clientId": options.client_id}
    try:
        print(build(options.out, settings))
    except NotInstalled as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
