"""The operations of a resource, a module and a Lambda function each."""
