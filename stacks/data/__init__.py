"""Tables, their keys and their backups."""
