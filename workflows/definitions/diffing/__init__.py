"""What differs between two definitions, by what it means: `diffing.compare(before, after)`. Pure."""

from workflows.definitions.diffing.changes import Change, Kind
from workflows.definitions.diffing.comparison import compare

__all__ = ["Change", "Kind", "compare"]
