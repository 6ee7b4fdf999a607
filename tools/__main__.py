"""The commands behind the Makefile: `python -m tools run`."""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from tools.dev import cdk
from tools.dev.emulator import Emulator
from tools.dev.install import ROOT
from tools.dev.tokens import machine_token
from tools.problem import Problem

DATA = ROOT / ".local" / "aws"
HOTSWAP_MARKER = DATA / "hotswapped"  # there while functions may have code that CloudFormation does not know of
DEFAULT_PORT = 4566
OUTPUTS = ROOT / ".local" / "outputs.json"
SITE = ROOT / ".local" / "site"
PROOF = '-H "Authorization: Bearer $(make -s token)"'  # for curl, in the folder of the clone
GENERATED_PATHS = (
    ".local",
    ".venv",
    ".cache",
    "cdk.out",
    "node_modules",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
)


def main(arguments: list[str]) -> int:
    """Do one command; a Problem is one message and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--port", default="", help=f"where the emulator listens, on 127.0.0.1 ({DEFAULT_PORT})")
    parser.add_argument("--stage", default="", help="for deploy and synth: dev or prod")
    parser.add_argument("--yes", action="store_true", help="for clean and deploy: do not ask; for recover: write")
    parser.add_argument("--resource", default="", help="for recover: the path of the resource")
    parser.add_argument("--at", default="", help="for recover: the moment to go back to, 2026-01-02T03:04:05Z")
    parser.add_argument("--lose", default="", help="for deploy: logical ids of what may be lost, with commas between")
    options = parser.parse_args(arguments)
    try:
        COMMANDS[options.command](options)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(options: argparse.Namespace) -> None:
    """Start the emulator, deploy the local stage to it, print the URL."""
    emulator = local_emulator(options.port)
    with Progress("starting the emulator" if not emulator.answers() else "the emulator runs"):
        started = emulator.start()
    try:
        deploy_locally(emulator)
    except Problem:
        if started:
            emulator.stop()
        raise


def deploy_locally(emulator: Emulator) -> None:
    """Bring the emulator to what the code says, and tell how to use it."""
    if not cdk.is_bootstrapped(emulator):
        with Progress("bootstrapping the CDK"):
            cdk.bootstrap(emulator)
    with Progress("deploying"):
        outputs = cdk.deploy(emulator, OUTPUTS)
        if HOTSWAP_MARKER.exists():
            cdk.undo_hotswaps(emulator)
            HOTSWAP_MARKER.unlink()
    print(usage(outputs["ApiUrl"]))


def usage(url: str) -> str:
    """What to paste: create an item of the first resource, and list them."""
    from lambdas.rest.declarations import RESOURCES
    from lambdas.rest.routes import routes

    resource = RESOURCES[0]
    proof = {route.operation: f"{PROOF} " if route.scope(resource) else "" for route in routes(resource)}
    collection = f"{url}/{resource.path}"
    body = f"-H 'Content-Type: application/json' -d '{json.dumps(resource.example)}'"
    curl = f"  curl -i {collection} {proof['create']}{body}\n\n  curl {proof['list']}{collection}"
    return f"\nAPI: {url}\n\n{curl}\n\nIn a browser: make open\n"


def token(options: argparse.Namespace) -> None:
    """Print a token with every scope, as the stage's machine client gets one."""
    emulator = running(options.port)
    print(machine_token(emulator, cdk.outputs(OUTPUTS)))


def stop(options: argparse.Namespace) -> None:
    """Stop the emulator; its data stays."""
    emulator = local_emulator(options.port)
    pid, port = emulator.noted()
    if pid and port != emulator.port:
        raise Problem(f"This clone's emulator runs on port {port}: make stop PORT={port}")
    print("stopped; the data is kept" if emulator.stop() else "nothing runs")


def logs(options: argparse.Namespace) -> None:
    """Follow the functions' logs until interrupted."""
    from tools.dev.logs import follow

    follow(running(options.port))


def watch(options: argparse.Namespace) -> None:
    """Deploy the functions at every save, by hotswap."""
    emulator = running(options.port)
    HOTSWAP_MARKER.touch()
    cdk.cdk("watch", *cdk.local_app(emulator), "--hotswap", "--no-logs", env=cdk.emulated(emulator))


def clean(options: argparse.Namespace) -> None:
    """Remove what was made; ask first if that is data."""
    if DATA.exists() and not options.yes:
        if not sys.stdin.isatty():
            raise Problem(f"{DATA} holds the data of the local stage; to delete it too: make clean YES=1")
        if input(f"{DATA} holds the data of the local stage. Delete it too? Type yes: ") != "yes":
            raise Problem("Nothing was deleted.")
    local_emulator(options.port).stop()
    for name in GENERATED_PATHS:
        shutil.rmtree(ROOT / name, ignore_errors=True)


