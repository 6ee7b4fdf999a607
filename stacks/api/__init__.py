"""The REST API: gateway, authorization, limits, and the responses of the gateway itself."""
