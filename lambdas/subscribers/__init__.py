"""The subscribers to the events, a module and a Lambda function each: yours."""
