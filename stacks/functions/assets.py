"""The functions' code as it is, and their dependencies as a layer, both built without Docker."""

import gzip
import hashlib
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling, aws_lambda as lambda_

ROOT = Path(__file__).parents[2]
LAMBDAS = ROOT / "lambdas"
PACKAGES = (LAMBDAS, ROOT / "dynamodel")
CACHE = ROOT / ".cache" / "layers"
# modules that only commands need, to check declarations
NOT_RUN = ("checks.py", "declarations.py", "options.py", "yours.py")
BUILT_BY = ("assets.py", "bytecode.py", "late.py")
LOCK = LAMBDAS / "requirements.txt"
RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")  # what Lambda's Amazon Linux 2023 on arm64 can load
# What the functions do not use of their dependencies stays out of the layer.
BOTOCORE_SERVICES = ("apigatewaymanagementapi", "dynamodb", "s3", "sns", "sqs", "sts")
OPERATIONS = {  # of the services with large models
    "dynamodb": (
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"),
        *("TransactGetItems", "TransactWriteItems", "DescribeEndpoints"),
    ),
    "s3": ("GetObject", "PutObject", "CopyObject", "DeleteObject"),
}
UNUSED = (
    *("bin", "*.dist-info", "aws_lambda_powertools/event_handler", "aws_lambda_powertools/utilities/[!_j]*"),
    *("aws_lambda_powertools/metrics/provider/datadog", "botocore/data/*/*/examples-1.json", "**/*.pyi"),
)
# What requests do not need of an operation's description. Endpoints of accounts are chosen by ARNs of tables, for which
# JMESPath looks through each transaction; tables are called by name here, so none is found.
UNREAD = ("documentation", "operationContextParams")
# Whose certificates AWS shows: its own authority's, those it bought, and those it had before. Each one that is trusted
# is parsed for each connection; all of botocore's took as long as a tenth of a cold start.
AUTHORITIES = ("O=Amazon", "O=Starfield Technologies", "O=DigiCert")


class BuildFailed(Exception):
    """An asset could not be built: the message says why."""


@jsii.implements(ILocalBundling)
class Build:
    """Local bundling: CDK hands over the output folder, and Docker is never asked."""

    def __init__(self, fill: Callable[[Path], None]) -> None:
        self.fill = fill

    def try_bundle(self, output_dir: str, _options: object) -> bool:
        """Fill the folder; jsii passes the options as one positional object."""
        self.fill(Path(output_dir))
        return True


def code() -> lambda_.Code:
    """Return the code: the packages themselves, so that an import reads the same in Lambda, tests and stacks."""
    return bundled(copy_package, code_digest())


@cache
def code_digest() -> str:
    """The hash of the packages: of one process's functions, all have the same."""
    source_files = sorted(file for package in PACKAGES for file in package.rglob("*.py"))
    return fingerprint(*(part for file in source_files for part in (str(file.relative_to(ROOT)), file.read_bytes())))


def layer_code(*, for_host: bool) -> lambda_.Code:
    """Return the pinned dependencies; the hash is of their pins, so that editing a handler rebuilds nothing."""
    built = layer_cache(for_host=for_host)
    return bundled(lambda output: copy_layer(output, built, for_host=for_host), built.name)


def layer_cache(*, for_host: bool) -> Path:
    """The folder that keeps the built layer, named for what it is built from."""
    target = f"{platform.system()}-{platform.machine()}" if for_host else ARCHITECTURE.name
    return CACHE / fingerprint(LOCK.read_bytes(), target)


def bundled(fill: Callable[[Path], None], digest: str) -> lambda_.Code:
    """Make an asset with a hash of our own."""
    return lambda_.Code.from_asset(
        str(LAMBDAS), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM, bundling=bundling(fill)
    )


def bundling(fill: Callable[[Path], None]) -> BundlingOptions:
    """Return the options of a build that needs no image."""
    return BundlingOptions(image=DockerImage.from_registry("unused"), local=Build(fill))  # type: ignore[arg-type] # jsii.implements is invisible to mypy


def fingerprint(*parts: str | bytes) -> str:
    """Hash what an asset is made from, and how: the modules that make it count as well."""
    whole = hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in BUILT_BY))
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
    return whole.hexdigest()


def copy_package(output: Path) -> None:
    """Copy and compile the functions' code."""
    for package in PACKAGES:
        shutil.copytree(package, output / package.name, ignore=not_code)
    compile_bytecode(output, "/var/task")


