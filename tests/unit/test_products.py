"""The stories of products, on the handlers."""

from tests.stories.products import *  # noqa: F403
