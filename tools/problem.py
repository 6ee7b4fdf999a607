"""The error of a command, as its user sees it."""


class Problem(Exception):
    """A message with what is wrong and what to do; the command prints it and exits with 1."""
