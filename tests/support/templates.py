"""Templates of the stages, each synthesized once: no credentials, no network, no assets built."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.events.worker import Worker
from lambdas.rest.crud import GET, LIST
from lambdas.rest.declarations import RESOURCES
from lambdas.rest.resource import Resource
from tests.support.assemblies import synthesized
from tests.support.gallery.notes import NOTES
from tests.support.gallery.parcels import PARCELS
from tools.ops.stack import nested_stacks, nested_template

if TYPE_CHECKING:
    from stacks.stage import Stage

type Document = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A template with the methods of `aws_cdk.assertions`, which would fetch all of it from Node for each look."""

    document: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return all of it, the caller's to change."""
        return deepcopy(self.document)

    def find_resources(self, kind: str) -> dict[str, Any]:
        """Return the resources of a type by their logical ids."""
        return deepcopy({name: one for name, one in self.document["Resources"].items() if one["Type"] == kind})

    def properties(self, kind: str) -> dict[str, Any]:
        """Return the properties of the resources of a type, without `AWS::`, by their logical ids."""
        return {name: one["Properties"] for name, one in self.find_resources(f"AWS::{kind}").items()}

    def paths(self) -> dict[str, str]:
        """Return the whole path of each resource of the API, by logical id."""
        parts = self.properties("ApiGateway::Resource")

        def path(name: str) -> str:
            parent = parts[name]["ParentId"].get("Ref")
            return f"{path(parent) if parent else ''}/{parts[name]['PathPart']}"

        return {name: path(name) for name in parts}

    def resource_count_is(self, kind: str, count: int) -> None:
        """Fail if there are not so many of a type."""
        assert len(self.find_resources(kind)) == count

    def all_resources(self, kind: str, expected: dict[str, Any]) -> None:
        """Fail if one of a type lacks a part of what is expected; others are let through."""
        assert [name for name, one in self.find_resources(kind).items() if not holds(one, expected)] == []

    def has_resource(self, kind: str, expected: dict[str, Any]) -> None:
        """Fail if none of a type has all parts of what is expected."""
        found = self.find_resources(kind)
        assert any(holds(one, expected) for one in found.values()), found

    def has_resource_properties(self, kind: str, expected: dict[str, Any]) -> None:
        """Fail if none of a type has properties with all parts of what is expected."""
        self.has_resource(kind, {"Properties": expected})


def holds(actual: Any, expected: Any) -> bool:
    """Return whether everything expected is there: objects may hold more, lists may not."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and holds(actual[name], one) for name, one in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(actual, list) and len(actual) == len(expected) and all(map(holds, actual, expected))
    return bool(actual == expected)


@cache
def built(stage: "Stage", resources: Sequence[Resource], workers: Sequence[Worker] | None = None) -> Template:
    """Return the template of a stage, its nested stacks put in."""
    assembly, template = synthesized(stage, resources, workers)
    return Template(merged(template, partial(nested_template, assembly, template)))


def few(resource: Resource) -> Resource:
    """Return a resource with its reads alone, whose template is made in a third of the time."""
    access = {name: who for name, who in resource.access.items() if name in (LIST.name, GET.name)}
    return replace(resource, operations=(LIST, GET), access=access)


PLAIN = (few(PARCELS),)  # for tests of what a stage has whatever its resources are; each is synthesized once
WITH_FILES = (*PLAIN, few(NOTES))


def keys_and_indexes(template: "Template") -> dict[str, Any]:
    """Return the keys and the indexes of each table, by logical id: what a deployed table is replaced for."""
    return {
        logical_id: {
            "KeySchema": table["Properties"]["KeySchema"],
            "GlobalSecondaryIndexes": {
                index["IndexName"]: index["KeySchema"] for index in table["Properties"]["GlobalSecondaryIndexes"]
            },
        }
        for logical_id, table in template.find_resources("AWS::DynamoDB::GlobalTable").items()
    }


@pytest.fixture(scope="session")
def template() -> Callable[..., Template]:
    """Return a stage's template: template("prod")."""
    from tests.support import stages

    return lambda stage, resources=RESOURCES: built(stages.named(stage), tuple(resources))


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., Template]:
    """Return a stage's template with other settings: synthesize(stages.named("prod"), alarm_email="...")."""
    return lambda stage, resources=PLAIN, **settings: built(replace(stage, **settings), tuple(resources))


def merged(template: Document, read: Callable[[str], Document]) -> Document:
    """Return a template as if there were no nested stacks: their resources and what refers to these are put in.

    read: returns the template of a nested stack by its logical id. Raises ValueError if two resources have one id.
    """
    nested = {name: read(name) for name in nested_stacks(template)}

    def put_in(value: Any, inside: str = "") -> Any:
        match value:
            case {"Ref": str(name)} if inside and name in nested[inside].get("Parameters", {}):
                return put_in(template["Resources"][inside]["Properties"]["Parameters"][name])
            case {"Fn::GetAtt": [name, output]} if not inside and name in nested:
                return put_in(nested[name]["Outputs"][output.removeprefix("Outputs.")]["Value"], name)
            case {"DependsOn": list(names), **rest} if not inside:
                every = [each for name in names for each in nested.get(name, {"Resources": [name]})["Resources"]]
                return {**put_in(rest), "DependsOn": every}
            case dict():
                return {name: put_in(each, inside) for name, each in value.items()}
            case list():
                return [put_in(each, inside) for each in value]
        return value

    resources = {name: put_in(one) for name, one in template["Resources"].items() if name not in nested}
    for stack, inner in nested.items():
        if twice := resources.keys() & inner["Resources"].keys():
            raise ValueError(f"{', '.join(sorted(twice))}: in {stack}, and in another stack as well")
        resources |= {name: put_in(one, stack) for name, one in inner["Resources"].items()}
    return {**put_in(template), "Resources": resources}
