"""The commands behind the Makefile: `python -m tools run`."""

import argparse
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from stacks.names import stack_name
from tools.dev import cdk
from tools.dev.emulator import ACCOUNT, REGION, Emulator
from tools.dev.install import ROOT
from tools.dev.tokens import machine_token
from tools.ops.target import LOCAL, Target, aws_target, stage_of
from tools.problem import Problem

if TYPE_CHECKING:
    from lambdas.rest.operation import Operation
    from lambdas.rest.resource import Resource

DATA = ROOT / ".local" / "aws"
HOTSWAP_MARKER = DATA / "hotswapped"  # there while functions may have code that CloudFormation does not know of
SAVED = DATA / "carried"  # items of tables that a deploy replaces, until they are in the new ones
DEFAULT_PORT = 4566
OUTPUTS = ROOT / ".local" / "outputs.json"
SITE = ROOT / ".local" / "site"
SIGNATURE = "--aws-sigv4 aws:amz:us-east-1:execute-api --user test:test"
PROOF = '-H "Authorization: Bearer $(make -s token)"'  # for curl, in the folder of the clone
OPTIONS = {
    "port": f"port of the emulator, on 127.0.0.1 ({DEFAULT_PORT})",
    "stage": "the stage, as in stacks/stages.py",
    "resource": "for recover and migrate: the path of the resource",
    "rate": "for migrate: items a second",
    "at": "for recover: the time to restore, 2026-01-02T03:04:05Z",
    "to": "for listen: the address of a collection or an item",
    "token": "for listen: an access token",
    "lose": "for deploy: logical ids of what may be lost, separated by commas",
    "name": "for rename: the service's new name",
}
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
    """Run one command; a Problem is printed as one message, with exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    for name, text in OPTIONS.items():
        parser.add_argument(f"--{name}", default="", help=text)
    parser.add_argument("--yes", action="store_true", help="clean, deploy, run: do not ask; recover, migrate: write")
    options = parser.parse_args(arguments)
    failure: object
    try:
        COMMANDS[options.command](options)
    except aws_errors() as error:
        failure = f"AWS: {error}"
    except FileNotFoundError as missing:
        failure = f"{missing.filename} is missing: `make {options.command}` installs what it needs."
    except (Problem, OSError) as error:  # OSError: a folder that cannot be written, a server that does not answer
        failure = error
    except KeyboardInterrupt:
        return 130
    else:
        return 0
    print(f"\n{failure}", file=sys.stderr)
    return 1


def aws_errors() -> tuple[type[Exception], ...]:
    """Return the errors of boto3, if the command has loaded it."""
    errors = sys.modules.get("botocore.exceptions")
    return (errors.ClientError, errors.BotoCoreError) if errors else ()


def run(options: argparse.Namespace) -> None:
    """Start the emulator, deploy the local stage to it, print the URL."""
    declared()
    emulator = local_emulator(options.port)
    with progress("starting the emulator" if not emulator.answers() else "the emulator is running"):
        started = emulator.start()
    try:
        deploy_locally(emulator, may_lose=options.yes)
    except Problem:
        if started:
            emulator.stop()
        raise


def deploy_locally(emulator: Emulator, *, may_lose: bool) -> None:
    """Deploy to the emulator, keep the items of tables that it replaces, and print how to use the API."""
    from tools.dev import carry

    formation, database = cdk.client(emulator, "cloudformation"), cdk.client(emulator, "dynamodb")
    deployed = carry.tables(formation, cdk.STACK)
    if not may_lose:
        carry.refuse_deletion(database, deployed, declared())
    for path in carry.save(database, deployed, declared(), SAVED):
        print(
            f"· keys or indexes of {path} change: the emulator replaces the table, its items are carried over",
            flush=True,
        )
    if not cdk.is_bootstrapped(emulator):
        with progress("bootstrapping the CDK"):
            cdk.bootstrap(emulator)
    with progress("deploying"):
        outputs = cdk.deploy(emulator, OUTPUTS)
        if HOTSWAP_MARKER.exists():
            cdk.undo_hotswaps(emulator)
            HOTSWAP_MARKER.unlink()
    for restored in carry.put_back(database, carry.tables(formation, cdk.STACK), declared(), SAVED):
        print(f"· carried over {restored}, which are published as created", flush=True)
    print(usage(outputs["ApiUrl"]), "\n".join([*places(outputs), "In a browser: make open\n"]), sep="\n\n")


def places(outputs: Mapping[str, str]) -> list[str]:
    """Return a line for each address of a stage besides the API's own; the emulator's CDN does not reach the API."""
    emulated = "/_aws/" in outputs["ApiUrl"]
    names = {"DocsUrl": "Documentation", "CdnUrl": "CDN, of files and documentation" if emulated else "CDN"}
    return [f"{name}: {outputs[key]}" for key, name in names.items() if key in outputs]


def usage(url: str) -> str:
    """Return curl commands that create an item, and list all: of a resource that has both, and refers to none."""
    from lambdas.rest.routes import routes

    def serves(one: "Resource") -> tuple[int, bool]:
        refers = any(part.required for part in one.model.schema.references)
        return len({"create", "list"} & one.named.keys()), not refers

    resource = max(declared(), key=serves)
    rows = {route.name: route for route in routes(resource)}
    body = f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(resource.example))}"
    lines = [
        f"  curl {flags}{proof_of(rows[name], resource)}{url}/{resource.path}{sent}"
        for name, flags, sent in (("create", "-i ", f" {body}"), ("list", "", ""))
        if name in rows
    ]
    return "\n\n".join([f"\nAPI: {url}", *lines])


def proof_of(route: "Operation", resource: "Resource") -> str:
    """Return the options of curl for the authentication that a route requires, on the local stage."""
    if route.access == "iam":
        return f"{SIGNATURE} "
    return f"{PROOF} " if route.scope(resource) else ""


def declared() -> "tuple[Resource, ...]":
    """Return the project's resources. Raises Problem if there is none."""
    from lambdas.rest.declarations import RESOURCES

    if not RESOURCES:
        raise Problem("No resource is declared: write a module in lambdas/resources (README, Make it yours).")
    return RESOURCES


