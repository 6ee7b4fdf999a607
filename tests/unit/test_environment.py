"""The settings of a function."""

import os
import subprocess
import sys

READ_TWICE = """
import os
from lambdas.runtime.environment import Environment
before = Environment.read().table_name
os.environ["TABLE_NAME"] = "later"
print(before, Environment.read().table_name)
"""


def read_twice(**variables: str) -> list[str]:
    environment = {"PATH": os.defpath, "TABLE_NAME": "things", **variables}
    command = [sys.executable, "-c", READ_TWICE]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_a_lambda_function_reads_its_settings_once_and_a_test_each_time() -> None:
    in_lambda, elsewhere = read_twice(AWS_LAMBDA_FUNCTION_NAME="a-function"), read_twice()

    assert in_lambda == ["things", "things"]
    assert elsewhere == ["things", "later"]
