"""Models of a Django project that actions may read and change: registered with what may be read and written by whom.

    from actions import entities

    entities.register(Lead, readable=["status", "email"], writable=["status"], masked=["tax_number"], owner="owner")

The API for Django projects and plugins; docs/entities.md. A plugin calls it in its `entities.py`.
"""

from actions.entities.registering import register, unregister
from actions.entities.registry import entities, find

__all__ = ["entities", "find", "register", "unregister"]
