"""The Lambda runtime of a function: its environment, tables, logs and metrics."""
