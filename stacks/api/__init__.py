"""The REST API: gateway, authorization, limits, and the answers that no function gives."""
