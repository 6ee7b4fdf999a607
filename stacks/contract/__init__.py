"""What the API promises: the OpenAPI document and the gateway's models, made from what the code says."""
