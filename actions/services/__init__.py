"""What is written by `actions`."""
