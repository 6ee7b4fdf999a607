"""The cost of a month, line by line: `python -m bench.costs` prints the table of docs/operations.md."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

SECONDS = 730 * 3600  # of a month
RATES = (1, 100, 10_000)  # requests a second

# USD, us-east-1, without free tiers, as of 2026-11. Millions of requests and units, gigabytes.
GATEWAY = ((333e6, 3.50), (667e6, 2.80), (19e9, 2.38), (float("inf"), 1.51))  # a million, in tiers
LAMBDA_MILLION, LAMBDA_GB_SECOND = 0.20, 0.0000133334  # arm64
READ_MILLION, WRITE_MILLION = 0.125, 0.625  # DynamoDB on demand
STORAGE, HISTORY, BACKUP = 0.25, 0.20, 0.10  # a GB and month
TOPIC_MILLION, TOPIC_GB = 0.30, 0.017  # SNS FIFO: calls, and what they carry
LOG_GB = 0.50
TRACE_MILLION = 5.00
FIREWALL, FIREWALL_MILLION = 10.00, 0.70  # an ACL of five rules; its requests, each by the CDN's function, too
OUT_GB = 0.085  # from CloudFront; what it reads from AWS is free
CDN_MILLION = 1.00
OBJECT_GB, OBJECT_PUTS = 0.023, 5.00  # S3: a GB and month; a million PUTs or copies
ALARM_METRIC, OWN_METRIC, DASHBOARD = 0.10, 0.30, 3.00


@dataclass(frozen=True)
class Load:
    """The requests that the service answers, and the items it keeps."""

    rate: float  # requests a second, all month
    writes: float = 0.2  # of the requests; the others read
    read_units: float = 0.75  # nine reads of an item of 1 KB, one list of 20
    write_units: float = 3.3  # an item of 1 KB and its copies in two indexes; a tenth creates, with a marker
    ms: float = 15  # of a function of 1 GB
    event_kb: float = 2.5  # old and new image
    log_bytes: float = 680  # gateway's line and function's line
    answer_kb: float = 1.5
    table_gb: float = 10  # and as much in each of two indexes
    uploads: float = 0.001  # of the requests; a tenth of the reads is followed by that of a file
    file_kb: float = 50
    files_gb: float = 10
    alarm_metrics: int = 41
    own_metrics: int = 35  # with all of them in use
    copies: int = 47  # 35 daily and 12 monthly

    @property
    def requests(self) -> float:
        """Requests in a month."""
        return self.rate * SECONDS

    @property
    def changes(self) -> float:
        """Writes in a month."""
        return self.requests * self.writes

    @property
    def files_read(self) -> float:
        """Reads of files in a month."""
        return (self.requests - self.changes) / 10

    @property
    def calls(self) -> float:
        """Calls of the publisher and of SNS in a month: Lambda polls ten shards 4 times a second, a call takes ten."""
        return self.changes / max(1.0, min(10.0, self.rate * self.writes / 40))


LINES: dict[str, Callable[[Load], float]] = {
    "API Gateway": lambda load: tiered(load.requests),
    "Lambda": lambda load: (load.requests + load.calls) / 1e6 * LAMBDA_MILLION + gb_seconds(load) * LAMBDA_GB_SECOND,
    "DynamoDB reads": lambda load: (load.requests - load.changes) * load.read_units / 1e6 * READ_MILLION,
    "DynamoDB writes": lambda load: load.changes * load.write_units / 1e6 * WRITE_MILLION,
    "DynamoDB storage, history": lambda load: load.table_gb * (3 * STORAGE + HISTORY),
    "Backups": lambda load: load.table_gb * load.copies * BACKUP,
    "Events (SNS)": lambda load: load.calls / 1e6 * TOPIC_MILLION + load.changes * load.event_kb / 1e6 * TOPIC_GB,
    "Logs": lambda load: load.requests * load.log_bytes / 1e9 * LOG_GB,
    "Traces": lambda load: (1 + 0.05 * (load.rate - 1)) * SECONDS / 1e6 * TRACE_MILLION,
    "Firewall": lambda load: FIREWALL + load.requests / 1e6 * FIREWALL_MILLION,
    "CDN": lambda load: (load.requests + load.files_read) / 1e6 * CDN_MILLION,
    "Data out, of the API": lambda load: load.requests * load.answer_kb / 1e6 * OUT_GB,
    "Data out, files": lambda load: load.files_read * load.file_kb / 1e6 * OUT_GB,
    "Files (S3, verifier)": lambda load: (
        load.files_gb * OBJECT_GB + load.requests * load.uploads / 1e6 * million_uploads()
    ),
    "Alarms, metrics, dashboard": lambda load: (
        load.alarm_metrics * ALARM_METRIC + load.own_metrics * OWN_METRIC + DASHBOARD
    ),
}


def million_uploads() -> float:
    """A million of them: a PUT, a copy, a write of one unit and two in a transaction, and 150 ms of a function."""
    writes = 1 + 2 * 2
    return 2 * OBJECT_PUTS + writes * WRITE_MILLION + LAMBDA_MILLION + 1e6 * 0.15 * LAMBDA_GB_SECOND


def gb_seconds(load: Load) -> float:
    """GB-seconds of all functions in a month; the publisher takes 20 ms and 2 ms a change."""
    return (load.requests * load.ms + load.calls * 20 + load.changes * 2) / 1000


def tiered(requests: float) -> float:
    """The gateway's price, which falls with the number of requests."""
    cost = 0.0
    for size, price in GATEWAY:
        part = min(requests, size)
        cost, requests = cost + part / 1e6 * price, requests - part
    return cost


def table(loads: Sequence[Load]) -> str:
    """The lines and their sum, as Markdown."""
    rows = [[name, *(money(line(load)) for load in loads)] for name, line in LINES.items()]
    rows += [["**a month**", *(f"**{money(month(load))}**" for load in loads)]]
    rows += [["a million requests", *(f"{month(load) / load.requests * 1e6:.2f}" for load in loads)]]
    head = ["USD", *(f"{load.rate:,}/s" for load in loads)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---", *["---:"] * len(loads)], *rows))


def month(load: Load) -> float:
    """The sum."""
    return sum(line(load) for line in LINES.values())


def money(dollars: float) -> str:
    """Dollars, with cents where they matter."""
    return f"{dollars:,.2f}" if dollars < 100 else f"{dollars:,.0f}"


if __name__ == "__main__":
    print(table([Load(rate) for rate in RATES]))
