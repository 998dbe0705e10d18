"""Writes `sequitur_client/generated` from docs/openapi.json: `make client`. Its output depends on nothing else."""
