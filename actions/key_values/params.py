"""What the actions on kept values have in common: how a key is written, and what a conflict comes to."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from actions.base import ActionParams
from core import documents

NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
MAX_KEY_CHARACTERS = 512
MAX_EXPIRES_IN_SECONDS = 10 * 366 * 24 * 3600

OnConflict = Literal["fail", "continue"]


def is_namespace(text: str) -> str:
    """The text, when it can name a namespace. Raises ValueError."""
    if not NAMESPACE.fullmatch(text):
        raise ValueError("a namespace is letters, digits, _, . and -, at most 100 characters")
    return text


def is_key(text: str) -> str:
    """The text, when it can be a key. Raises ValueError."""
    if not 0 < len(text) <= MAX_KEY_CHARACTERS:
        raise ValueError(f"a key has 1 to {MAX_KEY_CHARACTERS} characters")
    if documents.UNSTORABLE.search(text):
        raise ValueError("a key has no NUL and no half of a surrogate pair")
    return text


Namespace = Annotated[str, AfterValidator(is_namespace)]
Key = Annotated[str, AfterValidator(is_key)]


class KeyParams(ActionParams):
    """Which value is meant."""

    key: Key = Field(description=f"The key: any text of 1 to {MAX_KEY_CHARACTERS} characters.")
    namespace: Namespace = Field("default", description="Where the key is unique: letters, digits, _, . and -.")
