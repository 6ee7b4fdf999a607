"""The stories, over HTTP, on a deployed stack."""

from tests.stories.crud import *  # noqa: F403
from tests.stories.http import *  # noqa: F403
from tests.stories.races import *  # noqa: F403
