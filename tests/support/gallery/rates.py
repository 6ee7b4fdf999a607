"""A resource that clients read and another system writes."""

from decimal import Decimal

from dynamodel import Attr, Model, ShardedIndex, attr, key, uuid7, version
from lambdas.rest.crud import READ_ONLY
from lambdas.rest.resource import Resource


class Rate(Model):
    """A price of one currency in another."""

    id: Attr[str] = key(default_factory=uuid7)
    pair: Attr[str] = attr(pattern="[A-Z]{3}/[A-Z]{3}", examples=("EUR/USD",))
    price: Attr[Decimal] = attr(gt=0, examples=(Decimal("1.0842"),))
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)


RATES = Resource(path="rates", model=Rate, operations=READ_ONLY)
