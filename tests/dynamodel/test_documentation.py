"""The examples of the documentation run, in order, as one program."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "dynamodel.md"


def test_every_example_runs(client):
    text = PAGE.read_text()
    blocks = [(found.start(), found[1]) for found in re.finditer(r"^```python\n(.*?)^```", text, re.M | re.S)]
    program = [""] * text.count("\n")
    for start, block in blocks:
        line = text[:start].count("\n") + 1
        program[line : line + block.count("\n")] = block.splitlines()

    exec(compile("\n".join(program), PAGE, "exec"), {"client": client, "__name__": "documentation"})

    assert len(blocks) > 8


def test_every_public_name_is_documented():
    import dynamodel as package

    public = {
        name for name in vars(package) if not name.startswith("_") and name not in package.__dict__.get("MODULES", ())
    }
    modules = {name for name in public if type(getattr(package, name)).__name__ == "module"}

    undocumented = {name for name in public - modules if not getattr(package, name).__doc__}
    assert undocumented == set()
