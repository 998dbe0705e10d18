"""Random JSON, conditions and templates for the property tests."""

from typing import Any

from hypothesis import strategies as st

from core.expressions.operators import OPERATORS

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["5", "5.0", "-0", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01 01:00+01:00", "NL", ""])
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc") | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
json_objects = st.dictionaries(st.sampled_from("abcd"), json_values, max_size=4)
fields = st.sampled_from(["a", "b", "a.b", "a.0", "c[1].a", 'd["x y"]', "time.hour", "nowhere.at.all"])


def comparisons() -> st.SearchStrategy[dict[str, Any]]:
    values = json_values | st.sampled_from(["{{ a }}", "{{ a.b | default(1) }}", "x {{ b }}", "^a+$", [1, 5], True])
    return st.fixed_dictionaries({"field": fields, "operator": st.sampled_from(OPERATORS.keys()), "value": values})


def conditions() -> st.SearchStrategy[Any]:
    """Conditions in every shape; most are valid."""
    rules = st.fixed_dictionaries(
        {"jsonlogic": st.sampled_from([{"var": "a"}, {">": [{"var": "a.b"}, 1]}, {"!": [{"var": "b"}]}])}
    )
    return st.recursive(
        comparisons() | rules,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.fixed_dictionaries({"and": st.lists(inner, max_size=3)})
            | st.fixed_dictionaries({"or": st.lists(inner, max_size=3) | inner})
            | st.fixed_dictionaries({"not": inner})
        ),
        max_leaves=8,
    )


# Pieces of the template language, and of what it refuses.
_PIECES = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "[", "]", "(", ")", '"', "'", "|", ".", ",", ":", " ", "\n", "\\"),
    *(
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "~",
        "==",
        "<",
        "0",
        "1",
        "9" * 30,
        "a",
        "a.b",
        "é",
        "\ue000",
        "now",
        "today",
    ),
    *("if", "else", "is", "defined", "not", "and", "or", "in", "upper", "default", "join", "json", "date"),
    *("plus_days", "round", "int"),
]


def template_sources() -> st.SearchStrategy[str]:
    """Texts that often are nearly templates."""
    parts = st.sampled_from(_PIECES)
    bodies = st.lists(parts, max_size=8).map(" ".join)
    return (
        st.lists(parts, max_size=14).map("".join) | bodies.map(lambda body: "{{" + body + "}}") | st.text(max_size=30)
    )
