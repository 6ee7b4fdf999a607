"""Pin the newest versions again, with hashes: `make lock`, after editing the groups in pyproject.toml."""

from tools.dev.install import ROOT, TOOLS, run

GROUPS = {
    "synth": "requirements.txt",
    "functions": "lambdas/requirements.txt",
    "check": "tests/requirements.txt",
    "browser": "tests/site/requirements.txt",
    "emulator": "tools/dev/requirements.txt",
    "bench": "bench/requirements.txt",
    "mutants": "tests/support/requirements.txt",
}
OPTIONS = (
    "--upgrade",
    "--universal",
    "--generate-hashes",
    "--quiet",
    "--no-annotate",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
)
HEADER = "# Pinned by `make lock` from the dependency group {group!r} in pyproject.toml.\n"


def main() -> None:
    """Compile one group after the other; the first one decides the versions that the others share."""
    compile_ = [str(TOOLS / "bin" / "uv"), "pip", "compile", "pyproject.toml", *OPTIONS]
    for group, name in GROUPS.items():
        shared = [] if group in ("synth", "emulator") else ["--constraint=requirements.txt"]
        run(*compile_, *shared, f"--group={group}", f"--output-file={name}")
        lock = ROOT / name
        lock.write_text(HEADER.format(group=group) + lock.read_text())
        print(f"· {name}")


if __name__ == "__main__":
    main()
