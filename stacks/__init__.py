"""The CDK constructs of the deployed service."""
