"""Plugins to learn from: each a Django app that the operator names in `SEQUITUR_PLUGINS`."""
