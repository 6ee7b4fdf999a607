"""Entity tags (RFC 9110, section 8.8.3): an item's is its version."""

import re

from dynamodel import Model

TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
TAGS = re.compile(rf"\s*{TAG.pattern}(\s*,\s*{TAG.pattern})*\s*")


def etag(item: Model) -> str:
    """Return the strong entity tag of an item."""
    version = item.schema.version
    return f'"{getattr(item, version.name)}"' if version else ""