def token(options: argparse.Namespace) -> None:
    """Print a token with every scope, as the stage's machine client gets one."""
    print(machine_token(running(options.port), cdk.outputs(OUTPUTS)))


def stop(options: argparse.Namespace) -> None:
    """Stop the emulator; its data stays."""
    emulator = local_emulator(options.port)
    pid, port = emulator.noted()
    if pid and port != emulator.port:
        raise Problem(f"This clone's emulator runs on port {port}: make stop PORT={port}")
    print("stopped; the data is kept" if emulator.stop() else "the emulator is not running")


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
    """Remove what was installed and built; ask before data is deleted."""
    if DATA.exists() and not options.yes:
        if not sys.stdin.isatty():
            raise Problem(f"{DATA} holds the data of the local stage; to delete it too: make clean YES=1")
        if input(f"{DATA} holds the data of the local stage. Delete it too? Type yes: ") != "yes":
            raise Problem("Nothing was deleted.")
    local_emulator(options.port).stop()
    for name in GENERATED_PATHS:
        shutil.rmtree(ROOT / name, ignore_errors=True)


def rename(options: argparse.Namespace) -> None:
    """Give the service another name."""
    from tools.dev.rename import rename

    print(rename(options.name))


def synth(options: argparse.Namespace) -> None:
    """Write the template of a stage to cdk.out."""
    from stacks.stage import default

    stage = stage_of(options.stage or default())
    cdk.cdk("synth", "--quiet", "--context", f"stage={stage.name}")
    print(f"cdk.out/{stack_name(stage.name)}.template.json")


def deploy(options: argparse.Namespace) -> None:
    """Deploy to the AWS account of the caller's credentials, which it names first."""
    from tools.ops.first_deploy import delete_failed_stack, needs_two_steps
    from tools.ops.guard import guard

    target = aws_target(stage_of(options.stage, local=False))
    print(f"Deploying {target.stack} to account {target.account}, region {target.region}", flush=True)
    if done := delete_failed_stack(target):
        print(done, flush=True)
    assembly = ROOT / "cdk.out"
    cdk.cdk("synth", "--quiet", "--output", assembly, "--context", f"stage={options.stage}", env=target.environment)
    guard(target, assembly, options.lose)
    approval = ["--require-approval=never"] if options.yes else []
    if needs_two_steps(target, assembly):
        print(
            "Too many resources for one operation: deploying in two steps, gradual deployments in the second",
            flush=True,
        )
        first = ["--context", f"stage={options.stage}", "--context", "gradual=off", *approval]
        cdk.cdk("deploy", "--output", ROOT / ".local" / "first.out", *first, env=target.environment)
    cdk.cdk("deploy", "--app", assembly, *approval, env=target.environment)


def verify(options: argparse.Namespace) -> None:
    """Check a deployed stage from outside."""
    from tools.ops.verify import Stage, verify

    target, local = target_of(options), options.stage == LOCAL
    outputs = cdk.outputs(OUTPUTS) if local else target.outputs()
    environment = cdk.emulated(running(options.port)) if local else target.environment
    stage = Stage(
        url=outputs["ApiUrl"],
        sign_in_url=outputs["SignInUrl"],
        outputs=outputs,
        resources=target.resources(),
        clients=target.clients,
        drift=partial(cdk.drift, target.stack, options.stage, environment),
        emulated=local,
    )
    verify(stage, partial(print, flush=True))