def not_code(folder: str, names: list[str]) -> set[str]:
    """Return what a function does not run: all but folders and modules, and modules of commands."""
    modules = {name for name in names if name.endswith(".py") or Path(folder, name).is_dir()}
    return {*names} - modules | {"__pycache__", *NOT_RUN}


def copy_layer(output: Path, built: Path, *, for_host: bool) -> None:
    """Copy the layer from the cache, so that only the first synthesis needs the network."""
    if not built.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE) as work:
            build_layer(Path(work) / "layer", for_host=for_host)
            with suppress(OSError):  # another synthesis, at the same time, was faster
                (Path(work) / "layer").rename(built)
    shutil.copytree(built, output, dirs_exist_ok=True)


def build_layer(output: Path, *, for_host: bool) -> None:
    """Unpack the wheels for the target, without what Lambda never reads."""
    packages = output / "python"
    install_wheels(packages, [] if for_host else [f"--platform={tag}" for tag in PLATFORMS])
    for path in [path for pattern in UNUSED for path in packages.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    trim_botocore(packages / "botocore" / "data")
    bundle = packages / "botocore" / "cacert.pem"
    bundle.write_text(without_other_authorities(bundle.read_text()))
    compile_bytecode(packages, "/opt/python")


def trim_botocore(data: Path) -> None:
    """Leave the services that functions use, as plain JSON: a third of a cold start went into reading the rest."""
    for service in data.iterdir():
        if service.is_dir() and service.name not in BOTOCORE_SERVICES:
            shutil.rmtree(service)
    for packed in data.rglob("*.json.gz"):
        packed.with_suffix("").write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    rewrite(data / "endpoints.json", without_other_services)
    for name, operations in OPERATIONS.items():
        for model in data.glob(f"{name}/*/service-2.json"):
            rewrite(model, partial(without_other_operations, wanted=operations))


def rewrite(file: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON document, and write it without white space."""
    file.write_text(json.dumps(change(json.loads(file.read_text())), separators=(",", ":")))


def without_other_authorities(bundle: str) -> str:
    """Return the certificates of the authorities that AWS uses, each with its comments; AWS_CA_BUNDLE replaces them."""
    certificates = [f"{part}-----END CERTIFICATE-----\n" for part in bundle.split("-----END CERTIFICATE-----")[:-1]]
    kept = [one for one in certificates if any(authority in one for authority in AUTHORITIES)]
    if not kept:
        raise BuildFailed("botocore's certificates are not written as they were: none is of AWS's authorities.")
    return "".join(kept)


def without_other_services(endpoints: Any) -> Any:
    """Return the regions' endpoints of the services that functions use."""
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in BOTOCORE_SERVICES if name in services}
    return endpoints


def without_other_operations(model: Any, wanted: Sequence[str]) -> Any:
    """Return the model of a service with the operations that functions use and the shapes that these need."""
    operations = {name: model["operations"][name] for name in wanted}
    shapes: dict[str, Any] = {}
    waiting: list[Any] = [operations]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            for unread in UNREAD:
                node.pop(unread, None)
            waiting += node.values()
            name = node.get("shape")
            if isinstance(name, str) and name not in shapes:
                shapes[name] = model["shapes"][name]
                waiting.append(shapes[name])
    return {**model, "operations": operations, "shapes": shapes}


def install_wheels(packages: Path, target: list[str]) -> None:
    """Let pip choose the wheels: nothing is compiled, nothing is run."""
    command = [
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--only-binary=:all:",
        "--implementation=cp",
        "--python-version=3.13",
        "--require-hashes",
        *(*target, f"--target={packages}", f"--requirement={LOCK}"),
    ]
    run(f"The layer's wheels could not be installed from {LOCK.name}:\n", *command)


def compile_bytecode(folder: Path, deployed_as: str) -> None:
    """Replace sources by bytecode of the functions' Python."""
    if sys.version_info[:2] != (3, 13):
        raise BuildFailed(f"Bytecode for {RUNTIME.name} needs Python 3.13; this is {platform.python_version()}.")
    run("The functions' code does not compile:\n", "stacks.functions.bytecode", str(folder), deployed_as)


def run(failure: str, *module: str) -> None:
    """Run a module of Python, whose bytecode has no columns. Raises BuildFailed with the end of what it says."""
    command = [sys.executable, "-X", "no_debug_ranges", "-m", *module]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(failure + done.stderr.strip()[-2000:])
