"""No function is allowed what no story needs: what the routes grant, against the calls made over all the stories."""

import pytest

from lambdas.routes import routes
from tests.customers import BOTH
from tests.gateway import Gateway
from tests.stories import crud, http, products

TOLD = {name for stories in (crud, http, products) for name in vars(stories) if name.startswith("test_")}


@pytest.fixture
def resource():
    """Not one resource in turn: all of them."""


@pytest.mark.parametrize(
    ("path", "route"),
    [
        pytest.param(resource.path, route, id=f"{resource.path} {route.operation}")
        for resource in BOTH
        for route in {route.operation: route for route in routes(resource)}.values()
    ],
)
def test_every_action_was_used_by_a_story(request, path, route):
    if missing := TOLD - {getattr(item, "originalname", "") for item in request.session.items}:
        pytest.skip(f"{len(missing)} stories were not told in this run")
    (resource,) = (one for one in BOTH if one.path == path)

    assert Gateway.used[path, route.operation] == set(route.actions(resource))
