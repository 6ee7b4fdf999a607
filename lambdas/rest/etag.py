"""Entity tags (RFC 9110, section 8.8.3): an item's is its version."""

import re

from dynamodel import Model

TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
TAGS = re.compile(rf"\s*{TAG.pattern}(\s*,\s*{TAG.pattern})*\s*")


def etag(item: Model) -> str:
    """The strong entity tag of an item."""
    version = item.schema.version
    return f'"{getattr(item, version.name)}"' if version else ""


def versions(header: str, *, weak: bool) -> list[int]:
    """The versions that a list of entity tags names; weak ones only where they count. Raises ValueError."""
    if not TAGS.fullmatch(header):
        raise ValueError('a list of entity tags is wanted, as in: "3", "4"')
    named = [tag for is_weak, tag in TAG.findall(header) if weak or not is_weak]
    return [int(tag) for tag in named if tag.isascii() and tag.isdecimal() and len(tag) < 16]
