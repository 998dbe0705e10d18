"""Take secrets out of whatever is stored, logged or sent on: the one redactor for rows, logs, mails and exports.

Three walls, since each alone has holes (Source: Airflow's CVE-2025-66388, CVE-2025-68438 and pull request 70956):
1. the values that were handed in, in the forms that encoders give them;
2. names at any depth that say what stands there is secret, whatever its type;
3. text that looks like a known kind of secret.
The structure is redacted first and shortened afterwards: the half of a secret is not recognised any more.
"""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from core.redaction import forms, shortening
from core.redaction.forms import REDACTED

MAX_DEPTH = 100
MAX_NUMBER_BITS = 1024  # Python writes no number of more than 4,300 digits
TOO_DEEP = "[nested too deeply]"

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {
        "authorization", "cookie", "credential", "credentials", "jwt", "otp", "passphrase", "passwd", "password", "pwd",
        "secret", "secrets", "token",
    }
)  # fmt: skip

_SECRET_NAMES = re.compile(
    r"(?:api|access|private|signing|encryption|client|master|auth)key|setcookie|sessionid|csrftoken|xsrftoken"
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Redactor:
    """Redacts `values` (those of four characters and more) and everything that is known to be secret anyway."""

    def __init__(self, values: Iterable[str] = (), *, only_values: bool = False) -> None:
        """`only_values`: for what must go on working, like an output that a later action reads a token from."""
        self._only_values = only_values
        self._forms: tuple[str, ...] = ()
        self._shortest = 0
        self.learn(values)

    def learn(self, values: Iterable[str]) -> None:
        """Redact these too from now on: the secrets of a connection are known only once it is opened."""
        self._forms = forms.longest_first({*self._forms, *forms.of_values(values)})
        self._shortest = min(map(len, self._forms), default=0)

    def clean(self, value: Any, *, max_bytes: int | None = None) -> Any:
        """A copy of a JSON value without secrets that PostgreSQL can store, at most `max_bytes` of JSON long.

        The type at the top stays what it is. Numbers that are no JSON become None, and what is no JSON at all text.
        """
        cleaned = self._clean(value, depth=0)
        return cleaned if max_bytes is None else shortening.shorten(cleaned, max_bytes=max_bytes)

    def clean_text(self, text: str) -> str:
        """The text without secrets."""
        if len(text) >= self._shortest:
            for form in self._forms:
                text = text.replace(form, REDACTED)
        if not self._only_values:
            text = forms.hide_known_formats(text)
        return _UNSTORABLE.sub("\ufffd", text)

    def _clean(self, value: Any, *, depth: int) -> Any:
        match value:
            case None | bool():
                return value
            case int() | float():
                return self._clean_number(value)
            case dict() | list() | tuple() if depth >= MAX_DEPTH:
                return TOO_DEEP
            case dict():
                return self._clean_object(value, depth=depth + 1)
            case list() | tuple():
                return self._clean_list(value, depth=depth + 1)
        return self.clean_text(str(value))

    def _clean_number(self, number: float) -> Any:
        if isinstance(number, float) and not math.isfinite(number):
            return None
        if isinstance(number, int) and number.bit_length() > MAX_NUMBER_BITS:
            return None
        text = repr(number)
        return REDACTED if any(form in text for form in self._forms) else number

    def _clean_object(self, value: dict[Any, Any], *, depth: int) -> dict[str, Any]:
        """Besides telling names: `{"name": "Authorization", "value": ...}`, as lists of headers are written."""
        name = value.get("name", value.get("key"))
        is_named_secret = "value" in value and isinstance(name, str) and self._is_secret(name)
        return {
            self.clean_text(str(key)): self._hide(item)
            if self._is_secret(str(key)) or (is_named_secret and key == "value")
            else self._clean(item, depth=depth)
            for key, item in value.items()
        }

    def _clean_list(self, value: list[Any] | tuple[Any, ...], *, depth: int) -> list[Any]:
        """Besides the items: `["Authorization", ...]`, as lists of headers are written too."""
        if len(value) == 2 and isinstance(value[0], str) and self._is_secret(value[0]):
            return [self.clean_text(value[0]), self._hide(value[1])]
        return [self._clean(item, depth=depth) for item in value]

    def _is_secret(self, name: str) -> bool:
        return not self._only_values and is_secret_name(name)

    @staticmethod
    def _hide(value: Any) -> Any:
        """Nothing secret is in none, true and false, and that a value is absent is worth seeing."""
        return value if value is None or isinstance(value, bool) else REDACTED


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what has this name is secret: `X-Api-Key`, `clientSecret`, `db_password`, but not `ai_tokens`."""
    words = [word.lower() for word in _WORDS.findall(name[:200])]
    return not _SECRET_WORDS.isdisjoint(words) or _SECRET_NAMES.search("".join(words)) is not None
