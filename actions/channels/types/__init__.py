"""A file for each channel."""
