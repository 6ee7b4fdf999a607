"""Old versions are deleted; the newest, and those that an alias names, stay."""

from tools.ops.prune import prune
from tools.ops.target import Target


class Lambda:
    """A function with ten versions, of which an alias names one, and shifts calls to another."""

    def __init__(self):
        self.versions = ["$LATEST", *map(str, range(1, 11))]

    def get_paginator(self, name):
        pages = {
            "list_versions_by_function": {"Versions": [{"Version": one} for one in self.versions]},
            "list_aliases": {
                "Aliases": [
                    {"FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {"3": 0.1}}},
                    {"FunctionVersion": "10"},
                ]
            },
        }
        return Pages(pages[name])

    def delete_function(self, *, Qualifier, **_):  # noqa: N803 - boto3's names
        self.versions.remove(Qualifier)


class Pages:
    """A paginator of one page."""

    def __init__(self, page):
        self.page = page

    def paginate(self, **_):
        return [self.page]


class Stack:
    """CloudFormation, as far as it lists the function."""

    def get_paginator(self, _):
        summaries = [
            {"ResourceType": "AWS::Lambda::Function", "LogicalResourceId": "Create", "PhysicalResourceId": "create"},
            {"ResourceType": "AWS::Lambda::Alias", "LogicalResourceId": "Alias", "PhysicalResourceId": "alias"},
        ]
        return Pages({"StackResourceSummaries": summaries})


def test_all_but_the_five_newest_versions_and_those_in_use_are_deleted():
    functions = Lambda()

    said = prune(Target("prod", "1", "eu-west-1", {"lambda": functions, "cloudformation": Stack()}.get))

    assert functions.versions == ["$LATEST", "2", "3", "6", "7", "8", "9", "10"]
    assert said.startswith("3 old versions deleted")
