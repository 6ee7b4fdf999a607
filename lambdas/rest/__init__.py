"""HTTP: resources, routes, requests, responses and problems."""
