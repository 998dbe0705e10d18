r"""Regular expressions of strangers on the data of strangers, in time that is bounded.

The engine is the Rust regex of pydantic-core: no look-around, no back references, linear in the text. Linear still
means text length times pattern size (measured: `a{1000}{100}` on 250,000 characters took 38 s), so both are bounded.
The engine only says whether there is a match, so `find` asks it where.
"""

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

from core.errors import InvalidError

MAX_PATTERN_CHARACTERS = 1000
MAX_TEXT_CHARACTERS = 20_000
MAX_FIND_CHARACTERS = 2_000

# A pattern may use the n-th part of the engine's own limit of 10 MB: it must still compile when repeated n times.
_SHARE_FOR_SEARCH = 4
_SHARE_FOR_FIND = 100
_WINDOWS = (63, 31, 15, 7, 3, 1, 0)
_LAZY = re.compile(r"(?<!\\)(?:[*+?]|\})\?")


class InvalidPatternError(InvalidError):
    """The regular expression cannot be read."""

    code = "invalid_pattern"


class TooLongError(InvalidError):
    """The text is too long to be searched."""

    code = "too_long"


def check(pattern: str) -> str | None:
    """What is wrong with the pattern, or None."""
    try:
        _compile(pattern, share=_SHARE_FOR_SEARCH)
    except InvalidPatternError as error:
        return error.detail
    return None


def search(pattern: str, text: str) -> bool:
    """Whether the pattern matches anywhere in the text. Raises `InvalidPatternError` and `TooLongError`."""
    _refuse_long(text, limit=MAX_TEXT_CHARACTERS)
    return _compile(pattern, share=_SHARE_FOR_SEARCH).isinstance_python(text)


def find(pattern: str, text: str) -> str | None:
    """The first match, as long as it can be; as short as it can be when a quantifier of the pattern is lazy (`.*?`).

    None without a match. Raises `InvalidPatternError` and `TooLongError`.
    """
    _refuse_long(text, limit=MAX_FIND_CHARACTERS)
    if not _compile(pattern, share=_SHARE_FOR_FIND).isinstance_python(text):
        return None
    start = _first_start(pattern, text)
    end_of = _least_end if _LAZY.search(pattern) else _greatest_end
    return text[start : end_of(pattern, text, start=start)]


def _first_start(pattern: str, text: str) -> int:
    """Skip windows in which no match begins.

    One character before the place keeps the meaning of `^` and of word edges; no other assertion looks further.
    """
    start = 0
    for window in _WINDOWS:
        while not _begins_within(pattern, text, start=start, window=window):
            start += window + 1
    return start


def _begins_within(pattern: str, text: str, *, start: int, window: int) -> bool:
    before = "(?s:.)" if start else ""
    probe = rf"\A{before}(?s:.{{0,{window}}})(?:{pattern}{_closing(pattern)}"
    return _raw(probe).isinstance_python(text[max(start - 1, 0) :])


def _least_end(pattern: str, text: str, *, start: int) -> int:
    end = start
    for window in _WINDOWS:
        while not _ends_within(pattern, text, start=start, stop=min(end + window, len(text)), window=window):
            end += window + 1
    return end


def _greatest_end(pattern: str, text: str, *, start: int) -> int:
    end = len(text)
    for window in _WINDOWS:
        while not _ends_within(pattern, text, start=start, stop=end, window=window):
            end -= window + 1
    return end


def _ends_within(pattern: str, text: str, *, start: int, stop: int, window: int) -> bool:
    before = "(?s:.)" if start else ""
    after = "(?s:.)" if stop < len(text) else ""
    probe = rf"\A{before}(?:{pattern}{_closing(pattern)}(?s:.{{0,{window}}}){after}\z"
    return _raw(probe).isinstance_python(text[max(start - 1, 0) : stop + 1])


def _closing(pattern: str) -> str:
    """In verbose mode a comment would swallow the closing parenthesis, and a line break is ignored."""
    return "\n)" if re.match(r"\(\?[a-zA-Z]*x", pattern) else ")"


def _refuse_long(text: str, *, limit: int) -> None:
    if len(text) > limit:
        raise TooLongError(f"the text has {len(text):,} characters, at most {limit:,} are searched")


@lru_cache(maxsize=1024)
def _compile(pattern: str, *, share: int) -> SchemaValidator:
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise InvalidPatternError(f"it has more than {MAX_PATTERN_CHARACTERS:,} characters")
    try:
        compiled = _raw(pattern)
    except SchemaError as error:
        raise InvalidPatternError(_reason(error)) from None
    try:
        _raw(f"(?:{pattern}{_closing(pattern)}{{{share}}}")
    except SchemaError:
        raise InvalidPatternError(
            "it is too large; use smaller repeat counts, or [A-Za-z0-9_] instead of \\w"
        ) from None
    return compiled


@lru_cache(maxsize=1024)
def _raw(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _reason(error: SchemaError) -> str:
    return (
        str(error)
        .strip()
        .splitlines()[-1]
        .strip()
        .removeprefix("SchemaError: ")
        .removeprefix("error: ")
        .strip()
        .rstrip(".")
    )
