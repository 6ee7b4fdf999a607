"""Bytecode that Lambda trusts as it is, in place of sources: `python -m stacks.functions.bytecode FOLDER DEPLOYED_AS`.

Zip timestamps invalidate the ordinary kind. Without docstrings, and without the columns that a traceback would
underline in a source (`-X no_debug_ranges`), there is less to read while a function starts. Tracebacks keep the
numbers of their lines.
"""

import ast
import marshal
import sys
from collections.abc import Mapping, Set
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

from stacks.functions.late import imported_names, loaded_names, make_late, with_names

UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552
# Our own code, in which nothing reads the annotations of functions. A library may read those of a project's own.
MACHINERY = ("dynamodel.", *(f"lambdas.{room}." for room in ("crud", "events", "files", "live", "rest", "runtime")))


def compile_folder(folder: Path, deployed_as: str) -> None:
    """Compile each module of a folder, and delete its source."""
    places = {path: f"{deployed_as}/{path.relative_to(folder)}" for path in sorted(folder.rglob("*.py"))}
    trees = {path: ast.parse(path.read_bytes(), place) for path, place in places.items()}
    modules = {".".join(path.relative_to(folder).with_suffix("").parts): tree for path, tree in trees.items()}
    make_late(modules)
    ours = {name: tree for name, tree in modules.items() if name.startswith(MACHINERY)}
    for tree in ours.values():
        without_types(tree)
    for _ in range(3):  # what one module does not import any more, another one need not have
        without_unused(ours, {one for name, tree in modules.items() for one in imported_names(name, tree)})
    for path, tree in trees.items():
        code = compile(tree, places[path], "exec", dont_inherit=True, optimize=2)
        head = MAGIC_NUMBER + UNCHECKED_HASH + source_hash(path.read_bytes())
        path.with_suffix(".pyc").write_bytes(head + marshal.dumps(code))
        path.unlink()


def without_types(tree: ast.Module) -> None:
    """Take the types of functions out of a module: annotations, overloads and parameters, a twentieth of its bytes.

    Annotations of classes say what these hold, and stay.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            if not {one.name for one in node.type_params if isinstance(one, ast.TypeVar)} & loaded_names(node):
                node.type_params = []
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.ClassDef):
            node.body = [one for one in node.body if not is_overload(one)]


def without_unused(modules: Mapping[str, ast.Module], imported: Set[tuple[str, str]]) -> None:
    """Take imports and names of types out of modules, if neither they use them nor others import them from there."""
    for name, tree in modules.items():
        used = {one for module, one in imported if module == name} | {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        if not name.endswith("__init__"):  # which is there to be imported from
            tree.body = [kept for node in tree.body if (kept := used_part(node, used))]


def used_part(node: ast.stmt, used: Set[str]) -> ast.stmt | None:
    """Return a statement of a module without what nothing uses."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        kept = with_names(node, used)
        return kept and ast.fix_missing_locations(ast.copy_location(kept, node))
    for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return None if for_types or (isinstance(node, ast.TypeAlias) and node.name.id not in used) else node


def is_overload(node: ast.stmt) -> bool:
    """Return whether a function is there for type checkers only."""
    marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in marks)


if __name__ == "__main__":
    try:
        compile_folder(Path(sys.argv[1]), sys.argv[2])
    except SyntaxError as error:
        sys.exit(f"{error.filename}, line {error.lineno}: {error.msg}")
