"""Mistakes in a project's own files: a command names the file, the line and the error in one message.

Each takes a process of its own, up to a second: `make unit` has one of a kind, `make check` all.
"""

import re
import subprocess
import sys

import pytest

from tests.support.forks import forked
from tests.support.gallery.parcels import PARCELS

MODEL = """
from dynamodel import *
from lambdas.rest.crud import CRUD
from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource

OWN = Operation(module="lambdas.operations.own", method="POST", path="{id}/own", access="write", permissions=())


class Thing(Model):
    \"\"\"A thing.\"\"\"

    id: Attr[str] = key(default_factory=uuid7)
    name: Attr[str] = attr(default="x")
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)


THINGS = Resource(path="things", model=Thing)
"""
HERE = r"^\nlambdas/resources/things\.py, line \d+: "
OPERATION = ("model=Thing", "model=Thing, operations=(*CRUD, OWN)")
MISTAKES = {  # texts of the module and what is there instead, and what is said
    "syntax": ([("key(default_factory=uuid7)", "key(")], HERE + r"'\(' was never closed$"),
    "name": ([("Attr[int]", "Atr[int]")], HERE + "name 'Atr' is not defined"),
    "import": ([("import CRUD", "import CRUDE")], HERE + "cannot import name 'CRUDE' from 'lambdas.rest.crud'"),
    "module": ([("lambdas.rest.crud", "lambdas.rest.crude")], HERE + "No module named 'lambdas.rest.crude'"),
    "attribute": ([("sort=id", "sort=ident")], HERE + "name 'ident' is not defined"),
    "option": ([('default="x"', 'default_value="x"')], HERE + "an attribute has no option default_value"),
    "type of a default": ([('default="x"', "default=1")], HERE + r"Thing\.name: the default 1 breaks its own rule"),
    "mutable default": (
        [("Attr[str] = attr", "Attr[list[str]] = attr"), ('default="x"', "default=[]")],
        HERE + r"Thing\.name: declare a mutable default as default_factory=list",
    ),
    "type of a bound": (
        [("Attr[int] = version()", 'Attr[int] = version(ge="0")')],
        HERE + r"Thing\.version: ge='0' is not of type int",
    ),
    "type of a length": (
        [('default="x"', 'max_length="50"')],
        HERE + r"Thing\.name: max_length='50' is not of type int",
    ),
    "an example": (
        [('default="x"', 'max_length=3, examples=("books",)')],
        HERE + r"Thing\.name: the example 'books' breaks its own rule: Expected `str` of length <= 3",
    ),
    "examples that are text": (
        [('default="x"', 'examples="books"')],
        HERE + r"examples must be a tuple: .*\('books',\)",
    ),
    "a counter of text": (
        [('default="x"', 'default="x", metadata={"counter": True}')],
        HERE + "Thing cannot be a resource: it needs counters that are numbers, which name is not",
    ),
    "the name of a counter": (
        [("version()", 'version()\n    COUNT: Attr[int] = attr(default=0, metadata={"counter": True})')],
        HERE + "Thing cannot be a resource: it needs counters and files of small letters.*, which COUNT is not",
    ),
    "type of an attribute's option": (
        [('default="x"', 'default="x", unique="yes"')],
        HERE + r"Thing\.name: unique='yes' is not of type bool$",
    ),
    "no function": (
        [('default="x"', 'default_factory="x"')],
        HERE + r"Thing\.name: default_factory='x' is not of type ",
    ),
    "a time that is text": (
        [('Attr[str] = attr(default="x")', "Attr[str] = created_at()")],
        HERE + r"Thing\.name: a time must be a datetime, not str$",
    ),
    "shards": (
        [("sort=id", 'sort=id, shards="4"')],
        HERE + r"ShardedIndex\(shards='4'\): shards must be a whole number",
    ),
    "projection": (
        [("sort=id)", 'sort=id, project=("name",))')],
        HERE + r"Thing\.newest: project=\('name',\) is not \"all\", \"keys\" or a tuple of attributes$",
    ),
    "options without names": ([("path=", "")], HERE + "(positional argument follows keyword|Resource takes its)"),
    "success": ([OPERATION, ("permissions=()", "permissions=(), success=(99,)")], HERE + ".*needs success of 200, 201"),
    "an end of an operation": (
        [OPERATION, ("permissions=()", 'permissions=(), sunset="tomorrow"')],
        HERE + '.*needs deprecated as "@1767225600", and sunset as "Fri, 01 Jan',
    ),
    "a share": ([OPERATION, ("permissions=()", "permissions=(), rate_share=5")], HERE + ".*needs a rate_share above 0"),
    "a tuple in a tuple": (
        [("model=Thing", "model=Thing, operations=(CRUD[0], CRUD)")],
        HERE + "Resource: operations=tuple of Operation, tuple of Operation, .*is not a tuple, as",
    ),
    "its own model": ([("Attr[str] = attr(", "Attr[str] = reference(Thing, ")], HERE + "name 'Thing' is not defined"),
    "filter": (
        [("name: Attr", "limit: Attr"), ("sort=id)", "sort=id)\n    by_limit = Index(limit)")],
        HERE + "Thing cannot be a resource: it needs no index by limit: limit, cursor, sort, fields are",
    ),
    "path": ([('"things"', '"Things"')], HERE + "Thing cannot be a resource: it needs a path of small letters"),
    "a path twice": ([('"things"', '"parcels"')], r"^\nResources need different paths: parcels, parcels\."),
    "two resources": ([("THINGS =", "OTHERS = THINGS =")], r"^\nlambdas\.resources\.things must declare one Resource"),
    "option of an operation": ([("path=", "route=")], HERE + "Operation has no route"),
    "type of an option": (
        [("model=Thing", 'model=Thing, client_ids="yes"')],
        HERE + "Resource: client_ids='yes' is not True or False$",
    ),
    "no tuple": (
        [("model=Thing", "model=Thing, operations=OWN")],
        HERE + r"Resource: operations=Operation is not a tuple",
    ),
    "type of a part": (
        [("model=Thing", 'model=Thing, shared_max_age={"list": "60"}')],
        HERE + r"Resource: shared_max_age=\{'list': '60'\} is not a dict from text to a whole number$",
    ),
    "no dict": (
        [("model=Thing", 'model=Thing, shared_max_age="60"')],
        HERE + "Resource: shared_max_age='60' is not a dict from text to a whole number$",
    ),
    "no model": ([("model=Thing", 'model="Thing"')], HERE + "Resource: model='Thing' is not a class of Model$"),
    "bounds": (
        [("Attr[int] = version()", "Attr[int] = version()\n    size: Attr[int] = attr(default=1, ge=5, le=1)")],
        HERE + r"Thing\.size: ge=5, le=1 exclude every value$",
    ),
    "no handler's module": ([OPERATION], r"^\nThe module lambdas\.operations\.own is declared but missing: write"),
    "key": ([("THINGS =", "{}['x']\nTHINGS =")], HERE + "KeyError: 'x'"),
}