def synth(options: argparse.Namespace) -> None:
    """Write the template of a stage to cdk.out."""
    cdk.cdk("synth", "--quiet", "--context", f"stage={options.stage or 'dev'}")
    print(f"cdk.out/serverless-crud-{options.stage or 'dev'}.template.json")


def deploy(options: argparse.Namespace) -> None:
    """Deploy to the AWS account of the caller's credentials, which it names first."""
    if options.stage not in ("dev", "prod"):
        raise Problem("Which stage? make deploy STAGE=dev or STAGE=prod (the local one is `make run`)")
    from stacks import stages
    from tools.ops.account import refuse_without_gateway_log
    from tools.ops.guard import guard

    account, region = cdk.caller()
    print(f"Deploying serverless-crud-{options.stage} to account {account}, region {region}", flush=True)
    clients, stack, assembly = clients_of(options), f"serverless-crud-{options.stage}", ROOT / "cdk.out"
    if stages.named(options.stage).access_log:
        refuse_without_gateway_log(clients)
    cdk.cdk("synth", "--quiet", "--output", assembly, "--context", f"stage={options.stage}")
    guard(clients, region, stack, assembly, options.lose)
    cdk.cdk("deploy", "--app", assembly, *(["--require-approval=never"] if options.yes else []))


def account(options: argparse.Namespace) -> None:
    """Let API Gateway write logs in the caller's account and region: once for all APIs there."""
    from tools.ops.account import let_gateway_log

    options.stage = options.stage or "dev"  # the account is the same for all; the emulator's only if asked for
    print(let_gateway_log(clients_of(options)))


def url(options: argparse.Namespace) -> None:
    """Print where a stage answers."""
    print(outputs_of(options)["ApiUrl"].rstrip("/"))


def site(options: argparse.Namespace) -> None:
    """Write the site, for the API of a stage."""
    from tools.site.build import build, settings_of

    print(build(SITE, settings_of(outputs_of(options))))


def serve(options: argparse.Namespace) -> None:
    """Write the site and serve it on this machine until interrupted."""
    from tools.site.serve import open_site

    site(options)
    open_site(SITE)


def outputs_of(options: argparse.Namespace) -> dict[str, str]:
    """The outputs of a stage, the local one by default."""
    if options.stage in ("", "local"):
        return cdk.outputs(OUTPUTS)
    return cdk.deployed_outputs(clients_of(options)("cloudformation"), f"serverless-crud-{options.stage}")


def redrive(options: argparse.Namespace) -> None:
    """Publish again what is in the dead-letter queue of the events."""
    from tools.ops.redrive import redrive

    clients = clients_of(options)
    print(redrive(clients, cdk.deployed_outputs(clients("cloudformation"), f"serverless-crud-{options.stage}")))


def recover(options: argparse.Namespace) -> None:
    """Restore a table as it was, beside the live one, and put back what that lacks."""
    from tools.ops.recover import recover

    stack = f"serverless-crud-{options.stage}"
    print(recover(clients_of(options), stack, options.resource, options.at, write=options.yes))


def clients_of(options: argparse.Namespace) -> Callable[[str], Any]:
    """The AWS clients of a stage: of the caller's account, or of the emulator."""
    import boto3

    if options.stage not in ("local", "dev", "prod"):
        raise Problem(f"Which stage? make {options.command} STAGE=local, dev or prod")
    if options.stage == "local":
        return partial(cdk.client, running(options.port))
    cdk.caller()
    client: Callable[[str], Any] = boto3.session.Session().client  # type: ignore[assignment] # one overload a service
    return client


def running(port: str) -> Emulator:
    """The emulator that `make run` started."""
    emulator = local_emulator(port)
    if not emulator.answers():
        raise Problem("The emulator does not run: `make run` first.")
    return emulator


def local_emulator(port: str) -> Emulator:
    """The emulator of this clone: on the port asked for, else where it runs, else on the default port."""
    if port and not (port.isdecimal() and 1024 <= int(port) <= 65535):
        raise Problem(f"PORT={port} is not a port: use a number from 1024 to 65535.")
    emulator = Emulator(port=DEFAULT_PORT, folder=DATA)
    return replace(emulator, port=int(port) if port else emulator.noted()[1] or DEFAULT_PORT)


class Progress:
    """One line for one step: what is done, and how long it took."""

    def __init__(self, step: str) -> None:
        """Name the step."""
        self.step = step

    def __enter__(self) -> None:
        """Say it before it begins."""
        print(f"· {self.step}", end=" ", flush=True)
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        """Say how long it took."""
        print(f"({time.monotonic() - self.began:.0f} s)", flush=True)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    command.__name__: command
    for command in (run, token, stop, logs, watch, clean, synth, deploy, url, site, serve, account, redrive, recover)
}

if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
