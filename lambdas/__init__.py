"""The functions of the API, one module per operation, and what they share."""
