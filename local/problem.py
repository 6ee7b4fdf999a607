"""What a person who typed a command is told when it cannot be done."""


class Problem(Exception):  # noqa: N818 - it is not an error of the program
    """One message that says what is wrong and what to do; the command prints it and exits with 1."""
