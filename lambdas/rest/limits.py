"""Limits of requests, read by the handlers that enforce them and by the stacks that publish them."""

import re

PAGE_SIZE, MAX_PAGE_SIZE = 20, 100  # items of a list
MAX_BATCH_OPERATIONS = 100  # what a transaction takes as well; in it, unique values that are taken or freed count too
BATCH_FIELDS: dict[str, tuple[set[str], set[str]]] = {  # by `op`: fields that an operation must have, and may have
    "create": ({"item"}, set()),
    "update": ({"id", "patch"}, {"if_match"}),
    "delete": ({"id"}, {"if_match"}),
}
MAX_KEY_LENGTH = 255  # characters of an Idempotency-Key
IDEMPOTENCY_KEY = re.compile(f"[!-~]{{1,{MAX_KEY_LENGTH}}}")
