"""The response to a request of a story, from a handler or over HTTP."""

import json
from dataclasses import dataclass
from typing import Any

from requests.structures import CaseInsensitiveDict


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: CaseInsensitiveDict[str]
    text: str

    @property
    def json(self) -> Any:
        """The body, numbers as the text they were."""
        return json.loads(self.text, parse_float=str)
