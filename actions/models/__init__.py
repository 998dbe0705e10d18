"""The rows of `actions`, a module for each of its questions."""

from actions.models.connections import Connection

__all__ = ["Connection"]
