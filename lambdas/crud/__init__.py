"""The handlers of the operations that every resource gets, a module and a Lambda function each."""
