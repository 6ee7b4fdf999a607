"""Bytecode that Lambda trusts as it is, in place of sources: `python -m stacks.functions.bytecode FOLDER DEPLOYED_AS`.

Zip timestamps invalidate the ordinary kind. Without docstrings, and without the columns that a traceback would
underline in a source (`-X no_debug_ranges`), there is less to read while a function starts. Tracebacks keep the
numbers of their lines.
"""

import ast
import marshal
import sys
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

from stacks.functions.late import make_late

UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552
# Our own code, in which nothing reads the annotations of functions. A library may read those of a project's own.
MACHINERY = ("dynamodel/", *(f"lambdas/{room}/" for room in ("crud", "events", "files", "live", "rest", "runtime")))


def compile_folder(folder: Path, deployed_as: str) -> None:
    """Compile each module of a folder, and delete its source."""
    places = {path: f"{deployed_as}/{path.relative_to(folder)}" for path in sorted(folder.rglob("*.py"))}
    trees = {path: ast.parse(path.read_bytes(), place) for path, place in places.items()}
    make_late({".".join(path.relative_to(folder).with_suffix("").parts): tree for path, tree in trees.items()})
    for path, tree in trees.items():
        if path.relative_to(folder).as_posix().startswith(MACHINERY):
            without_types(tree)
        code = compile(tree, places[path], "exec", dont_inherit=True, optimize=2)
        head = MAGIC_NUMBER + UNCHECKED_HASH + source_hash(path.read_bytes())
        path.with_suffix(".pyc").write_bytes(head + marshal.dumps(code))
        path.unlink()


def without_types(tree: ast.Module) -> None:
    """Take the types of functions out of a module, a twentieth of its bytes: annotations and overloads.

    Annotations of classes say what these hold, and stay.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.ClassDef):
            node.body = [one for one in node.body if not is_overload(one)]


def is_overload(node: ast.stmt) -> bool:
    """Return whether a function is there for type checkers only."""
    marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in marks)


if __name__ == "__main__":
    try:
        compile_folder(Path(sys.argv[1]), sys.argv[2])
    except SyntaxError as error:
        sys.exit(f"{error.filename}, line {error.lineno}: {error.msg}")
