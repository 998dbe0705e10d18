from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions import templates
from core.expressions.scope import Scope
from core.expressions.templates import TemplateError

TRUSTED = frozenset({"vars", "secrets", "workspace"})
VARS = {"base": "https://api.example.com", "rooted": "https://api.example.com/v1/", "path": "a/b?c=1", "up": "../x"}


def rendered(source: str, value: Any = "") -> Any:
    scope = Scope(names={"event": {"data": {"v": value}}, "vars": VARS}, fallback={})
    return templates.render_url(source, scope, trusted=TRUSTED)


@pytest.mark.parametrize(
    ("source", "value", "url"),
    [
        ("https://x.com/{{ event.data.v }}", "a/b?c#d&e f%2F", "https://x.com/a%2Fb%3Fc%23d%26e%20f%252F"),
        ("https://x.com/{{ event.data.v }}/z", "..\\..", "https://x.com/..%5C../z"),
        ("https://x.com/?q={{ event.data.v }}", "a&b=c#d", "https://x.com/?q=a%26b%3Dc%23d"),
        ("https://x.com?q={{ event.data.v }}", "/x", "https://x.com?q=%2Fx"),
        ("https://x.com/#{{ event.data.v }}", "?a/b", "https://x.com/#%3Fa%2Fb"),
        ("https://x.com/{{ event.data.v }}", "é\r\n", "https://x.com/%C3%A9%0D%0A"),
        ("https://x.com/{{ event.data.v }}", 7, "https://x.com/7"),
        ("https://x.com/{{ event.data.v | urlencode }}", "a/b", "https://x.com/a%2Fb"),
        ("https://x.com/{{ event.data.v | upper }}", "a/b", "https://x.com/A%2FB"),
        ("{{ vars.base }}/{{ event.data.v }}", "a/b", "https://api.example.com/a%2Fb"),
        ("{{ vars.rooted }}{{ event.data.v }}", "a/b", "https://api.example.com/v1/a%2Fb"),
        ("https://x.com/{{ vars.path }}", "", "https://x.com/a/b?c=1"),
        ("https://x.com/v/{{ vars.up }}", "", "https://x.com/v/../x"),
        ("https://x.com/{{ [vars.path, event.data.v] | join('') }}", "z", "https://x.com/a%2Fb%3Fc%3D1z"),
        ("https://{{ event.data.v }}/z", "x.com", "https://x.com/z"),
        ("https://x.com/../{{ event.data.v }}", "a", "https://x.com/../a"),
        ("{{ event.data.v }}", "https://x.com/a/b?c", "https://x.com/a/b?c"),
        ("{{ event.data.v }}/z", "https://x.com/a", "https://x.com/a/z"),
        ("/leads/{{ event.data.v }}", "a/b", "/leads/a%2Fb"),
        ("leads{{ event.data.v }}", "/../x", "leads%2F..%2Fx"),
    ],
)  # fmt: skip
def test_a_value_stays_in_its_place(source: str, value: Any, url: str) -> None:
    assert rendered(source, value) == url


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("https://x.com/{{ event.data.v }}", ".."),
        ("https://x.com/a/{{ event.data.v }}/b", "."),
        ("https://x.com/a/.{{ event.data.v }}/b", "."),
        ("https://x.com/a/{{ event.data.v | urlencode }}", ".."),
        ("/a/{{ event.data.v }}{{ event.data.v }}", "."),
    ],
)
def test_a_value_that_leads_out_of_its_place_is_refused(source: str, value: str) -> None:
    with pytest.raises(TemplateError, match=r"`\.\.`"):
        rendered(source, value)


@given(st.text(max_size=30) | st.from_regex(r"[./\\?#&=%a2eEfF:@\r\n]{1,12}", fullmatch=True))
def test_no_value_changes_any_other_part_of_a_url(value: str) -> None:
    try:
        url = rendered("https://api.example.com/leads/{{ event.data.v }}/notes?q={{ event.data.v }}&p=1", value)
    except TemplateError:
        assert value in {".", ".."}
        return
    parts = urlsplit(url)

    encodable = value.encode("utf-8", "replace").decode()
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "api.example.com", "")
    assert [unquote(part) for part in parts.path.split("/")] == ["", "leads", encodable, "notes"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", encodable), ("p", "1")]