def first(cases, ids=None):
    """Return parameters of a test, of which `make unit` takes the first alone."""
    names = ids or [str(case) for case in range(len(cases))]
    marks = [(), *([pytest.mark.checkers] for _ in cases[1:])]
    return [pytest.param(*case, id=name, marks=mark) for case, name, mark in zip(cases, names, marks, strict=True)]


@pytest.fixture
def folder(tmp_path):
    forked(tmp_path, [PARCELS], own=False)
    return tmp_path


def say(folder, *words):
    """Return the words of a command in the copy, which fails."""
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def write(folder, name, *changes, text=MODEL):
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / name).write_text(text)


@pytest.mark.parametrize(("changes", "told"), first([*MISTAKES.values()], [*MISTAKES]))
def test_a_mistake_in_a_resource_is_named_by_its_place(folder, changes, told):
    write(folder, "lambdas/resources/things.py", *changes)

    assert re.search(told, say(folder, "-m", "stacks.contract"))


@pytest.mark.parametrize("command", first([["app.py"], ["-m stacks.contract"], ["-m stacks.contract.breaking"]]))
def test_every_command_says_it(folder, command):
    write(folder, "lambdas/resources/things.py", ("Attr[int]", "Atr[int]"))

    assert re.search(MISTAKES["name"][1] if command != "app.py" else "name 'Atr'", say(folder, *command.split()))


@pytest.mark.parametrize(
    ("text", "told"),
    first(
        [
            ("", r"^\nThe module lambdas\.operations\.own needs a function named handler\."),
            ("def handler(:", r"^\nlambdas/operations/own\.py, line 1: invalid syntax"),
        ]
    ),
)
def test_an_operation_whose_function_would_not_start_is_refused(folder, text, told):
    write(folder, "lambdas/resources/things.py", OPERATION)
    (folder / "lambdas/operations/own.py").write_text(text)

    assert re.search(told, say(folder, "app.py"))


@pytest.mark.checkers
def test_an_error_of_the_cdk_is_reported_in_its_words(folder):
    own = ("lambdas.operations.own", "lambdas.operations.models")  # the gateway's models have this name
    write(folder, "lambdas/resources/things.py", own, OPERATION)
    (folder / "lambdas/operations/models.py").write_text("def handler(): ...\n")

    assert re.search(r"\nThe CDK refuses the stage \w+: There is already a Construct with name", say(folder, "app.py"))


