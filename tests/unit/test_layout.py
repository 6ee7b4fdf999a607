"""The house: rooms as in the README's tree, no product in generic code, plain docstrings, short functions."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LINES = "".join(re.findall(r"<!-- tree -->\n```text\n(.*?)\n```", README, re.DOTALL)).splitlines()
GROUPED = ("lambdas", "stacks", "tests", "tools")  # their rooms are in the tree too
ROOMS = ("lambdas", "stacks", "tools", "dynamodel", "tests", "bench")
YOURS = {"lambdas/resources/", "lambdas/operations/", "lambdas/workers/", "stacks/stages.py", "tests/resources/"}

in_tree = pytest.mark.skipif(not LINES, reason="the README is a fork's own")


def is_yours(path: Path) -> bool:
    """Return whether a file is a fork's own, which writes as it likes."""
    return f"{path.relative_to(ROOT)}".startswith((*YOURS,))


EXAMPLE = re.compile(r"product(?!ion|$|\()|\bsku\b|\bstock\b", re.IGNORECASE)
NAMES_EXAMPLE = {  # where the example's own facts may be, besides what is yours
    "dynamodel": "its documentation has a shop of its own",
    "tests/dynamodel": "models of a shop, declared there",
    "tests/support/gallery": "resources of unlike shapes",
    "tests/unit/test_layout.py": "this scan",
}


def named(line: str) -> list[str]:
    """Return the paths of a line of the tree: `a/{b,c}/` names two."""
    path = line.split()[0]
    if "{" not in path:
        return [path]
    before, inner, after = re.split(r"[{}]", path)
    return [f"{before}{each}{after}" for each in inner.split(",")]


def rooms() -> list[str]:
    """Return the folders that hold sources: those at the top, and those in the rooms that have rooms."""
    parents = [ROOT, *(ROOT / name for name in GROUPED)]
    folders = chain.from_iterable(parent.iterdir() for parent in parents)
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()} | {"__pycache__"}
    return [
        f"{folder.relative_to(ROOT)}/"
        for folder in folders
        if folder.is_dir() and folder.name not in ignored and not folder.name.startswith(".")
    ]


@in_tree
def test_the_tree_has_each_room_once_and_nothing_that_is_not_there():
    paths = [path for line in LINES for path in named(line)]

    assert [path for path in paths if path not in YOURS and not (ROOT / path).exists()] == []
    assert [room for room in rooms() if room.removesuffix("/") not in GROUPED and paths.count(room) != 1] == []


@in_tree
def test_the_tree_has_at_most_25_lines_of_a_sentence_each():
    assert len(LINES) <= 25
    assert [line for line in LINES if not re.fullmatch(r"\S+ +(\* )? *[^.]+\.", line)] == []


@in_tree
def test_the_tree_marks_what_is_yours():
    marked = {path for line in LINES if re.match(r"\S+ +\* ", line) for path in named(line)}

    assert marked == YOURS


@pytest.mark.parametrize("room", ["lambdas", "stacks", "tools", "tests"])
def test_generic_code_names_no_product(room):
    """The example is deleted in a fork; what names it elsewhere would go on speaking of products."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted(path for kind in ("py", "toml", "ts", "json") for path in (ROOT / room).rglob(f"*.{kind}"))
        if not is_yours(path) and not f"{path.relative_to(ROOT)}".startswith((*NAMES_EXAMPLE,))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if EXAMPLE.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_begin_with_a_noun_or_a_verb(room):
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    question = r"(What|Who|Whose|Whether|How)\b"
    sources = {path: path.read_text() for path in (ROOT / room).rglob("*.py") if not is_yours(path)}
    questions = [
        (f"{path.relative_to(ROOT)}", text)
        for path, source in sources.items()
        if re.search(rf'"""\s*{question}', source)  # to parse all of them takes a second
        for node in ast.walk(ast.parse(source))
        if isinstance(node, documented) and re.match(question, text := ast.get_docstring(node) or "")
    ]

    assert len(sources) > 1
    assert questions == []


@pytest.mark.parametrize("room", ["dynamodel", "lambdas", "stacks", "tools", "bench"])
def test_no_function_has_more_than_thirty_lines_of_code(room):
    """Constructs are left out: what they compose is one list."""
    functions = [
        (f"{path.relative_to(ROOT)}: {node.name}", node.body[1:] if ast.get_docstring(node) else node.body)
        for path in (ROOT / room).rglob("*.py")
        if not is_yours(path)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (room, node.name) != ("stacks", "__init__")
    ]

    assert len(functions) > 1
    assert [name for name, code in functions if code and (code[-1].end_lineno or 0) - code[0].lineno >= 30] == []
