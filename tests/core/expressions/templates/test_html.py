"""HTML with expressions in it: what they give is text, whatever a stranger wrote."""

from html.parser import HTMLParser
from typing import Any

import pytest

from core.expressions import templates
from core.expressions.scope import Scope
from core.expressions.templates import InvalidTemplateError, UnknownPathError
from tests import cases
from tests.documentation import page

SCRIPT = "<script>alert('1')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"


class Elements(HTMLParser):
    """The elements that a browser would see, with their attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def render(source: str, **names: Any) -> str:
    return str(templates.compile_html(source).render(Scope(fallback=names)))


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("<p>{{ x }}</p>", f"<p>{ESCAPED}</p>"),
        ("<p>{{ x | escape }}</p>", f"<p>{ESCAPED}</p>"),
        ("<p>{{ x | escape | escape }}</p>", f"<p>{ESCAPED}</p>"),
        ("<p>{{ missing | default(x) | escape }}</p>", f"<p>{ESCAPED}</p>"),
        ("<p>{{ (x | escape) if x else 1 }}</p>", f"<p>{ESCAPED}</p>"),
        ("{{ x }}", ESCAPED),
        ("{{ '<b>' }}", "&lt;b&gt;"),
        ("{{ missing | escape | default(x) }}", ESCAPED),
        ("{{ '&lt;' | escape | replace('&amp;lt;', x) }}", ESCAPED),
        ("{{ ['<', '>'] }}", "[&#34;&lt;&#34;,&#34;&gt;&#34;]"),
        ("{{ none }}{{ true }}{{ 1.5 }}", "true1.5"),
        ('<a title="{{ quotes }}">', '<a title="&#34; onclick=&#34;x">'),
    ],
)
def test_what_an_expression_gives_is_escaped_once(source: str, written: str) -> None:
    assert render(source, x=SCRIPT, quotes='" onclick="x') == written


def test_escaping_in_html_does_not_change_other_templates() -> None:
    value = templates.compile("{{ x | escape }}").render(Scope(fallback={"x": "<b>"}))

    assert (type(value), value) == (str, "&lt;b&gt;")
    assert templates.compile("-{{ x }}-").render(Scope(fallback={"x": "<b>"})) == "-<b>-"


def test_html_may_be_longer_than_a_parameter_and_not_much_longer() -> None:
    long = "<p>" + "x" * 60_000 + "</p>"

    assert render(long) == long
    with pytest.raises(InvalidTemplateError, match="at most 65,536 characters"):
        templates.compile_html(long * 2)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(UnknownPathError, match=r"there is nothing at `lead\.name`"):
        render("<p>{{ lead.name }}</p>")


PLACES = ["<p>{{ x }}</p>", '<a title="{{ x }}">', "<p>{{ x | escape | upper }}</p>"]


@pytest.mark.parametrize("source", PLACES)
def test_no_polyglot_becomes_an_element_or_an_attribute(source: str) -> None:
    polyglots = [line for line in cases.text("hostile/xss_polyglots.txt").splitlines() if line.strip()]
    plain = Elements()
    plain.feed(render(source, x="x"))

    for polyglot in polyglots:
        found = Elements()
        found.feed(render(source, x=polyglot))
        found.close()
        assert [(tag, set(attributes)) for tag, attributes in found.elements] == [
            (tag, set(attributes)) for tag, attributes in plain.elements
        ], polyglot
    figure = f"{len(polyglots) * len(PLACES)} of {len(polyglots) * len(PLACES)} stay text"
    print(f"XSS: {figure}")
    assert figure in page("docs/security.md")


def test_a_template_in_a_value_is_text() -> None:
    payloads = [each["payload"] for each in cases.load("hostile/template_injection.json")["payloads"]]

    for payload in payloads:
        found = Elements()
        found.feed(render("<p>{{ x }}</p>", x=payload))
        found.close()
        assert ("".join(found.text), len(found.elements)) == (payload, 1)
