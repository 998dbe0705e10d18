"""What secrets look like in text: the encodings of a known value, and the known formats of unknown ones."""

import base64
import html
import json
import re
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
MIN_CHARACTERS = 4  # a shorter "secret" would turn every text into holes
_MIN_INNER_BYTES = 9  # of a value whose base64 is looked for inside longer base64
_KEPT_IN_URLS = "!#$%&'()*+,/:;=?@[]~"  # what requests leaves as it is (requests.utils.requote_uri)
_MIN_LOWERED_CHARACTERS = 8
_GO_ESCAPES = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})
_LOWER_ESCAPES = re.compile(r"%[0-9A-F]{2}")

_NAME = (  # of something secret
    r"[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api[_-]?key|apikey|private[_-]?key|access[_-]?key)"
)
# Each pattern keeps its group 1 and loses the rest. None of them backtracks further than one word.
_FORMATS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?s)()-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)",
        # JSON Web Token. Not after a word character or a hyphen: each of many would be read to the end of the word.
        r"()(?<![\w-])eyJ[A-Za-z0-9_-]{5,8192}\.[A-Za-z0-9_-]{5,8192}\.[A-Za-z0-9_-]{0,8192}",
        r"()\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"()\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})",
        r"()\bxox[abeoprs]-[A-Za-z0-9-]{8,}",
        r"()\b(?:[srp]k|rk)_(?:live|test)_[A-Za-z0-9]{8,}",
        r"()\bwhsec_[A-Za-z0-9+/=_-]{8,}",
        r"()\bsk-[A-Za-z0-9_-]{20,}",
        r"()\bAIza[0-9A-Za-z_-]{35}",
        r"()\bsq_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}",
        r"(?i)(\b(?:bearer|basic) )[A-Za-z0-9._~+/=-]{6,}",
        r"(?i)(\b(?:authorization|cookie|set-cookie|x-api-key): ?)[^\r\n]+",
        r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,100}:)[^\s/@]{1,200}(?=@)",  # user:password@host
        rf"(?i)([?&;\s]{_NAME}=|\A{_NAME}=)[^\s&;\"']+",
        rf'(?i)("{_NAME}"\s{{0,4}}:\s{{0,4}}")(?:[^"\\]|\\.)+',  # JSON inside text
        rf'(?i)(\\"{_NAME}\\"\s{{0,4}}:\s{{0,4}}\\")(?:[^"\\]|\\\\\\.|\\[^"])+',  # and inside JSON inside text
    )
)


# One of these is in whatever a pattern finds: most texts are done with after one search instead of sixteen.
_HINTS = re.compile(
    r"(?i)-----begin|eyj|akia|asia|gh[pousr]_|github_pat_|glpat-|xox|[spr]k_|whsec_|sk-|aiza|sq_|bearer |basic |"
    r"authorization:|cookie:|://|pass|secret|token|key"
)


def of_values(values: Iterable[str]) -> tuple[str, ...]:
    """Every text that stands for one of `values`, the longest first, so that none hides the rest of another."""
    forms = {form for value in values if len(value) >= MIN_CHARACTERS for form in _forms(value)}
    return longest_first({form for form in forms if len(form) >= MIN_CHARACTERS})


def longest_first(forms: Collection[str]) -> tuple[str, ...]:
    """Forms in the order in which they are to be looked for."""
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def hide_known_formats(text: str) -> str:
    """The text without what looks like a secret of a known kind."""
    if not _HINTS.search(text):
        return text
    for pattern in _FORMATS:
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text


def _forms(value: str) -> Iterator[str]:
    """1. itself; 2. in URLs; 3. in JSON, and in JSON inside JSON; 4. as a host; 5. in HTML; 6. in base64."""
    yield value
    stripped = value.strip()  # a key with its last line break is used without it
    if len(stripped) >= MIN_CHARACTERS:
        yield stripped
    for escaped in (quote(value, safe=""), quote(value), quote_plus(value), quote(value, safe=_KEPT_IN_URLS)):
        yield escaped
        yield _LOWER_ESCAPES.sub(lambda match: match[0].lower(), escaped)
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]
        yield once.replace("/", "\\/")  # as PHP escapes
        yield once.translate(_GO_ESCAPES)
    if len(value) >= _MIN_LOWERED_CHARACTERS:
        yield value.lower()  # as a host is written
    yield html.escape(value)
    yield repr(value)[1:-1]
    yield from _base64_forms(value.encode("utf-8", "surrogatepass"))


def _base64_forms(value: bytes) -> Iterator[str]:
    """In both alphabets, alone and as a part of longer base64 (`user:password`).

    There a value begins at one of three offsets; the characters that it shares with its neighbours are left out.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(value).decode()
        yield encode(value).decode().rstrip("=")
        if len(value) < _MIN_INNER_BYTES:
            continue
        for offset in range(3):
            begin = (0, 2, 3)[offset]
            end = (offset + len(value)) * 8 // 6
            yield encode(b"\0" * offset + value).decode()[begin:end]
