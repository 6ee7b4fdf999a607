"""The error of a command, as the person who typed it sees it."""


class Problem(Exception):
    """One message that says what is wrong and what to do; the command prints it and exits with 1."""
