"""A run of tests that CI cancels, by SIGTERM, ends as by Ctrl-C: with what its fixtures have started."""

import signal


def pytest_configure() -> None:
    """Let SIGTERM raise KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
