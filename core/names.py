"""What names that people give may hold: what is seen of one is all that there is of it.

A name with a U+202E in it reads backwards from there, and one with a line break or an escape in it is two lines of a
log, or an order to a terminal.
"""

import re

# Source: CVE-2021-42574 (trojan source) for the bidirectional ones; C0, DEL, C1 and the two separators break lines.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def problem(name: str) -> str:
    """Why this can be no name, in a sentence; "" where it can. Places count from 0."""
    found = _INVISIBLE.search(name)
    if found is None:
        return ""
    return f"Names may not hold invisible control characters (U+{ord(found[0]):04X} at {found.start()})."


def checked(name: str) -> str:
    """The name itself, for fields of pydantic. Raises `ValueError`."""
    if said := problem(name):
        raise ValueError(said.removesuffix("."))
    return name
