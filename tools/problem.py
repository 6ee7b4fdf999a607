"""What a person who typed a command is told when it cannot be done."""


class Problem(Exception):
    """One message that says what is wrong and what to do; the command prints it and exits with 1."""
