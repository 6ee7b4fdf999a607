"""Relations of resources, as the references of their models declare them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dynamodel import Attr, DeclarationError
from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource, load

CHECK = "dynamodb:ConditionCheckItem"
ALONG = ("dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem")  # to delete the items of a cascade


@dataclass(frozen=True)
class Relation:
    """A reference: items of `source` refer to items of `target` by an attribute."""

    source: Resource
    attribute: Attr[object]
    target: Resource


def references(resource: Resource) -> Iterator[Relation]:
    """Yield the references of a resource to others."""
    for one in resource.model.schema.references:
        yield Relation(resource, one, load(one.refers.__module__))


def listed_below(resource: Resource) -> Iterator[Relation]:
    """Yield the references by which a resource is listed below others: the first one to each."""
    first: dict[str, Relation] = {}
    for one in references(resource) if "list" in resource.named else ():
        first.setdefault(one.target.path, one)
    yield from first.values()


def referring(resource: Resource, resources: Sequence[Resource]) -> Iterator[Relation]:
    """Yield the references of others, among these resources, to a resource."""
    for other in resources:
        yield from (one for one in references(other) if one.target is resource)


def related_actions(
    route: Operation, resource: Resource, resources: Sequence[Resource]
) -> Iterator[tuple[Resource, list[str], list[str]]]:
    """Yield what an operation may do to tables of other resources: the actions on the table, and on its indexes."""
    for target in dict.fromkeys(one.target for one in references(resource)) if route.refers else ():
        yield target, [CHECK], []
    for one in referring(resource, resources) if route.deletes else ():
        along = ALONG if one.attribute.cascade else ()
        if along and (further := [*referring(one.source, resources)]):
            raise DeclarationError(
                f"{one.source.path} cannot be deleted with {resource.path}: {further[0].source.path} refer to them. "
                f'Declare reference({resource.model.__name__}, on_delete="refuse").'
            )
        yield one.source, [CHECK, *along], ["dynamodb:Query"]
        if along:  # the item itself is checked before anything goes with it
            yield resource, [CHECK], []
