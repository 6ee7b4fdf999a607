"""The functions beside those of other frameworks: cold starts, warm calls, modules and sizes, in one run.

`make bench` installs each peer's packages from PyPI into a folder of its own, compiles all bytecode as it is deployed,
and runs fresh processes in turn, so that the machine's mood hits all alike. CPU is counted for the whole process, above
a bare interpreter; DynamoDB is the stub of bench/stub.py, over TLS. It is verified against what each subject trusts.
"""

import argparse
import compileall
import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from bench.stub import ITEM
from stacks.functions import assets
from tests.support.certificate import self_signed
from tools.dev.emulator import free_port
from tools.dev.install import ROOT, TOOLS, run, step

BUILD = ROOT / ".local" / "bench-functions"
BARE = "bare"
PEERS = {  # modules of bench/peers, and the packages that each needs
    BARE: ("boto3",),
    "chalice_app": ("boto3", "chalice", "setuptools<81"),
    "powertools": ("boto3", "aws-lambda-powertools", "pydantic"),
    "fastapi_mangum": ("boto3", "fastapi", "mangum"),
    "pynamodb_app": ("pynamodb",),
    "dyntastic_app": ("dyntastic",),
}
EXAMPLE = "lambdas.resources.products"
TABLE = re.compile(r"(?<=<!-- functions -->\n).*?(?=<!-- /functions -->)", re.DOTALL)
OPERATIONS = ("create", "get", "list")
BODY = {"sku": "BOOK-0001", "name": "The Book of Books", "category": "books", "price": "9.99"}
REQUESTS = {
    "create": ("POST", "/products", None, json.dumps(BODY)),
    "get": ("GET", "/products/{id}", {"id": ITEM["id"]["S"]}, None),
    "list": ("GET", "/products", None, None),
}


@dataclass(frozen=True)
class Subject:
    """A set of handlers, and where its code lies."""

    name: str
    path: tuple[Path, ...]

    def handler(self, operation: str) -> tuple[str, str]:
        """Return the module and the name of the handler of an operation."""
        if self.name == "ours":
            return f"lambdas.crud.{operation}", "handler"
        return self.name, "list_items" if operation == "list" else operation

    def bundle(self, folder: Path) -> Path:
        """Return the file of the certificates that it trusts."""
        return folder / f"{self.name}.pem"


def event(operation: str) -> str:
    """Return the event of a Lambda proxy integration, as JSON."""
    method, resource, parameters, body = REQUESTS[operation]
    path = resource.format(**parameters or {})
    headers = {"Accept": "*/*", "Host": "api.example.com", **({"Content-Type": "application/json"} if body else {})}
    context = {
        "requestId": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "stage": "prod",
        "identity": {"sourceIp": "192.0.2.1"},
        "authorizer": {"claims": {"sub": "somebody"}},
        "resourcePath": resource,
        "httpMethod": method,
        "path": path,
        "http": {"method": method, "path": path},
    }
    return json.dumps(
        {
            "version": "1.0",
            "httpMethod": method,
            "resource": resource,
            "path": path,
            "pathParameters": parameters,
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "body": body,
            "isBase64Encoded": False,
            "stageVariables": None,
            "requestContext": context,
        }
    )


def subjects() -> list[Subject]:
    """Build our assets and the peers' folders; what is there already is kept, except our code."""
    layer, code = BUILD / "layer", BUILD / "code"
    shutil.rmtree(layer, ignore_errors=True)
    shutil.rmtree(code, ignore_errors=True)
    code.mkdir(parents=True)
    assets.copy_package(code)
    assets.copy_layer(layer, assets.layer_cache(for_host=True), for_host=True)
    return [Subject("ours", (code, layer / "python")), *(Subject(name, (peer(name),)) for name in PEERS)]


def peer(name: str) -> Path:
    """Install a peer's packages, and put its handler beside them."""
    folder, packages = BUILD / name, PEERS[name]

    def install() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        run(TOOLS / "bin" / "uv", "pip", "install", f"--python={sys.executable}", f"--target={folder}", *packages)

    step(f"bench-{name}", " ".join(packages), install, folder)
    return compiled(folder)


