"""The same product API as other people would write it: create, get and list, on the same table."""
