"""The site of the API: guide, reference and a browser of resources, built from docs/openapi.json."""
