"""Patients: whom the clinic treats."""

from datetime import date, datetime
from enum import Enum

from dynamodel import Attr, Index, Model, ShardedIndex, attr, created_at, key, updated_at, uuid7, version
from lambdas.rest.resource import Resource


class Blood(Enum):
    """A blood group."""

    A = "A"
    B = "B"
    AB = "AB"
    O = "O"  # noqa: E741


class Contact(Model):
    """Somebody to call."""

    name: Attr[str] = attr(min_length=1, max_length=100)
    phone: Attr[str] = attr(pattern=r"\+[0-9]{6,14}", max_length=15)


class Patient(Model):
    """A person whom the clinic treats."""

    id: Attr[str] = key(default_factory=uuid7)
    name: Attr[str] = attr(min_length=1, max_length=200, examples=("Ada Lovelace",))
    born: Attr[date] = attr(examples=(date(1990, 12, 10),))
    blood: Attr[Blood] = attr(examples=(Blood.A,))
    insurance: Attr[str] = attr(pattern=r"[A-Z][0-9]{9}", unique=True, examples=("A123456789",))
    contacts: Attr[list[Contact]] = attr(default_factory=list, max_length=5)
    consented: Attr[bool] = attr(default=False)
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)
    by_blood = Index(blood, sort=born)


PATIENTS = Resource(path="patients", model=Patient, client_ids=True)
