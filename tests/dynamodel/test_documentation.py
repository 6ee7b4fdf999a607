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
