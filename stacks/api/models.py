"""The gateway's body models and the validator that holds requests to them, made from the schemas of the contract."""

import json
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from lambdas.rest.resource import Resource
from lambdas.rest.routes import Route
from stacks.contract import schemas
from stacks.contract.draft4 import DRAFT
from stacks.contract.examples import Json
from stacks.stages import Stage


class Models(Construct):
    """Each kind of body once, however many methods take it.

    The gateway's answer to a body that breaks a model names one text for all that is wrong, and no field of it. The
    functions name every wrong field at once, and a client can show each where it belongs; so the gateway refuses what
    has no fields, and a model carries its rules as a definition. `Stage.gateway_checks_fields` makes it hold bodies to
    the rules: invocations for wrong bodies are saved, and the answers tell less.
    """

    def __init__(self, api: apigateway.RestApi, stage: Stage) -> None:
        """Make the validator; models come with the routes that need them."""
        super().__init__(api, "Models")
        self.api, self.checks_fields = api, stage.gateway_checks_fields
        self.made: dict[str, apigateway.IModel] = {}
        self.validator = apigateway.RequestValidator(
            self, "Validator", rest_api=api, validate_request_body=True, validate_request_parameters=True
        )

    def of(self, route: Route, resource: Resource) -> dict[str, Any]:
        """What a method needs so that its bodies are checked; nothing where it takes none."""
        if not route.body:
            return {}
        model = self.model(schemas.bodies(resource)[route.body], schemas.body(route.body, resource))
        return {"request_validator": self.validator, "request_models": dict.fromkeys(route.media_types, model)}

    def model(self, name: str, rules: Json) -> apigateway.IModel:
        """The model of these rules."""
        content = json.dumps(rules)
        if content not in self.made:
            self.made[content] = self.add(name, rules)
        return self.made[content]

    def add(self, name: str, rules: Json) -> apigateway.IModel:
        """Make a model. CDK's own class knows too few keywords, and tells the deployment what it does not see here."""
        schema = {"$schema": DRAFT, **(rules if self.checks_fields else lenient(name, rules))}
        made = apigateway.CfnModel(
            self, name, rest_api_id=self.api.rest_api_id, content_type="application/json", schema=schema
        )
        if self.api.latest_deployment:
            self.api.latest_deployment.add_to_logical_id(schema)
        return apigateway.Model.from_model_name(self, f"{name}Name", made.ref)


def lenient(name: str, rules: Json) -> Json:
    """A model that takes every object, and says what the function will hold it to."""
    return {"type": "object", "definitions": {name: rules}}
