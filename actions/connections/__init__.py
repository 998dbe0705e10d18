"""Connection types: how to reach a service, and what is secret about it. A new one is a file in `types/`."""
