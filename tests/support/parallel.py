"""Distribution of tests over processes (pytest-xdist): tests that share expensive fixtures are in one."""

import pytest
from xdist.scheduler import LoadScopeScheduling

PROCESS_OF_ROOM = {
    "api": "stories",
    "resources": "stories",
    "unit": "stories",  # test_permissions.py looks at the calls of all stories
    "stacks": "templates",
    "tools": "templates",
}


class ByRoom(LoadScopeScheduling):
    """Give the tests of a room to one process; of other rooms, those of a file."""

    def _split_scope(self, nodeid: str) -> str:
        room = nodeid.split("/")[1]
        return PROCESS_OF_ROOM.get(room, nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByRoom:
    """Replace the scheduler that `-n` would choose."""
    return ByRoom(config, log)
