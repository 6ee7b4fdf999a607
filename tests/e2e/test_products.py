"""The stories of products, over HTTP, on a deployed stack."""

from tests.stories.products import *  # noqa: F403
