"""The stories, on the handlers of an owned resource."""

import pytest

from tests.notes import NOTES
from tests.stories.crud import *  # noqa: F403
from tests.stories.http import *  # noqa: F403


@pytest.fixture
def resource():
    return NOTES
