"""The publication of changes, and subscribers."""
