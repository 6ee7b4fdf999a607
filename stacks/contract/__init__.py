"""The API's contract: its OpenAPI document and the gateway's body models, generated from the declarations."""
