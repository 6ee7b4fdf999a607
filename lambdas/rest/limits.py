"""Limits of requests, read by the handlers that enforce them and by the stacks that publish them."""

import re

PAGE_SIZE, MAX_PAGE_SIZE = 20, 100  # items of a list
MAX_BATCH_OPERATIONS = 100  # what a transaction takes as well; in it, unique values that are taken or freed count too
BATCH_FIELDS: dict[str, tuple[set[str], set[str]]] = {  # by `op`: fields that an operation must have, and may have
    "create": ({"item"}, set()),
    "update": ({"id", "patch"}, {"if_match"}),
    "delete": ({"id"}, {"if_match"}),
}
MAX_STORED_BYTES = 390 * 1024  # of a response under an Idempotency-Key; an item has at most 400 KB
MAX_RESULTS_BYTES = 5 * 1024 * 1024  # of a batch's results as Lambda sends them; a response has at most 6 MB
MAX_KEY_LENGTH = 255  # characters of an Idempotency-Key
IDEMPOTENCY_KEY = re.compile(f"[!-~]{{1,{MAX_KEY_LENGTH}}}")
