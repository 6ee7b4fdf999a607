"""The gateway's body models, made from the schemas of the contract."""

import json
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from lambdas.rest.operation import Operation
from lambdas.rest.resource import Resource
from stacks.api.rest_api import Api
from stacks.contract import schemas
from stacks.contract.draft4 import DRAFT
from stacks.contract.examples import Json
from stacks.stage import Stage


class Models(Construct):
    """The models of a part of the API, one for each kind of body.

    The gateway describes a body that breaks its model in one text, without naming fields. The functions report every
    wrong field by its JSON Pointer; so by default the gateway refuses only bodies that are not JSON objects, and a
    model carries its rules as a definition. With `Stage.gateway_checks_fields` the gateway enforces the rules: this
    saves the invocations for wrong bodies, and the errors are less precise.
    """

    def __init__(self, scope: Construct, *, api: Api, stage: Stage) -> None:
        """Make none yet; models come with the routes that need them."""
        super().__init__(scope, "Models")
        self.api, self.checks_fields = api, stage.gateway_checks_fields
        self.made: dict[str, apigateway.IModel] = {}

    def of(self, route: Operation, resource: Resource) -> dict[str, Any]:
        """Return the method options that validate the route's body; none if it has no body."""
        if not route.body:
            return {}
        rules = schemas.body(route, resource)
        content = json.dumps(rules)
        if content not in self.made:
            self.made[content] = self.add(schemas.body_name(route, resource), rules)
        models = dict.fromkeys(route.media_types, self.made[content])
        return {"request_validator": self.api.validator, "request_models": models}

    def add(self, name: str, rules: Json) -> apigateway.IModel:
        """Make a model of JSON; CDK's class has too few keywords. A changed model needs a new deployment of the API."""
        every_object = {"type": "object", "definitions": {name: rules}}  # the function enforces the rules
        schema = {"$schema": DRAFT, **(rules if self.checks_fields else every_object)}
        made = apigateway.CfnModel(
            self, name, rest_api_id=self.api.rest_api_id, content_type="application/json", schema=schema
        )
        if self.api.latest_deployment:
            self.api.latest_deployment.add_to_logical_id(schema)
        return apigateway.Model.from_model_name(self, f"{name}Name", made.ref)
