"""The syntheses that tests keep on disk: none is mistaken for another, or for that of other sources."""

import shutil
from dataclasses import replace

import pytest

from dynamodel import Attr, attr
from tests.support import stages
from tests.support.assemblies import FILES, ROOMS, ROOT, Unnamed, digest, text
from tests.support.gallery.parcels import PARCELS

OTHERS = {
    "stage": (stages.named("dev"), (PARCELS,)),
    "setting": (replace(stages.named("prod"), alarm_email="ops@example.com"), (PARCELS,)),
    "a field": (stages.named("prod"), (replace(PARCELS, live=not PARCELS.live),)),
    "mapping": (stages.named("prod"), (replace(PARCELS, shared_max_age={}),)),
    "twice": (stages.named("prod"), (PARCELS, PARCELS)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_declaration_has_another_name(other):
    assert [*text(other)] != [*text((stages.named("prod"), (PARCELS,)))]


def test_a_model_that_a_test_makes_has_no_name():
    class Made(PARCELS.model):
        note: Attr[str] = attr(examples=("x",))

    with pytest.raises(Unnamed):
        [*text(replace(PARCELS, model=Made))]


@pytest.mark.parametrize("room", ROOMS)
def test_a_changed_source_is_another_source(tmp_path, room):
    for name in ROOMS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    before = digest(tmp_path)

    changed = next((tmp_path / room).rglob("*.py"))
    changed.write_text(changed.read_text() + "\n")

    assert digest(tmp_path) != before
