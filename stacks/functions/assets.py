"""The functions' code as it is, and their dependencies as a layer, both built without Docker."""

import compileall
import hashlib
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).parents[2]
LAMBDAS = ROOT / "lambdas"
PACKAGES = (LAMBDAS, ROOT / "dynamodel")
CACHE = ROOT / ".cache" / "layers"
LOCK = LAMBDAS / "requirements.txt"
RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")  # what Lambda's Amazon Linux 2023 on arm64 can load
BOTOCORE_SERVICES = ("dynamodb", "sns", "sqs", "sts")  # the rest of botocore's 30 MB of models stays out


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
    """The packages themselves, so that an import reads the same in Lambda, tests and stacks."""
    source_files = sorted(file for package in PACKAGES for file in package.rglob("*.py"))
    digest = fingerprint(*(part for file in source_files for part in (str(file.relative_to(ROOT)), file.read_bytes())))
    return bundled(copy_package, digest)


def layer_code(*, for_host: bool) -> lambda_.Code:
    """The pinned dependencies; the hash is of their pins, so that editing a handler rebuilds nothing."""
    built = layer_cache(for_host=for_host)
    return bundled(lambda output: copy_layer(output, built, for_host=for_host), built.name)


def layer_cache(*, for_host: bool) -> Path:
    """The folder that keeps the built layer, named for what it is built from."""
    target = f"{platform.system()}-{platform.machine()}" if for_host else ARCHITECTURE.name
    return CACHE / fingerprint(LOCK.read_bytes(), target)


def bundled(fill: Callable[[Path], None], digest: str) -> lambda_.Code:
    """Make an asset with a hash of our own, from a build that needs no image."""
    options = BundlingOptions(image=DockerImage.from_registry("unused"), local=Build(fill))  # type: ignore[arg-type] # jsii.implements is invisible to mypy
    return lambda_.Code.from_asset(
        str(LAMBDAS), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM, bundling=options
    )


def fingerprint(*parts: str | bytes) -> str:
    """Hash what an asset is made from, and how: this file counts as well."""
    whole = hashlib.sha256(Path(__file__).read_bytes())
    for part in parts:
        whole.update(part.encode() if isinstance(part, str) else part)
    return whole.hexdigest()


def copy_package(output: Path) -> None:
    """Copy and compile the functions' code."""
    for package in PACKAGES:
        shutil.copytree(package, output / package.name, ignore=not_code)
    compile_bytecode(output, "/var/task")


def not_code(folder: str, names: list[str]) -> set[str]:
    """Return what a function does not run: all but folders and modules."""
    return {
        name for name in names if name == "__pycache__" or not (name.endswith(".py") or Path(folder, name).is_dir())
    }


def copy_layer(output: Path, built: Path, *, for_host: bool) -> None:
    """Take the layer from the cache, so that only the first synthesis needs the network."""
    if not built.exists():
        with TemporaryDirectory(dir=folder(CACHE)) as work:
            build_layer(Path(work) / "layer", for_host=for_host)
            (Path(work) / "layer").rename(built)
    shutil.copytree(built, output, dirs_exist_ok=True)


def folder(path: Path) -> Path:
    """Make the folder if it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def build_layer(output: Path, *, for_host: bool) -> None:
    """Unpack the wheels for the target, without what Lambda never reads."""
    packages = output / "python"
    install_wheels(packages, [] if for_host else [f"--platform={tag}" for tag in PLATFORMS])
    for service in (packages / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in BOTOCORE_SERVICES:
            shutil.rmtree(service)
    shutil.rmtree(packages / "bin", ignore_errors=True)
    compile_bytecode(packages, "/opt/python")


def install_wheels(packages: Path, target: list[str]) -> None:
    """Let pip choose the wheels: nothing is compiled, nothing is run."""
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
        *("--only-binary=:all:", "--implementation=cp", "--python-version=3.13", "--require-hashes"),
        *(*target, f"--target={packages}", f"--requirement={LOCK}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"The layer's wheels could not be installed from {LOCK.name}:\n{done.stderr.strip()[-2000:]}")


def compile_bytecode(folder: Path, deployed_as: str) -> None:
    """Ship bytecode that Lambda trusts as it is: zip timestamps invalidate the ordinary kind."""
    if sys.version_info[:2] != (3, 13):
        raise BuildFailed(f"Bytecode for {RUNTIME.name} needs Python 3.13; this is {platform.python_version()}.")
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        prependdir=deployed_as,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
