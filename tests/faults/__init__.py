"""Networks and services that fail: every effect once, every answer true."""
