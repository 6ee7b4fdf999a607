"""The settings of a function: stacks write them, functions read them."""

import json
import os
from typing import NamedTuple


class Environment(NamedTuple):
    """The environment variables of a function, named like the fields in capitals; a function has those it needs."""

    resource: str = ""  # the module that declares the resource
    table_name: str = ""
    related: str = (
        ""  # a JSON object: the tables of resources that its own refers to, or that refer to it, by their modules
    )
    cursor_key: str = ""  # signs the cursors of lists
    cors_origins: str = ""  # separated by spaces
    topic_arn: str = ""
    dead_letters_url: str = ""
    live_url: str = ""  # the WebSocket API, as https://...
    live: str = ""  # a JSON object: the modules that declare live resources, by their paths
    files_url: str = ""  # where verified files are served
    files_bucket: str = ""  # of verified files
    uploads_bucket: str = ""  # of those that are not verified yet
    tables: str = ""  # a JSON object: by package, the modules that declare resources, by the names of their tables

    def variables(self) -> dict[str, str]:
        """Return the variables that have a value."""
        return {name.upper(): value for name, value in self._asdict().items() if value}

    @property
    def modules(self) -> dict[str, str]:
        """The modules that declare resources, by the names of their tables."""
        packages = json.loads(self.tables or "{}")
        return {table: f"{package}.{name}" for package, tables in packages.items() for table, name in tables.items()}

    @classmethod
    def read(cls) -> "Environment":
        """Return the settings of this process. Those of a Lambda function are read once: nothing changes them."""
        return AT_START or cls._of_process()

    @classmethod
    def _of_process(cls) -> "Environment":
        return cls(*[os.environ.get(name.upper(), "") for name in cls._fields])


AT_START = Environment._of_process() if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else None
