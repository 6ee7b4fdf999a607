"""Items that refer to others, which must exist and are not deleted."""

import threading
from datetime import datetime

import pytest

from dynamodel import (
    AlreadyExists,
    Attr,
    ConditionFailed,
    Conflict,
    DeclarationError,
    Index,
    InUse,
    MissingReference,
    Model,
    NotFound,
    Overlap,
    Table,
    TransactionFailed,
    attr,
    key,
    owner,
    reference,
    sort_key,
    transact,
    ttl,
    version,
)


class Person(Model):
    id: Attr[str] = key()
    name: Attr[str] = attr(default="")
    version: Attr[int] = version()


class Visit(Model):
    """An appointment of a patient, perhaps with a doctor."""

    id: Attr[str] = key()
    patient: Attr[str] = reference(Person)
    doctor: Attr[str | None] = reference(Person, default=None)
    note: Attr[str] = attr(default="")
    version: Attr[int] = version()

    by_patient = Index(patient, sort=id)
    by_doctor = Index(doctor)


class Pet(Model):
    """It goes with its owner; `of` is a key of its index, which the records of unique values are not to disturb."""

    id: Attr[str] = key()
    of: Attr[str] = reference(Person, on_delete="cascade")
    chip: Attr[str | None] = attr(default=None, unique=True)

    by_owner = Index(of)


@pytest.fixture
def tables(make):
    """The tables of people, visits and pets, which know of each other."""
    made = {model: make(model) for model in (Person, Visit, Pet)}
    names = {model: table.name for model, table in made.items()}
    return [Table(model, table.client, table.name, related=names) for model, table in made.items()]


@pytest.fixture
def people(tables):
    for name in ("ann", "ben"):
        tables[0].create(Person(id=name))
    return tables[0]


@pytest.fixture
def visits(tables):
    return tables[1]


@pytest.fixture
def pets(tables):
    return tables[2]


