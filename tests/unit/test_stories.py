"""The stories, on the handlers."""

from tests.stories.crud import *  # noqa: F403
from tests.stories.http import *  # noqa: F403
