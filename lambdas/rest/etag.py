"""Entity tags (RFC 9110, section 8.8.3): an item's is its version."""

import re

from dynamodel import Model

TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
TAGS = re.compile(rf"\s*{TAG.pattern}(\s*,\s*{TAG.pattern})*\s*")


def etag(item: Model) -> str:
    """Return the strong entity tag of an item."""
    version = item.schema.version
    return f'"{getattr(item, version.name)}"' if version else ""


def parse_versions(header: str, *, weak: bool) -> list[int]:
    """Return the versions in a list of entity tags; weak tags only if `weak`. Raises ValueError for anything else."""
    if not TAGS.fullmatch(header):
        raise ValueError('expected a list of entity tags, as in: "3", "4"')
    tags = [tag for is_weak, tag in TAG.findall(header) if weak or not is_weak]
    return [int(tag) for tag in tags if tag.isascii() and tag.isdecimal() and len(tag) < 16]
