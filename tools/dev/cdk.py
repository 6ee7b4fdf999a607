"""The CDK CLI of npm, pointed at the emulator or at AWS."""

import json
import os
import subprocess
from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any

from stacks.names import stack_name
from tools.dev.emulator import ACCOUNT, REGION, Emulator
from tools.dev.install import CDK, ROOT, search_path
from tools.ops.stack import Outputs, stack_resources, stack_template
from tools.problem import Problem

ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"  # the bucket that the CDK's bootstrapping makes
STACK = stack_name("local")


def cdk(
    *arguments: str | Path, env: dict[str, str] | None = None, log: Path | None = None, folder: Path = ROOT
) -> None:
    """Run the CLI in a folder. Raises Problem if it fails. Its output goes to the terminal, or to a file."""
    command = [str(word) for word in ("node", CDK, *arguments)]
    settings = {**(env or os.environ), "PATH": search_path(), "CDK_DISABLE_CLI_TELEMETRY": "true"}
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") if log else nullcontext() as out:
        asks = subprocess.DEVNULL if log else None
        done = subprocess.run(command, cwd=folder, env=settings, stdin=asks, stdout=out, stderr=out, check=False)
    if done.returncode:
        output = f"; {log} ends:\n{log.read_text(errors='replace').strip()[-3000:]}" if log else ", see above."
        raise Problem(f"`cdk {arguments[0]}` failed{output}")


def emulated(emulator: Emulator) -> dict[str, str]:
    """Return the environment in which AWS tools use the emulator, whatever the caller had set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return {
        **clean,
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_VALIDATION": "false",  # its rules for AWS take half of a synthesis; `make check` holds to them
        **(
            {"NODE_EXTRA_CA_CERTS": emulator.certificate, "AWS_CA_BUNDLE": emulator.certificate}
            if emulator.certificate
            else {}
        ),
    }


def deploy(emulator: Emulator, file: Path, app: str = "") -> dict[str, str]:
    """Deploy the local stage to the emulator and return the stack's outputs, with local URLs.

    app: the command that synthesizes, if it is not the project's own.
    """
    arguments = ["--require-approval=never", f"--outputs-file={file}", *(["--app", app] if app else [])]
    cdk("deploy", *local_app(emulator), *arguments, env=emulated(emulator), log=emulator.folder / "deploy.log")
    found = local_outputs(emulator, outputs(file))
    file.write_text(json.dumps({STACK: found}, indent=2) + "\n")
    return found


def outputs(file: Path) -> dict[str, str]:
    """Return the stack's outputs of the last deployment. Raises Problem if there was none."""
    if not file.exists():
        raise Problem("Nothing is deployed here: `make run` first.")
    found: dict[str, str] | None = json.loads(file.read_text()).get(STACK)
    if found is None:
        raise Problem(f"{STACK} is not deployed here, but a stack of another name: `make run` first.")
    return Outputs(found)


def undo_hotswaps(emulator: Emulator) -> None:
    """Update every function to the code in the template: CloudFormation does not know of hotswaps."""
    formation, functions = client(emulator, "cloudformation"), client(emulator, "lambda")
    declared = cache(partial(stack_template, formation))
    for one in stack_resources(formation, STACK):
        if one.kind == "AWS::Lambda::Function":
            key = declared(one.stack)["Resources"][one.logical_id]["Properties"]["Code"]["S3Key"]
            functions.update_function_code(FunctionName=one.physical_id, S3Bucket=ASSETS, S3Key=key)


def is_bootstrapped(emulator: Emulator) -> bool:
    """Return True if the CDK's own stack is in the emulator."""
    stacks = client(emulator, "cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    return any(stack["StackName"] == "CDKToolkit" for stack in stacks["StackSummaries"])


def bootstrap(emulator: Emulator) -> None:
    """Make the CDK's own bucket and roles in the emulator; in a folder without an app, which would be synthesized."""
    target, log = f"aws://{ACCOUNT}/{REGION}", emulator.folder / "bootstrap.log"
    cdk("bootstrap", target, env=emulated(emulator), log=log, folder=emulator.folder)


def local_app(emulator: Emulator) -> list[str | Path]:
    """Return the arguments for the local stage, with an output folder apart from that of `cdk synth`."""
    context = ("--context", "stage=local", "--context", f"emulator={emulator.url}")
    return ["--output", emulator.folder / "cdk.out", *context]


def local_outputs(emulator: Emulator, found: dict[str, str]) -> dict[str, str]:
    """Return the outputs of a stack on the emulator, with the addresses as they answer there."""
    local = {**found, "ApiUrl": local_url(emulator, found["ApiUrl"]), "SignInUrl": emulator.url}
    if live := found.get("LiveUrl"):
        local["LiveUrl"] = local_url(emulator, live.replace("wss", "https", 1)).replace("http", "ws", 1)
    return local


def local_url(emulator: Emulator, url: str) -> str:
    """Return the API's address on the emulator for the one on AWS: https://{api}.execute-api.../{stage}/."""
    host, stage = url.removeprefix("https://").rstrip("/").split("/")
    return f"{emulator.url}/_aws/execute-api/{host.split('.')[0]}/{stage}"


def client(emulator: Emulator, service: str) -> Any:
    """Return a boto3 client of the emulator, whatever AWS settings the caller has."""
    import boto3

    session: Any = boto3.session.Session("test", "test", region_name=REGION)
    return session.client(service, endpoint_url=emulator.url, verify=emulator.certificate or None)


def drift(stack: str, stage: str, env: dict[str, str], app: str = "") -> str:
    """Return the last line of `cdk drift` for a stack.

    app: the command that synthesizes, or the folder of what it synthesized, if it is not the project's own.
    """
    log = ROOT / ".local" / "drift.log"
    words = ("--output", ROOT / ".local" / "drift.out", "--context", f"stage={stage}")
    own = ("--app", app) if app else ()
    cdk("drift", stack, *words, *own, env=env, log=log)
    return log.read_text().strip().splitlines()[-1].strip()
