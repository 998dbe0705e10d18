"""Values that workflows keep beyond their run: every read and change (`store`), and how a key is written (`params`)."""

from actions.key_values.store import (
    ABSENT,
    Put,
    Stored,
    VersionConflictError,
    delete,
    find,
    live,
    put,
    sweep,
)

__all__ = ["ABSENT", "Put", "Stored", "VersionConflictError", "delete", "find", "live", "put", "sweep"]
