"""Templates of URLs: what a stranger's value stands for inside a URL stays inside its place.

1. A template that is one expression and nothing else is the whole URL: it stays as it is.
2. Before the path (scheme, host, port) values stay as they are: who may name the host is checked elsewhere.
3. In the path, the query and the fragment, values are percent-encoded, so that none adds `/`, `?`, `#` or `&`; one
   that makes a whole segment `.` or `..` is refused, since no encoding keeps those from being resolved.
4. Values of trusted names stay as they are, as does the text of the template: the workspace wrote both. So does what
   was encoded by `urlencode`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from jinja2 import nodes

from core.expressions.scope import Scope
from core.expressions.templates import budget, grammar, template
from core.expressions.templates.errors import TemplateError

ENCODED_BY = "urlencode"
_UP_TO_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*[/?#]")  # the scheme, the host, and one character more
_UP_TO_HOST = re.compile(r"(?:https?(?::(?:/(?:/[^/?#]*)?)?)?)?", re.IGNORECASE)
_DOTS = frozenset({".", ".."})


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text, or one expression."""

    text: str = ""
    expression: template.Template | None = None
    is_encoded: bool = False


def render_url(source: str, scope: Scope, *, trusted: Collection[str]) -> object:
    """The URL of a template. `trusted` are the roots of the paths that only the workspace writes.

    Raises `TemplateError`, also for a value that would lead out of its place in the path.
    """
    whole = template.compile(source)
    if whole.is_single:
        return whole.render(scope)
    url = ours = ""  # the second with a word in the place of whatever others wrote
    with budget.within():
        for piece in _pieces(source):
            value = piece.text if piece.expression is None else str(piece.expression.render(scope))
            is_ours = piece.expression is None or _is_of(piece.expression, trusted)
            if not is_ours and not piece.is_encoded and _is_in_path(url):
                value = quote(value, safe="", errors="replace")
            url += value
            ours += value if is_ours else "x"
    if _dots(url) > _dots(ours):
        raise TemplateError("a value would make `.` or `..` of a part of the URL's path, and lead out of it")
    return url


def _is_of(expression: template.Template, trusted: Collection[str]) -> bool:
    return all(read.path.root in trusted for read in expression.references())


def _is_in_path(before: str) -> bool:
    """Whether what follows `before` is behind the host. A relative URL has none."""
    return bool(_UP_TO_PATH.match(before)) or not _UP_TO_HOST.fullmatch(before)


def _dots(url: str) -> int:
    """How many parts of the path are `.` or `..`, encoded or not."""
    begin = _UP_TO_PATH.match(url)
    path = re.split(r"[?#]", url[begin.end() - 1 :] if begin else url)[0]
    return sum(unquote(part) in _DOTS for part in path.split("/"))


@lru_cache(maxsize=1024)
def _pieces(source: str) -> tuple[_Piece, ...]:
    return tuple(_piece(node, source) for node in grammar.parse(source))


def _piece(node: nodes.Node, source: str) -> _Piece:
    if isinstance(node, nodes.TemplateData):
        return _Piece(node.data)
    is_encoded = isinstance(node, nodes.Filter) and node.name == ENCODED_BY
    return _Piece(expression=template.of_piece(node, source), is_encoded=is_encoded)
