"""A file for each connection type."""
