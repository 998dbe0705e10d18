"""A file for each action type that is more than a request."""
