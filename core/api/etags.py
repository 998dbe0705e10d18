"""Entity tags: `ETag` on what is read and written, `If-Match` on what is changed, `If-None-Match` on what is read.

A tag is `"<state>.<digest>"`. It is strong: the digest is that of the whole answer, so an answer with the same tag is
the same to the byte, and `If-None-Match` goes by all of it. A change overwrites only what people edit, which is the
`state`: `If-Match` goes by that alone, so a circuit that opened meanwhile refuses nobody's edit.

Source: RFC 9110, sections 8.8.3 (ETag), 13.1.1 (If-Match) and 13.1.2 (If-None-Match).
"""

import hashlib
import json
import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import MalformedError
from core.preconditions import Expected

# For `parameters` of each operation that heeds it: its answers have 412 then.
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The `ETag` that it begins with")
MAX_HEADER_CHARACTERS = 4096
DIGEST_CHARACTERS = 24
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST = re.compile(rf"\s*{_TAG.pattern}(\s*,\s*{_TAG.pattern})*\s*")


def tag(state: str, body: Any) -> str:
    """The entity tag of an answer about a row in this state."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return f'"{state}.{hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARACTERS]}"'


def answer(request: Request, shape: BaseModel, *, state: str, status: int = 200) -> Response:
    """The shape as JSON with its tag; 304 and no body for a GET that has it already."""
    body = shape.model_dump(mode="json")
    found = tag(state, body)
    wanted = request.headers.get("If-None-Match", "") if request.method in {"GET", "HEAD"} else ""
    if wanted and (wanted.strip() == "*" or found in _tags(wanted, "If-None-Match", may_be_weak=True)):
        return Response(status=304, headers={"ETag": found})
    return Response(body, status=status, headers={"ETag": found})


def expected(request: Request) -> Expected | None:
    """What `If-Match` says; None without it. Raises `MalformedError` for what is no list of entity tags."""
    written = request.headers.get("If-Match", "")
    if not written.strip():
        return None
    if written.strip() == "*":
        return Expected(is_any=True)
    tags = _tags(written, "If-Match", may_be_weak=False)
    return Expected(states=frozenset(each.strip('"').partition(".")[0] for each in tags))


def _tags(written: str, name: str, *, may_be_weak: bool) -> list[str]:
    """The tags of a header. A weak one is never the same as a strong one where something is to be changed."""
    if len(written) > MAX_HEADER_CHARACTERS or not _LIST.fullmatch(written):
        raise MalformedError(f'{name} is * or a list of entity tags such as "r3.1f0c", as an ETag gave them.')
    return [f'"{found[2]}"' for found in _TAG.finditer(written) if may_be_weak or not found[1]]