@pytest.mark.checkers
def test_resources_that_refer_to_each_other_are_refused(folder):
    for one, other in (("ones", "others"), ("others", "ones")):
        write(
            folder, f"lambdas/resources/{one}.py", ("OWN =", f"from lambdas.resources.{other} import THINGS\n\nOWN =")
        )

    told = r"lambdas/resources/\w+\.py, line \d: .*resources cannot refer to each other in a circle$"
    assert re.search(told, say(folder, "app.py"))


ROW = "from lambdas.events.worker import *\n\nWORKERS = (Worker(module='lambdas.workers.own', on=Queue()),)\n"


@pytest.mark.parametrize(
    ("change", "told"),
    first(
        [
            (
                ("Queue()", "Queue(batch=11)"),
                r"lambdas/workers/__init__\.py, line 3: .*needs a batch of 1 to 10 messages",
            ),
            (("Queue()", "Schedule('hourly')"), r"__init__\.py, line 3: .*needs times as rate\(1 hour\)"),
            (("Queue()", "Schedule('cron(99 6 * * ? *)')"), r"__init__\.py, line 3: .*needs times as rate\(1 hour\)"),
            (
                ("Queue()", "Schedule('rate(1 day)', zone='Europe/Berlino')"),
                r"own needs an IANA time zone, .*, not Europe/Berlino",
            ),
            (
                ("Queue()", "Changes(of='parcels')"),
                r"line 3: Changes: of='parcels' is not a tuple, as \(one,\), of text",
            ),
            (
                ("Queue()", "Changes(verbs=('create',))"),
                r"line 3: Changes: verbs=\('create',\) is not a tuple, .*'created' or 'updated'",
            ),
            (("Queue()", "Queue(), memory=64"), r"__init__\.py, line 3: .*needs a memory of 128 to 10,240 MB"),
            (("Queue()", "Queue(), timeout='30'"), r"line 3: Worker: timeout='30' is not a whole number"),
            (("Queue()),)", "Queue()))"), r"^\nlambdas/workers/__init__\.py needs WORKERS, a tuple of rows"),
            (("Worker(", "Employee("), r"lambdas/workers/__init__\.py, line 3: name 'Employee' is not defined"),
            (
                ("own", "lost"),
                r"^\nThe module lambdas\.workers\.lost is declared but missing: write lambdas/workers",
            ),
            (
                ("Queue()", "Changes(of=('parcel',))"),
                r"lambdas\.workers\.own is about parcel; the resources are parcels\.",
            ),
        ]
    ),
)
def test_a_mistake_in_a_worker_is_named_by_its_place(folder, change, told):
    (folder / "lambdas/workers/own.py").write_text("def handler(): ...\n")
    write(folder, "lambdas/workers/__init__.py", change, text=ROW)

    assert re.search(told, say(folder, "app.py"))


@pytest.mark.parametrize(
    ("setting", "told"),
    first(
        [
            ("keep_date=True", "keep_date"),
            ("own_key=True", "dev: replica_regions and own_key need a region"),
            ('requests_per_second="50"', "dev: requests_per_second='50': Expected `int`, got `str`"),
            ("alarm_email=5", "dev: alarm_email=5: Expected `str`, got `int`"),
            (
                'price_class="PriceClass_300"',
                "dev: price_class='PriceClass_300': Expected PriceClass_100 or PriceClass_200",
            ),
            ("stream_lanes=50", "dev: stream_lanes=50: Expected `int` <= 10"),
            ('slow_ms=1), "x": Stage(name="My Stage"', "My Stage: a stage's name has 26 small letters"),
            ("slow_ms=later", "name 'later' is not defined"),
        ]
    ),
)
def test_a_mistake_in_the_stages_is_named_by_its_place(folder, setting, told):
    stages = 'from stacks.stage import Stage\n\nSTAGES = {"dev": Stage(name="dev", %s)}\n'
    (folder / "stacks/stages.py").write_text(stages % setting)

    assert re.search(rf"^\nstacks/stages\.py, line 3: .*{told}", say(folder, "app.py"))


@pytest.mark.checkers
@pytest.mark.parametrize(
    "stages", ['[Stage(name="dev")]', '{"dev": Stage(name="prod")}', "{}", '{"dev": {"name": "dev"}}']
)
def test_stages_that_are_not_a_dict_by_name_are_refused(folder, stages):
    (folder / "stacks/stages.py").write_text(f"from stacks.stage import Stage\n\nSTAGES = {stages}\n")

    assert "\nstacks/stages.py needs STAGES, a dict of stages by their names.\n" in say(folder, "app.py")
