"""Delete old versions of the functions: `make prune STAGE=prod`.

A deploy keeps the versions before it, so that an alias can go back to one of them (docs/operations.md, Roll back).
"""

from typing import Any

from tools.ops.target import Target

KEPT = 5  # of each function, the newest ones


def prune(target: Target) -> str:
    """Delete all but the newest versions, and never one that an alias names; return how many were deleted."""
    client = target.clients("lambda")
    functions = [one.physical_id for one in target.resources() if one.kind == "AWS::Lambda::Function"]
    old = [(name, version) for name in functions for version in superseded(client, name)]
    for name, version in old:
        client.delete_function(FunctionName=name, Qualifier=version)
    return f"{len(old)} old versions deleted; of each function the {KEPT} newest are kept"


def superseded(client: Any, name: str) -> list[str]:
    """Return the versions of a function that are neither new nor named by an alias."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    versions = sorted(int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"] != "$LATEST")
    pages = client.get_paginator("list_aliases").paginate(FunctionName=name)
    aliases = [one for page in pages for one in page["Aliases"]]
    routed = [
        version for one in aliases for version in one.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    ]
    in_use = {*routed, *(one["FunctionVersion"] for one in aliases)}
    return [str(version) for version in versions[:-KEPT] if str(version) not in in_use]
