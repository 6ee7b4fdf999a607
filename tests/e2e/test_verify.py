"""`make verify` passes on a stage that works, and fails on one that does not."""

from functools import cache, partial

import pytest

from tools.dev import cdk
from tools.ops.target import Target
from tools.ops.verify import CHECKS, Skipped, Stage, example_resource, verify
from tools.problem import Problem

NOT_HERE = {"access log line", "alarms"}  # the emulator writes no access log, and evaluates no metric math
OF_AN_ITEM = {"forged token", "create, read, delete", "event", "log line"}


@pytest.fixture(scope="module")
def without_items():
    """The checks that need an item of which the project has none."""
    try:
        example_resource()
    except Skipped:
        return OF_AN_ITEM
    return set()


@pytest.fixture(scope="module")
def stage(deployed):
    """The stage under test, at its address or another one; what `cdk drift` says of it is asked for once."""
    client, emulator = deployed.client, deployed.emulator
    deployed_app = str(emulator.folder / "cdk.out")
    drift = cache(partial(cdk.drift, cdk.STACK, "local", cdk.emulated(emulator), deployed_app))

    def at(url):
        return Stage(
            url=url,
            sign_in_url=emulator.url,
            outputs=deployed.outputs,
            resources=Target(cdk.STACK, "", "", client).resources(),
            clients=client,
            drift=drift,
            certificate=emulator.certificate,
            emulated=True,
        )

    return at


def outcomes(told):
    """The outcome of each check by its name."""
    return {line[9:].partition(":")[0]: line.split()[0] for line in told}


def test_every_check_passes_that_the_emulator_can_have(deployed, stage, items, without_items):
    told, before = [], items()

    verify(stage(deployed.url), told.append)

    assert outcomes(told) == {name: "skipped" if name in NOT_HERE | without_items else "ok" for name in CHECKS}
    assert items() == before


def test_a_stage_that_does_not_answer_fails_where_it_is_asked(deployed, stage, without_items):
    told = []

    with pytest.raises(Problem, match=f"of {len(CHECKS)} checks failed"):
        verify(stage(f"{deployed.url}/nothing"), told.append)

    failed = {name for name, outcome in outcomes(told).items() if outcome == "FAILED"}
    assert failed == {"health", "forged token", "create, read, delete"} - without_items
