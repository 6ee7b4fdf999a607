"""The smallest resource: one text without bounds, which need not be sent; no other index, counter or unique value."""

from dynamodel import Attr, Model, ShardedIndex, attr, key, uuid7, version
from lambdas.rest.resource import Resource


class CheckMark(Model):
    """A mark that something is done."""

    id: Attr[str] = key(default_factory=uuid7)
    remark: Attr[str | None] = attr(default=None)
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)


CHECK_MARKS = Resource(path="check-marks", model=CheckMark)
