"""No function has a permission that no story uses: grants of the routes, against the calls of all stories."""

from pathlib import Path

import pytest

from lambdas.rest.routes import routes
from tests.support.gallery import EVERY
from tests.support.gateway import Gateway

TESTS = Path(__file__).parents[1]
UNTOLD = {"test_races.py", "test_clients.py", "test_migrate.py"}  # on a deployed stack alone
STORIES = {
    path for room in ("api", "resources") for path in (TESTS / room).rglob("test_*.py") if path.name not in UNTOLD
}
ROWS = {(resource, route.name): route for resource in EVERY for route in routes(resource)}

pytestmark = pytest.mark.last


@pytest.mark.parametrize(
    ("resource", "route"),
    [pytest.param(resource, route, id=f"{resource.path} {operation}") for (resource, operation), route in ROWS.items()],
)
def test_every_action_was_used_by_a_story(request, resource, route):
    if request.config.option.keyword or STORIES - {item.path for item in request.session.items}:
        pytest.skip("not every story was told in this run")

    assert set(route.actions(resource)) <= Gateway.used[resource.path, route.name]  # others are on related tables