WRITES = {
    "create": lambda visits: visits.create(Visit(id="new", patient="nobody")),
    "put": lambda visits: visits.put(Visit(id="new", patient="nobody")),
    "update": lambda visits: visits.update("1", Visit.patient.set("nobody")),
    "update of an optional one": lambda visits: visits.update("1", Visit.doctor.set("nobody")),
    "replace": lambda visits: visits.replace("1", Visit(id="1", patient="nobody")),
    "renew": lambda visits: visits.renew("1", lambda raw: raw | {"patient": {"S": "nobody"}}),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_item_that_refers_to_a_missing_one_is_not_written(people, visits, write):  # noqa: ARG001
    before = visits.create(Visit(id="1", patient="ann"))

    with pytest.raises(MissingReference, match="refers to 'nobody'") as refused:
        write(visits)

    assert (refused.value.attribute in ("patient", "doctor"), refused.value.value) == (True, "nobody")
    assert list(visits.iterate_scan()) == [before]


def test_a_save_is_checked_as_well(people, visits):  # noqa: ARG001
    visit = visits.create(Visit(id="1", patient="ann"))
    visit.patient = "nobody"

    with pytest.raises(MissingReference):
        visits.save(visit)


def test_an_item_is_not_deleted_while_others_refer_to_it(people, visits):
    visits.create(Visit(id="1", patient="ann"))
    visits.create(Visit(id="2", patient="ann", doctor="ben"))

    for name, attribute in (("ann", "patient"), ("ben", "doctor")):
        with pytest.raises(InUse) as refused:
            people.delete(name)
        assert (refused.value.model, refused.value.attribute) == ("Visit", attribute)
    visits.update("1", Visit.patient.set("ben"), Visit.note.set("moved"))
    visits.update("2", Visit.doctor.remove())
    visits.delete("2")

    people.delete("ann")
    visits.replace("1", Visit(id="1", patient="ben", note="same"))
    with pytest.raises(InUse):
        people.delete("ben")
    visits.delete("1")
    people.delete("ben")
    assert list(people.iterate_scan()) == []


def test_the_counter_refuses_where_the_index_does_not_show_the_item_yet(people, visits):
    visits.create(Visit(id="1", patient="ann"))
    place = {"id": {"S": "$dynamodel#refers#Visit#patient#ann"}}
    visits.client.delete_item(TableName=visits.name, Key={"id": {"S": "1"}})  # as if the index lagged

    with pytest.raises(InUse):
        people.delete("ann")

    visits.client.delete_item(TableName=visits.name, Key=place)
    people.delete("ann")


def test_an_item_that_was_stored_before_its_attribute_was_a_reference_is_found_in_the_index(people, visits):
    item = {"id": {"S": "1"}, "patient": {"S": "ann"}, "note": {"S": ""}, "version": {"N": "1"}}
    visits.client.put_item(TableName=visits.name, Item=item)

    with pytest.raises(InUse):
        people.delete("ann")
    visits.delete("1")
    people.delete("ann")


def test_writes_that_leave_the_reference_are_single_calls(people, visits, calls):  # noqa: ARG001
    visit = visits.create(Visit(id="1", patient="ann"))
    calls.clear()

    visits.update("1", Visit.note.set("new"))
    visit = visits.get_one("1")
    visit.note = "newer"
    visits.save(visit)

    assert calls == ["UpdateItem", "GetItem", "UpdateItem"]


def test_a_transaction_joins_what_its_writes_count_and_check(people, visits):
    transact(
        people.create.write(Person(id="eve")),
        *(visits.create.write(Visit(id=str(n), patient="eve", doctor="eve")) for n in range(5)),
        people.update.write("ann", Person.name.set("Ann")),
        visits.create.write(Visit(id="x", patient="ann")),
    )

    for n in range(5):
        with pytest.raises(InUse):
            people.delete("eve")
        visits.delete(str(n))
    people.delete("eve")
    with pytest.raises(InUse):
        people.delete("ann")


def test_a_transaction_says_which_of_its_writes_refers_to_nothing(people, visits):
    with pytest.raises(TransactionFailed) as failed:
        transact(
            people.create.write(Person(id="ann")),
            visits.create.write(Visit(id="1", patient="ann")),
            visits.create.write(Visit(id="2", patient="nobody")),
            visits.create.write(Visit(id="3", patient="nobody")),
        )
    assert [type(one) for one in failed.value.reasons] == [
        AlreadyExists,
        type(None),
        MissingReference,
        MissingReference,
    ]
    with pytest.raises(Overlap):
        transact(people.delete.write("ben"), visits.create.write(Visit(id="1", patient="ben")))
    assert list(visits.iterate_scan()) == []


def test_a_cascade_deletes_the_referring_items_first(people, pets):
    for n in range(30):
        pets.create(Pet(id=str(n), of="ann", chip=f"chip-{n}"))
    pets.create(Pet(id="rex", of="ben"))

    with pytest.raises(ConditionFailed):
        people.delete("ann", condition=Person.version == 7)
    with pytest.raises(NotFound):
        people.delete("nobody")
    assert len(list(pets.iterate_scan())) == 31
    people.delete("ann")

    assert [pet.id for pet in pets.iterate_scan()] == ["rex"]
    pets.create(Pet(id="0", of="ben", chip="chip-0"))


def test_of_a_concurrent_deletion_and_reference_one_is_refused(people, visits):
    """No visit of somebody who is gone, and nobody lost who was not deleted."""
    outcomes = []

    def attempt(write):
        try:
            write()
            outcomes.append("done")
        except (MissingReference, InUse, Conflict, NotFound) as refused:
            outcomes.append(type(refused).__name__)

    for n in range(15):
        people.create(Person(id=f"p{n}"))
        writes = (
            lambda n=n: people.delete(f"p{n}"),
            lambda n=n: visits.create(Visit(id=f"v{n}", patient=f"p{n}")),
        )
        threads = [threading.Thread(target=attempt, args=(write,)) for write in writes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (people.get(f"p{n}") is None) == (visits.get(f"v{n}") is None), outcomes[-2:]


def test_a_table_without_the_related_table_refuses_to_write(make):
    people, visits = make(Person), make(Visit)
    person = people.create(Person(id="ann"))

    with pytest.raises(TypeError, match=r"Visit.patient is a reference to Person.*related=\{Person: ...\}"):
        visits.create(Visit(id="1", patient="ann"))
    with pytest.raises(TypeError, match=r"related=\{Visit: ...\}"):
        people.delete(person)
    with pytest.raises(TypeError, match="a batch has no conditions"):
        visits.batch_put([Visit(id="1", patient="ann")])
    with pytest.raises(TypeError, match="a batch has no conditions"):
        people.batch_delete(["ann"])


def test_an_owner_refers_to_items_of_their_own_only(make):
    class Folder(Model):
        id: Attr[str] = key()
        by: Attr[str] = owner()

    class Paper(Model):
        id: Attr[str] = key()
        by: Attr[str] = owner()
        folder: Attr[str] = reference(Folder)

        by_folder = Index(folder)

    folders, papers = make(Folder), make(Paper)
    papers = Table(Paper, papers.client, papers.name, related={Folder: folders.name})
    folders.owned_by("ann").create(Folder(id="1"))

    with pytest.raises(MissingReference):
        papers.owned_by("ben").create(Paper(id="1", folder="1"))
    assert papers.owned_by("ann").create(Paper(id="1", folder="1")).by == "ann"


class Numbered(Model):
    number: Attr[int] = key()


class Pair(Model):
    one: Attr[str] = key()
    two: Attr[str] = sort_key()


@pytest.mark.parametrize(
    ("annotation", "made", "index", "message"),
    [
        (str, lambda: reference(Person), lambda _: None, "needs an index"),
        (str, lambda: reference(Person), lambda to: Index(to, local=True, sort=to), "one attribute|hash key"),
        (int, lambda: reference(Person), Index, "of the type of the key of Person"),
        (str, lambda: reference(Numbered), Index, "of the type of the key of Numbered"),
        (str, lambda: reference(Pair), Index, "without sort key"),
        (str, lambda: reference("Person"), Index, "pass the class"),
    ],
)
def test_a_reference_that_cannot_be_kept_is_refused_when_the_class_is_defined(annotation, made, index, message):
    with pytest.raises(DeclarationError, match=message):

        class Wrong(Model):
            id: Attr[str] = key()
            to: Attr[annotation] = made()
            index_of_to = index(to)


def test_a_reference_in_an_item_that_expires_or_in_a_part_is_refused():
    with pytest.raises(DeclarationError, match="expire"):

        class Expiring(Model):
            id: Attr[str] = key()
            to: Attr[str] = reference(Person)
            until: Attr[datetime] = ttl()
            by_to = Index(to)

    with pytest.raises(DeclarationError, match="text key"):

        class Part(Model):
            to: Attr[str] = reference(Person)
