"""The events of a change, and their publication."""
