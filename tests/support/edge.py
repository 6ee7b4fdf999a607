"""CloudFront's functions, run by Node."""

import json
import subprocess
from typing import Any

from tools.dev.install import search_path


def at_the_edge(code: str, **event: Any) -> Any:
    """Return what a function makes of an event."""
    program = f"{code}console.log(JSON.stringify(handler({json.dumps(event)})))"
    done = subprocess.run(["node", "-e", program], env={"PATH": search_path()}, capture_output=True, check=True)
    return json.loads(done.stdout)
