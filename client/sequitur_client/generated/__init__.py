"""Written by `make client` from docs/openapi.json: do not edit."""
