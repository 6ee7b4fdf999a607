"""Imports of the layer made late: the same modules do the same, and load what they need when they need it."""

import ast
import sys
import types

import pytest

from stacks.functions.late import make_late


@pytest.fixture
def changed():
    """A function that makes the imports of `heavy` late in sources, given by their modules' names, and returns them."""

    def change(**sources):
        trees = {name: ast.parse(source) for name, source in sources.items()}
        make_late(trees, ("heavy",))
        return {name: ast.unparse(tree) for name, tree in trees.items()}

    return change


@pytest.fixture
def heavy(monkeypatch):
    """A module that is slow to load."""
    module = types.ModuleType("heavy")
    module.weigh = lambda thing: f"heavy {thing}"
    monkeypatch.setitem(sys.modules, "heavy", module)
    return module


def test_an_import_moves_to_the_statement_that_needs_it(changed):
    source = "from heavy import weigh\ndef read(path):\n    if path:\n        return weigh(path)\n    return None\n"

    module = changed(module=source)["module"]

    assert module == (
        "def read(path):\n    if path:\n        from heavy import weigh\n        return weigh(path)\n    return None"
    )


def test_a_function_does_the_same_with_an_import_made_late(changed, heavy):
    source = (
        "import json, heavy\n"
        "def read(kind):\n"
        "    try:\n"
        "        if kind == 'plain':\n            return heavy.weigh(json.loads('1'))\n"
        "        raise ValueError(kind)\n"
        "    except ValueError as error:\n        found = heavy.weigh(error)\n"
        "    finally:\n        heavy.done = kind\n"
        "    return [heavy.weigh(one) for one in (found,)]\n"
    )
    names = {}

    exec(changed(module=source)["module"], names)

    assert "heavy" not in names
    assert names["read"]("plain") == "heavy 1"
    assert names["read"]("other") == ["heavy heavy other"]
    assert heavy.done == "other"


@pytest.mark.parametrize(
    "source",
    [
        "from heavy import weigh\nweighed = weigh(1)\ndef read():\n    return weigh(2)",
        "from heavy import weigh\n\nclass Reader(weigh):\n\n    def read(self):\n        return weigh(2)",
        "from heavy import weigh\n\ndef read(by=weigh):\n    return weigh(by)",
        "from heavy import weigh\n\n@weigh\ndef read():\n    return weigh(2)",
        "from heavy import weigh\n\ndef read(by: weigh):\n    return weigh(by)",
        "from heavy import weigh\n\ndef read(weigh):\n    return weigh(1)",
        "from heavy import weigh\n\ndef read():\n    global weigh\n    weigh = weigh(1)",
        "from heavy import weigh",
        "try:\n    from heavy import weigh\nexcept ImportError:\n    weigh = None\n\ndef read():\n    return weigh(1)",
        "from light import weigh\n\ndef read():\n    return weigh(1)",
    ],
)
def test_an_import_stays_that_something_else_uses_or_that_is_none_of_the_targets(changed, source):
    assert changed(module=source)["module"] == ast.unparse(ast.parse(source))


@pytest.mark.parametrize(
    "other",
    [
        "from package.module import weigh",
        "from package.module import *",
        "import package.module\npackage.module.weigh(1)",
    ],
)
def test_an_import_stays_whose_name_another_module_takes_from_there(changed, other):
    source = "from heavy import weigh\n\ndef read():\n    return weigh(1)"

    assert changed(**{"package.module": source, "other": other})["package.module"] == source


def test_of_an_import_of_two_names_one_may_move(changed):
    source = "from heavy import lift, weigh\nlift(1)\ndef read():\n    return weigh(1)"

    module = changed(module=source)["module"]

    assert module == "from heavy import lift\nlift(1)\n\ndef read():\n    from heavy import weigh\n    return weigh(1)"


def test_lines_keep_their_numbers():
    tree = ast.parse("from heavy import weigh\n\n\ndef read():\n    x = 1\n    return weigh(x)\n")

    make_late({"module": tree}, ("heavy",))

    assert [statement.lineno for statement in tree.body[0].body] == [5, 6, 6]
