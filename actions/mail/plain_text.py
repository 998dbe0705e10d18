"""Plain text of HTML: what a mail program shows that shows no HTML. Links, lists and headings stay readable.

The tags are found by one pass of our own: `html.parser` takes quadratic time (minutes, for 100 kB) for tags that do not
end.
"""

import html
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "header", "html", "main", "nav", "p", "section", "summary", "table", "tbody", "tfoot",
    "thead",
})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SPACED = frozenset({"p", "blockquote", "table", "ul", "ol", "pre", "hr"}) | _HEADINGS
_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
_LINKS = ("http://", "https://", "mailto:", "tel:")
_RAW = frozenset({"script", "style", "title"})
_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]{0,60})")
_QUOTE_OR_END = re.compile(r"""=[ \t\r\n\f]{0,9}(["'])|>""")  # a quote begins a value behind = only
_ATTRIBUTE = re.compile(r"""(?:^|\s)(href|alt)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
MAX_ATTRIBUTES_CHARACTERS = 8_000
MAX_DEPTH = 10  # of lists, as far as they are indented


def of(source: str) -> str:
    """The text. Whatever is no HTML is read much as a browser would, so this raises nothing; it takes linear time."""
    reader = _Reader()
    for token in _tokens(source):
        reader.read(token)
    return reader.text()


class _Token(NamedTuple):
    kind: Literal["text", "start", "end"]
    text: str  # of a tag, its name
    attributes: str = ""


def _tokens(source: str) -> Iterator[_Token]:
    """Text and tags in order. What does not end before the text does (a tag, a comment, a script) is left out."""
    begin = 0
    while (start := source.find("<", begin)) >= 0:
        yield _Token("text", source[begin:start])
        name = _NAME.match(source, start)
        if name is None and not source.startswith(("<!", "<?", "</"), start):
            yield _Token("text", "<")
            begin = start + 1
            continue
        begin = _end_of_tag(source, start, has_attributes=name is not None)
        if begin < 0:
            return
        if name is not None:
            tag = name[2].lower()
            yield _Token("end" if name[1] else "start", tag, source[name.end() : begin - 1])
            if tag in _RAW and not name[1]:
                end = re.compile(f"</{tag}", re.IGNORECASE).search(source, begin)
                if end is None:
                    return
                begin = end.start()
    yield _Token("text", source[begin:])


def _end_of_tag(source: str, start: int, *, has_attributes: bool) -> int:
    """Where the next thing begins; -1 when the tag, or comment, does not end."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return end + 3 if end >= 0 else -1
    at = start + 1
    while has_attributes and (found := _QUOTE_OR_END.search(source, at)):
        if not found[1]:
            return found.end()
        at = source.find(found[1], found.end()) + 1
        if not at:
            return -1
    end = source.find(">", at)
    return end + 1 if end >= 0 else -1


def _attribute(attributes: str, name: str) -> str:
    """The value of an attribute, or nothing."""
    for found in _ATTRIBUTE.finditer(attributes[:MAX_ATTRIBUTES_CHARACTERS]):
        if found[1].lower() == name:
            return html.unescape(found[2] or found[3] or found[4] or "").strip()
    return ""


class _Reader:
    """Collects lines. `_line` is the one that is being written; an empty text in `_lines` is an empty line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._unseen = 0
        self._preformatted = 0
        self._lists: list[int | None] = []  # the next number of each list around; None: it has bullets
        self._links: list[tuple[str, int, int]] = []  # where to, and the line and the piece where the words begin

    def read(self, token: _Token) -> None:
        """Take the next part."""
        if token.kind == "text":
            self._read_text(html.unescape(token.text))
        elif token.kind == "start":
            self._read_start(token.text, token.attributes)
        else:
            self._read_end(token.text)

    def _read_start(self, tag: str, attributes: str) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._end_line()
        elif tag == "a":
            self._links.append((_attribute(attributes, "href"), len(self._lines), len(self._line)))
        elif tag == "img":
            self._read_text(_attribute(attributes, "alt"))
        elif tag in {"td", "th"} and self._line:
            self._line.append("  ")
        elif tag in {"ul", "ol"}:
            self._begin(tag)
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._begin_item()
        elif tag in _BLOCKS | _SPACED | {"tr"}:
            self._begin(tag)
            self._preformatted += tag == "pre"
            if tag == "hr":
                self._line.append("---")
                self._begin(tag)

    def _read_end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag in {"ul", "ol"}:
            del self._lists[-1:]
            self._begin(tag)
        elif tag in _BLOCKS | _SPACED | {"li", "tr"}:
            self._begin(tag)
            self._preformatted = max(self._preformatted - (tag == "pre"), 0)

    def _read_text(self, data: str) -> None:
        if self._unseen:
            return
        if self._preformatted:
            first, *others = data.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in others:
                self._end_line()
                self._line.append(line)
        elif text := _SPACES.sub(" ", data):
            self._line.append(text)

    def text(self) -> str:
        """All lines, never two empty ones after each other."""
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _begin(self, tag: str) -> None:
        """Go to a new line; between what stands apart, an empty one, but not within lists."""
        if "".join(self._line).strip():
            self._end_line()
        else:
            self._line = []
        if tag in _SPACED and not self._lists and self._lines and self._lines[-1]:
            self._lines.append("")

    def _begin_item(self) -> None:
        self._begin("li")
        depth = min(len(self._lists), MAX_DEPTH)
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        self._line.append("  " * max(depth - 1, 0) + ("- " if number is None else f"{number}. "))

    def _end_line(self) -> None:
        line = "".join(self._line)
        indent = line[: len(line) - len(line.lstrip(" "))] if self._lists or self._preformatted else ""
        words = line.strip() if not self._preformatted else line[len(indent) :].rstrip()
        self._lines.append(f"{indent}{words if self._preformatted else _SPACES.sub(' ', words)}".rstrip())
        self._line = []

    def _end_link(self, url: str, line: int, piece: int) -> None:
        """The address behind the words, unless the words say it already, or it leads nowhere outside the message."""
        words = "".join([*self._lines[line:], *self._line[piece if line == len(self._lines) else 0 :]]).strip()
        shown = url.removeprefix("mailto:").removeprefix("tel:")
        if url.lower().startswith(_LINKS) and shown != words:
            self._line.append(f" ({shown})" if words else shown)
