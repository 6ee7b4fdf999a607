"""Pin the newest versions again, with hashes: `make lock`, after editing the groups in pyproject.toml."""

from install import ROOT, TOOLS, run

GROUPS = {
    "synth": "requirements.txt",
    "functions": "lambdas/requirements.txt",
    "check": "tests/requirements.txt",
    "emulator": "local/requirements.txt",
    "bench": "bench/requirements.txt",
}
HEADER = "# Pinned by `make lock` from the dependency group {group!r} in pyproject.toml.\n"


def main() -> None:
    """Compile one group after the other; the first one decides the versions that the others share."""
    for group, name in GROUPS.items():
        lock = ROOT / name
        shared = [] if group in ("synth", "emulator") else ["--constraint", "requirements.txt"]
        options = ["--upgrade", "--universal", "--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
        hosts = ["--no-emit-index-url", "--no-emit-find-links"]
        run([TOOLS / "bin/uv", "pip", "compile", "pyproject.toml", "--group", group, *shared, *options, *hosts, "-o", name])
        lock.write_text(HEADER.format(group=group) + lock.read_text())
        print(f"· {name}")


if __name__ == "__main__":
    main()
