"""The operations of your own, a module and a Lambda function each: yours."""
