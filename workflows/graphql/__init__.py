"""Workflows and runs over GraphQL: another interface to the services that the REST views call."""