def prune(options: argparse.Namespace) -> None:
    """Delete old versions of a stage's functions."""
    from tools.ops.prune import prune

    print(prune(target_of(options)))


def url(options: argparse.Namespace) -> None:
    """Print where a stage answers: the API alone on standard output, for scripts, and the rest beside it."""
    outputs = outputs_of(options)
    print(outputs["ApiUrl"].rstrip("/"), flush=True)
    print(*places(outputs), sep="\n", file=sys.stderr)


def listen(options: argparse.Namespace) -> None:
    """Print the changes of live resources until interrupted."""
    from lambdas.live.access import ticket_routes
    from lambdas.rest.declarations import RESOURCES
    from tools.dev.listen import Client, line

    live = [f"/{resource.path}" for resource in RESOURCES if resource.live]
    if not live:
        raise Problem("No resource is live: Resource(..., live=True) in lambdas/resources (docs/live.md).")
    route = ticket_routes(RESOURCES)[-1 if options.token else 0]  # the last one is for whoever has a token
    client = Client(outputs_of(options)["ApiUrl"].rstrip("/") + route.path, options.to or live[0], options.token)
    print(f"changes of {client.to}, until Ctrl-C", flush=True)
    for event in client.follow():
        print(line(event), flush=True)


def site(options: argparse.Namespace) -> None:
    """Write the site, for the API of a stage."""
    from tools.site.build import build, settings_of

    print(build(SITE, settings_of(outputs_of(options))))


def serve(options: argparse.Namespace) -> None:
    """Open the documentation of a stage; where it has none, write it and serve it on this machine until interrupted."""
    from tools.site.serve import open_page, open_site

    outputs = outputs_of(options)
    if address := outputs.get("DocsUrl"):
        if options.stage in ("", LOCAL):
            running(options.port)
        open_page(address)
    else:
        site(options)
        open_site(SITE)


def outputs_of(options: argparse.Namespace) -> dict[str, str]:
    """Return the outputs of a stage, the local one by default."""
    if options.stage in ("", LOCAL):
        return cdk.outputs(OUTPUTS)
    return target_of(options).outputs()


def redrive(options: argparse.Namespace) -> None:
    """Publish again the changes in the dead-letter queue of the events."""
    from tools.ops.redrive import redrive

    target = target_of(options)
    print(redrive(target.clients, target.outputs()))


def recover(options: argparse.Namespace) -> None:
    """Restore a table to a time, beside the live one, and put back items that are missing there."""
    from tools.ops.recover import recover, refuse_missing

    refuse_missing(options.resource, options.at)
    target = target_of(options)
    print(recover(target.clients, target.stack, options.resource, options.at, write=options.yes))


def migrate(options: argparse.Namespace) -> None:
    """Rewrite the items of a resource as its model stores them today, or list which would change."""
    from tools.ops.migrate import migrate

    target = target_of(options)
    tell = partial(print, flush=True)
    print(migrate(target.clients, target.stack, options.resource, options.rate, write=options.yes, tell=tell))


def target_of(options: argparse.Namespace) -> Target:
    """Return a stage's stack in the caller's account, or in the emulator."""
    stage = stage_of(options.stage)
    if stage.name != LOCAL:
        return aws_target(stage)
    return Target(cdk.STACK, ACCOUNT, REGION, partial(cdk.client, running(options.port)))


def running(port: str) -> Emulator:
    """Return the emulator that `make run` started. Raises Problem if it is not running."""
    emulator = local_emulator(port)
    if not emulator.answers():
        raise Problem("The emulator is not running: `make run` first.")
    return emulator


def local_emulator(port: str) -> Emulator:
    """Return the emulator of this clone: on the given port, else where it runs, else on the default port."""
    if port and not (port.isdecimal() and 1024 <= int(port) <= 65535):
        raise Problem(f"PORT={port} is not a port: use a number from 1024 to 65535.")
    emulator = Emulator(port=DEFAULT_PORT, folder=DATA)
    return replace(emulator, port=int(port) if port else emulator.noted()[1] or DEFAULT_PORT)


@contextmanager
def progress(step: str) -> Iterator[None]:
    """Print one line for one step: its name, and how long it took."""
    print(f"· {step}", end=" ", flush=True)
    began = time.monotonic()
    try:
        yield
    finally:
        print(f"({time.monotonic() - began:.0f} s)", flush=True)


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    command.__name__: command
    for command in (
        run,
        token,
        stop,
        logs,
        watch,
        clean,
        rename,
        synth,
        deploy,
        url,
        listen,
        site,
        serve,
        verify,
        prune,
        redrive,
        recover,
        migrate,
    )
}

if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
