"""Resources that refer to each other, which the project does not have."""
