"""Imports of the layer's packages that are made when a function first needs them, as Python 3.15 can by itself.

A module of the layer often imports at its top, for a function that no Lambda function calls, what takes long to load.
What the module does is the same; what it imports for that function is loaded by its first call.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Set

# What serving a request needs nowhere: each is loaded when something does need it.
NEVER_AT_START = (
    *("botocore.docs", "botocore.discovery", "botocore.eventstream", "botocore.monitoring", "botocore.paginate"),
    *("botocore.retries.adaptive", "botocore.waiter", "aws_lambda_powertools.utilities", "dateutil", "jmespath"),
    *("configparser", "gzip", "importlib.metadata", "mimetypes", "pathlib", "subprocess", "tempfile"),
    *("typing_extensions", "urllib.request"),
)
BLOCKS = ("body", "orelse", "finalbody")

type Trees = Mapping[str, ast.Module]  # by the names of modules
type Import = ast.Import | ast.ImportFrom
type Function = ast.FunctionDef | ast.AsyncFunctionDef


def make_late(trees: Trees, targets: Iterable[str] = NEVER_AT_START) -> None:
    """Move imports of the targets into the functions that use them, unless something else uses them as well.

    What no function of the module uses is there for those who import it from the module, and stays.
    """
    imported = {one for name, tree in trees.items() for one in imported_names(name, tree)}
    for name, tree in trees.items():
        taken = {one for module, one in imported if module == name.removesuffix(".__init__")}
        used = set().union(*map(loaded_names, functions(tree))) if "*" not in taken else set[str]()
        movable = used - names_at_start(tree) - taken
        late: list[Import] = []
        body: list[ast.stmt] = []
        for node in tree.body:
            moved = late_part(node, name, movable, tuple(targets))
            late += [moved] if moved else []
            if not isinstance(node, ast.Import | ast.ImportFrom) or node.names:
                body.append(node)
        tree.body = body
        for function in functions(tree):
            function.body = [*with_imports(function.body, late)]


def imported_names(module: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what a module imports from others: their names, and the names in them; or takes as their attribute."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            origin = origin_of(node, module)
            yield from ((origin, alias.name) for alias in node.names)
            modules |= {alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (whole := modules.get(ast.unparse(node.value))):
            yield whole, node.attr


def origin_of(node: ast.ImportFrom, module: str) -> str:
    """Return the whole name of what `from ... import` imports from."""
    package = module.removesuffix(".__init__") if module.endswith(".__init__") else module.rpartition(".")[0]
    for _ in range(node.level - 1):
        package = package.rpartition(".")[0]
    return ".".join(filter(None, (package if node.level else "", node.module or "")))


def late_part(node: ast.stmt, module: str, movable: set[str], targets: tuple[str, ...]) -> Import | None:
    """Take out of an import what can be late, and return it."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return None
    origin = f"{origin_of(node, module)}." if isinstance(node, ast.ImportFrom) else ""
    late = [
        alias
        for alias in node.names
        if bound(alias) in movable and f"{origin}{alias.name}.".startswith(tuple(f"{one}." for one in targets))
    ]
    node.names = [alias for alias in node.names if alias not in late]
    return with_aliases(node, late)


def names_at_start(tree: ast.Module) -> set[str]:
    """Return the names that a module uses while it is imported, or that one of its functions gives another meaning."""
    quoted = any(isinstance(one, ast.ImportFrom) and one.module == "__future__" for one in tree.body)
    found: set[str] = set()
    waiting: list[ast.AST] = [one for one in tree.body if not isinstance(one, ast.Import | ast.ImportFrom)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += evaluated(node, quoted)
            found |= set_names(node)
        elif isinstance(node, ast.AnnAssign) and quoted:
            waiting += [one for one in (node.target, node.value) if one]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {bound(alias) for alias in node.names}
        elif isinstance(node, ast.Name):
            found.add(node.id)
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def evaluated(function: Function, quoted: bool) -> list[ast.AST]:
    """Return the parts of a function that are evaluated where it is defined: decorators, defaults, annotations."""
    given = function.args
    parts: list[ast.AST | None] = [*function.decorator_list, *given.defaults, *given.kw_defaults]
    if not quoted:
        parts += [function.returns, *(one.annotation for one in ast.walk(given) if isinstance(one, ast.arg))]
    return [part for part in parts if part]


def set_names(function: Function) -> set[str]:
    """Return the names that a function sets: its arguments, variables, functions, imports, globals."""
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found |= {*names}
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found |= {*map(bound, aliases)}
    return found


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield the functions of a module and of its classes, without those inside of others."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            yield from functions(node)


def with_imports(block: list[ast.stmt], late: list[Import]) -> Iterator[ast.stmt]:
    """Yield the statements of a block, and before the first one that needs an import, or inside of it, that import."""
    for statement in block:
        needed = names_of_statement(statement)
        for one in [only for whole in late if (only := with_names(whole, needed))]:
            yield ast.fix_missing_locations(ast.copy_location(one, statement))
        late = [rest for whole in late if (rest := with_names(whole, {*map(bound, whole.names)} - needed))]
        for inner in blocks(statement):
            inner[:] = with_imports(inner, late)
        yield statement


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements that a statement has: those of an if, a loop, a try, a with."""
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Match):
        parts = (statement, *getattr(statement, "handlers", ()))
        yield from (block for part in parts for name in BLOCKS if (block := getattr(part, name, None)))


def names_of_statement(statement: ast.stmt) -> set[str]:
    """Return the names that a statement reads outside of its blocks."""
    inside = {id(one) for block in blocks(statement) for one in block}
    found: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        found |= {node.id} if isinstance(node, ast.Name) else set()
        waiting += [child for child in ast.iter_child_nodes(node) if id(child) not in inside]
    return found


def loaded_names(function: Function) -> set[str]:
    """Return the names that a function reads when it runs."""
    return {node.id for part in function.body for node in ast.walk(part) if isinstance(node, ast.Name)}


def with_names(node: Import, names: Set[str]) -> Import | None:
    """Return an import of what is among the names."""
    return with_aliases(node, [alias for alias in node.names if bound(alias) in names])


def with_aliases(node: Import, aliases: list[ast.alias]) -> Import | None:
    """Return an import of some of what it imports; none of nothing."""
    if not aliases:
        return None
    if isinstance(node, ast.Import):
        return ast.Import(aliases)
    return ast.ImportFrom(node.module, aliases, node.level)


def bound(alias: ast.alias) -> str:
    """Return the name that an import gives a value to."""
    return alias.asname or alias.name.partition(".")[0]
