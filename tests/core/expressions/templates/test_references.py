import pytest

from core.expressions import templates


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("no expression", []),
        ("{{ lead.email }} {{ actions.greet.output.id }}", [("lead.email", False), ("actions.greet.output.id", False)]),
        ("{{ a.b }}{{ a.b }}", [("a.b", False)]),
        ("{{ secrets.API_KEY | upper }}", [("secrets.API_KEY", False)]),
        ("{{ a['x y'][0].b }}", [('a["x y"].0.b', False)]),
        ("{{ a.b | default(c.d) }}", [("a.b", True), ("c.d", False)]),
        ("{{ a.b | upper | default('') }}", [("a.b", True)]),
        ("{{ a.b | default('') | upper }}", [("a.b", True)]),
        ("{{ a.b | default('') }}{{ a.b }}", [("a.b", False)]),
        ("{{ a.b if a.b is defined else 1 }}", [("a.b", True)]),
        ("{{ a if b > c else [d, {'e': f}] }}", [(name, False) for name in "abcdf"]),
        ("{{ (a | split(','))[0] }}", [("a", False)]),
        ("{{ [a.b] | default([]) }}", [("a.b", False)]),
        ("{{ c | replace('x', a.b) | default('') }}", [("a.b", False), ("c", True)]),
        ("{{ (a.b + 1) | default(0) }}", [("a.b", True)]),
        ("{{ today + 2 }}", [("today", False)]),
    ],
)
def test_the_paths_that_are_read_are_known_before_rendering(source: str, read: list[tuple[str, bool]]) -> None:
    references = templates.compile(source).references()

    found = [(str(reference.path), reference.is_optional) for reference in references]
    assert sorted(found) == sorted(read)
