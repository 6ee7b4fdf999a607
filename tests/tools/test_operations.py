"""docs/operations.md is true: its commands and alarms exist, its costs are the formula's."""

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from bench import costs
from dynamodel import Attr
from lambdas.files.file import File, file
from stacks import stages
from tests.support.alarm import metrics_of
from tests.support.gallery.parcels import PARCELS, Parcel
from tools.dev.install import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text()


class Pictured(Parcel):
    """A thing on its way, and what it looks like."""

    photo: Attr[File | None] = file(types=("image/png",), max_bytes=1_000_000)


@pytest.fixture(scope="module")
def prod(template):
    """The template of prod with one resource that has a file, as the costs are told for."""
    return template("prod", (replace(PARCELS, model=Pictured),))


def test_the_table_of_costs_is_what_the_formula_gives():
    (table,) = re.findall(r"<!-- costs -->\n(.*?)\n<!-- /costs -->", TEXT, re.DOTALL)

    assert table == costs.table([costs.Load(rate) for rate in costs.RATES])


def test_the_formula_counts_the_alarms_and_metrics_that_there_are(prod):
    alarms = prod.find_resources("AWS::CloudWatch::Alarm").values()
    functions = prod.find_resources("AWS::Lambda::Alias")

    load = costs.Load(1)
    assert load.alarm_metrics == sum(len(metrics_of(alarm["Properties"])) for alarm in alarms)
    assert load.own_metrics == 5 + 3 * len(functions)


def test_costs_grow_with_the_load_and_no_faster():
    months = [costs.month(costs.Load(rate)) for rate in (1, 10, 100, 1_000, 10_000)]

    assert all(less < more < 10 * less for less, more in pairwise(months))


def test_every_alarm_has_its_row(prod):
    rows = re.findall(r"^\| `(\w+)`", TEXT, re.MULTILINE)

    names = Counter(
        re.search(r"(?:MonitoringAlarms|(?=Failing))(\w+?)[0-9A-F]{8}$", logical_id)[1]
        for logical_id in prod.find_resources("AWS::CloudWatch::Alarm")
    )
    assert names.keys() == set(rows[: len(names)])


def test_every_command_exists():
    makefile = (ROOT / "Makefile").read_text()

    for target in re.findall(r"(?:`|\$ )make ([a-z]+)", TEXT):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_file_and_setting_exists():
    for path in re.findall(r"`((?:[\w.]+/)+[\w.]+\.\w+)`", TEXT):
        assert path.startswith("tests/resources/") or (ROOT / path).exists(), path  # those go with their resource
    for setting in re.findall(r"`([a-z]+_[a-z_]+)(?:=\w+)?`", TEXT):
        known = setting in stages.Stage.__dataclass_fields__ or setting in ("request_id", "trace_id", "removed_files")
        assert known, setting


def test_every_claim_says_what_it_rests_on():
    (table,) = re.findall(r"## What each claim rests on\n(.*?)\n## ", TEXT, re.DOTALL)
    rows = re.findall(r"^\| (?!claim|---)(.+?) \| (.+?) \|", table, re.MULTILINE)

    evidence = ("documentation", "template", "emulator", "simulation", "not shown", "a formula")
    assert len(rows) > 10
    assert [claim for claim, rests_on in rows if not any(word in rests_on for word in evidence)] == []
