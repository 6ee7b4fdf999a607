"""The pipeline may do little, runs what it was reviewed with, and only what people can run as well."""

import re
from itertools import pairwise

import pytest
import yaml

from tools.dev.install import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request):
    return yaml.safe_load(request.param.read_text())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_name_the_release(path):
    used = re.findall(r"uses: *(.*)", path.read_text())

    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_a_job_may_read_the_code_and_only_deployments_may_ask_for_a_role(workflow):
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        deploys = "environment" in job
        assert job["permissions"] == {"contents": "read"} | ({"id-token": "write"} if deploys else {}), name


def deployments(workflow):
    """The jobs that deploy a stage, in their order."""
    return {name: job for name, job in workflow["jobs"].items() if "environment" in job}


def test_deployments_wait_for_tests_and_checks_and_each_for_the_one_before(workflow):
    (_, first), *_ = deployments(workflow).items()

    assert set(first["needs"]) == {"test", "check"}
    for before, after in pairwise(deployments(workflow)):
        assert workflow["jobs"][after]["needs"] == before
    for name, job in deployments(workflow).items():
        assert (job["environment"], job["if"]) == (name, "github.event_name == 'push'")


def test_a_deployment_waits_for_another_one_to_the_same_stage_alone_and_none_is_cancelled(workflow):
    for stage, job in deployments(workflow).items():
        assert job["concurrency"] == {"group": f"deploy-{stage}", "cancel-in-progress": False}
    assert "github.run_id" in workflow["concurrency"]["group"]  # no two runs on main share a group


def test_dependencies_are_a_week_old_before_they_are_proposed():
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]

    assert updates
    assert all(one["cooldown"]["default-days"] >= 7 for one in updates)


def test_no_key_is_kept_anywhere(workflow):
    assert "secrets." not in str(workflow)
    assert "aws-access-key-id" not in str(workflow)


def test_no_token_stays_in_the_checked_out_code(workflow):
    for job in workflow["jobs"].values():
        (checkout,) = [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False


def test_each_step_is_a_command_that_people_run(workflow):
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]

    assert steps
    for target in re.findall(r"make (?:--silent )?(\w+)", " ".join(steps)):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_every_lock_is_watched_for_updates():
    watched = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]

    folders = {f"/{path.parent.relative_to(ROOT)}".replace("/.", "/") for path in locks()}
    assert set(watched[0]["directories"]) == folders
    assert {each["package-ecosystem"] for each in watched} == {"pip", "npm", "github-actions"}


def locks():
    found = [ROOT / "requirements.txt", *ROOT.glob("*/requirements.txt"), *ROOT.glob("t*/*/requirements.txt")]
    return [path for path in found if not path.parent.name.startswith(".") or path.parent == ROOT]
