"""Channels: ways in which a message reaches people. A new one is a file in `types/`."""
