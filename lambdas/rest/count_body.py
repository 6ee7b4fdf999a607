"""The body of a count, which is the same for every resource."""

from dynamodel import Attr, Model, attr


class Count(Model):
    """The amount to add."""

    delta: Attr[int] = attr(ge=-1_000_000_000, le=1_000_000_000, examples=(-3,), description="Negative to subtract.")
