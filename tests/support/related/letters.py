"""Letters, which go with the patient whom they are to."""

from dynamodel import Attr, Index, Model, ShardedIndex, attr, key, reference, uuid7, version
from lambdas.rest.resource import Resource
from tests.support.related.patients import Patient


class Letter(Model):
    """A text to a patient."""

    id: Attr[str] = key(default_factory=uuid7)
    to: Attr[str] = reference(Patient, on_delete="cascade", examples=("0190a0b0-0000-7000-8000-000000000000",))
    text: Attr[str] = attr(min_length=1, max_length=1000, examples=("Get well soon.",))
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)
    by_patient = Index(to, sort=id)


LETTERS = Resource(path="letters", model=Letter, access={"list": "public"})
