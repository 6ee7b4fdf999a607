"""Appointments: of a patient, who stays while there are some, and perhaps with another one."""

from datetime import UTC, datetime

from dynamodel import Attr, Index, Model, ShardedIndex, attr, key, reference, uuid7, version
from lambdas.rest.resource import Resource
from tests.support.related.patients import Patient


class Appointment(Model):
    """A time at which a patient comes."""

    id: Attr[str] = key(default_factory=uuid7)
    patient: Attr[str] = reference(Patient, examples=("0190a0b0-0000-7000-8000-000000000000",))
    companion: Attr[str | None] = reference(Patient, default=None)
    at: Attr[datetime] = attr(examples=(datetime(2026, 1, 31, 12, tzinfo=UTC),))
    version: Attr[int] = version()

    newest = ShardedIndex(sort=id)
    by_patient = Index(patient, sort=at)
    by_companion = Index(companion, sort=at)


APPOINTMENTS = Resource(path="appointments", model=Appointment)
