"""One process of a function: import it, call it once, then often; print what that took, as JSON.

Arguments: module, handler, the event as JSON, the number of warm calls. It imports little itself, since all is counted.
"""

import json
import resource
import sys
import time
from importlib import import_module


def cpu() -> float:
    """Return the milliseconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


class Context:
    """Lambda's context, as far as a handler reads it."""

    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Return as much as there is at the start."""
        return 10_000


def main(module: str, name: str, event: str, calls: int) -> None:
    """Measure and print."""
    document = json.loads(event)
    handler = getattr(import_module(module), name)
    answer = handler(json.loads(event), Context)
    started, modules = cpu(), len(sys.modules)
    assert answer["statusCode"] in (200, 201), answer
    began, wall = cpu(), time.perf_counter()
    for _ in range(calls):
        handler(dict(document), Context)
    warm, elapsed = cpu() - began, (time.perf_counter() - wall) * 1000
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would count as an import
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
    figures = {"cold": started, "warm": warm / max(calls, 1), "warm_wall": elapsed / max(calls, 1)}
    print(json.dumps({**figures, "modules": modules, "memory": memory}), file=sys.__stderr__)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
