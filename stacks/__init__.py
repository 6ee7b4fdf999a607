"""What is deployed, as CDK constructs."""
