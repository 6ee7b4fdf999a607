"""The handlers of operations that resources of the gallery declare for themselves."""
