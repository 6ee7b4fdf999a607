"""The functions of the API, one module per operation, and what they share."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Python looks for garbage after 2,000 new objects: 30 times while a function starts, where there is none. That took
    # a tenth of the start.
    gc.set_threshold(100_000)
