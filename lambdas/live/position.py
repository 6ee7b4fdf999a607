"""Positions in a channel: text that sorts in order, from an epoch (when the channel began) and a number."""

import re
from dataclasses import dataclass

PATTERN = r"[0-9]{13}-[0-9]{12}"  # milliseconds of the epoch, and the number of the change in it


@dataclass(frozen=True, order=True)
class Position:
    """The place of a change in its channel; numbers follow each other without holes as long as the epoch lasts."""

    epoch: int
    number: int

    def __str__(self) -> str:
        """Return the text that clients get, compare, and send back."""
        return f"{self.epoch:013}-{self.number:012}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read the text. Raises ValueError for any other."""
        if not re.fullmatch(PATTERN, text):
            raise ValueError(f"{text!r} is no position")
        epoch, _, number = text.partition("-")
        return cls(int(epoch), int(number))

    def at(self, number: int) -> "Position":
        """Return another place in the same epoch."""
        return Position(self.epoch, number)
