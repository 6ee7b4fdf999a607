"""Patients, to whom appointments and letters refer."""

from dynamodel import Attr, Model, ShardedIndex, attr, key, uuid7, version
from lambdas.rest.resource import Resource


class Patient(Model):
    """Somebody who is treated."""

    id: Attr[str] = key(default_factory=uuid7)
    name: Attr[str] = attr(min_length=1, max_length=100, examples=("Ann",))
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)


PATIENTS = Resource(path="patients", model=Patient, access={"delete": "write"})