def compiled(folder: Path) -> Path:
    """Put the peers' handlers into a folder of packages, and compile all of it, to bytecode as good as ours."""
    shutil.copytree(ROOT / "bench" / "peers", folder, dirs_exist_ok=True)
    compileall.compile_dir(folder, quiet=2, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return folder


@contextmanager
def stub(subjects: Iterable[Subject], folder: Path) -> Iterator[str]:
    """Serve the stub on a free port; let each subject trust its certificate, besides all that it trusts on AWS."""
    certificate, key = self_signed(folder)
    for one in subjects:
        given = (one.path[-1] / "botocore" / "cacert.pem").read_text()
        one.bundle(folder).write_text(given + certificate.read_text())
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.stub", str(port), str(certificate), str(key)], cwd=ROOT)
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def environment(subject: Subject, endpoint: str, folder: Path) -> dict[str, str]:
    """Return the environment variables of a function in Lambda."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(map(str, subject.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CA_BUNDLE": str(subject.bundle(folder)),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
        "TABLE_NAME": "products",
        "RESOURCE": EXAMPLE,
        "CURSOR_KEY": "a secret of the bench",
    }


def measure(subject: Subject, operation: str, settings: dict[str, str], calls: int) -> dict[str, float]:
    """Run one fresh process with the environment variables of a function."""
    module, name = subject.handler(operation)
    command = [
        sys.executable,
        "-S",
        "-P",
        str(ROOT / "bench" / "invoke.py"),
        module,
        name,
        event(operation),
        str(calls),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=settings, cwd="/", check=False)
    if done.returncode:
        raise SystemExit(f"{subject.name} {operation} failed:\n{done.stderr[-3000:]}")
    taken: dict[str, float] = json.loads(done.stderr.splitlines()[-1])
    return taken


def bare_interpreter() -> float:
    """Return the milliseconds of CPU of a process that only starts."""
    program = "import json, resource, time; u = resource.getrusage(0); print(u.ru_utime + u.ru_stime)"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, env={})
    return float(done.stdout) * 1000


def figures(chosen: Sequence[Subject], runs: int, calls: int) -> dict[str, Any]:
    """Return the medians of each subject's operations."""
    samples: dict[str, list[dict[str, float]]] = defaultdict(list)
    interpreter = []
    with TemporaryDirectory() as name, stub(chosen, Path(name)) as endpoint:
        for number in range(runs + 1):
            interpreter.append(bare_interpreter())
            for operation in OPERATIONS:
                for subject in chosen:
                    row = measure(subject, operation, environment(subject, endpoint, Path(name)), calls)
                    if number:  # the first run only fills the disk cache
                        samples[f"{subject.name} {operation}"].append(row)
    return {name: summary(rows, statistics.median(interpreter[1:])) for name, rows in samples.items()}


def zipped(folder: Path) -> int:
    """Return the bytes of a folder as Lambda receives it."""
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as target:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            target.write(path, path.relative_to(folder))
    return len(archive.getvalue())


def summary(rows: list[dict[str, float]], floor: float) -> dict[str, Any]:
    """Return the median of each figure, and the spread of the cold start."""
    cold = sorted(row["cold"] - floor for row in rows)
    medians = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    return {**medians, "cold": statistics.median(cold), "cold_min": cold[0], "cold_max": cold[-1]}


def table(result: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    head = "| | cold, CPU ms (min-max) | / bare | warm, CPU ms | / bare | warm, wall ms | modules | memory, MB |"
    lines = [head, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    figures = result["figures"]
    for key, one in figures.items():
        bare = figures.get(f"{BARE} {key.partition(' ')[2]}")
        cold, warm = ((one[kind] / bare[kind] if bare else 0) for kind in ("cold", "warm"))
        spread = f"{one['cold']:.0f} ({one['cold_min']:.0f}-{one['cold_max']:.0f})"
        rest = f"{one['warm_wall']:.2f} | {one['modules']:.0f} | {one['memory']:.0f}"
        lines.append(f"| {key} | {spread} | {cold:.2f} | {one['warm']:.2f} | {warm:.2f} | {rest} |")
    sizes = (f"{name}: {' + '.join(f'{part / 1e6:.2f}' for part in parts)}" for name, parts in result["zipped"].items())
    return "\n".join([*lines, "", f"Zipped, MB (ours: code + layer): {'; '.join(sizes)}."])


def picture(result: dict[str, Any]) -> str:
    """Return the cold starts as an SVG bar chart that follows the reader's colours."""
    names = [subject for subject in ("ours", *PEERS) if f"{subject} get" in result["figures"]]
    widest = max(result["figures"][f"{name} get"]["cold"] for name in names)
    bars = []
    for row, name in enumerate(names):
        cold, top = result["figures"][f"{name} get"]["cold"], 34 + row * 26
        colour = "#2f6fde" if name == "ours" else "#9aa3af"
        bars.append(
            f'<text x="150" y="{top + 14}" text-anchor="end">{name}</text>'
            f'<rect x="158" y="{top}" width="{cold / widest * 420:.0f}" height="18" fill="{colour}"/>'
            f'<text x="{164 + cold / widest * 420:.0f}" y="{top + 14}">{cold:.0f} ms</text>'
        )
    title = "Cold start of a read: CPU above a bare interpreter, median"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="660" height="{44 + len(names) * 26}" role="img" '
        f'font-family="sans-serif" font-size="13" fill="#6b7280"><title>{title}</title>'
        f'<text x="10" y="20" font-weight="bold">{title}</text>{"".join(bars)}</svg>\n'
    )


def write(result: dict[str, Any]) -> None:
    """Put the table into docs/performance.md, between its marks, and the picture and the figures beside it."""
    page = ROOT / "docs" / "performance.md"
    page.write_text(TABLE.sub(f"{table(result)}\n", page.read_text()))
    page.with_suffix(".svg").write_text(picture(result))
    page.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")


def main() -> None:
    """Measure and print the table; with --write, renew docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.functions", description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="fresh processes of each function")
    parser.add_argument("--calls", type=int, default=300, help="warm calls in each of them")
    parser.add_argument("--only", default="", help="subjects, separated by commas")
    parser.add_argument("--write", action="store_true", help="renew the table and the picture of docs/performance.md")
    options = parser.parse_args()
    if not find_spec(EXAMPLE):
        raise SystemExit(f"It measures the template's example, {EXAMPLE}, which is deleted here.")
    names = [name for name in options.only.split(",") if name]
    chosen = [subject for subject in subjects() if not names or subject.name in names]
    result = {
        "zipped": {subject.name: [zipped(path) for path in subject.path] for subject in chosen},
        "figures": figures(chosen, options.runs, options.calls),
    }
    print(table(result))
    if options.write:
        write(result)


if __name__ == "__main__":
    main()
