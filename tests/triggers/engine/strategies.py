"""Random conditions and events that often meet, for the property tests of matching."""

from typing import Any

from hypothesis import strategies as st

FIELDS = ["a", "b", "c.d", "c.0", "l[1]", "event.subject", "event.data.a", "workspace.plan", "time.hour", "no.where"]
VALUES: list[Any] = [
    *(0, 1, 2, 5, 5.0, -1, 2**53, 2**53 + 1, 1e308, True, False, None, "", "1", "5", "5.0", "NL", "NLD", "2026-01-01"),
    *("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-13-01", [1, 2], {"x": 1}, []),
]

values = st.sampled_from(VALUES)
numbers = st.sampled_from([-1, 0, 1, 2, 5, 5.5, 2**53, 2**53 + 1])
data = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": values,
        "c": st.dictionaries(st.sampled_from(["d", "0"]), values, max_size=2) | st.lists(values, max_size=2),
        "l": st.lists(values, max_size=3),
    },
)


def _comparison(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


fields = st.sampled_from(FIELDS)
comparisons = st.one_of(
    st.builds(_comparison, fields, st.sampled_from(["eq", "ne", "contains", "not_contains"]), values),
    st.builds(_comparison, fields, st.sampled_from(["gt", "gte", "lt", "lte"]), numbers),
    st.builds(_comparison, fields, st.just("between"), st.tuples(numbers, numbers).map(sorted)),
    st.builds(_comparison, fields, st.sampled_from(["in", "not_in"]), st.lists(values, max_size=3)),
    st.builds(_comparison, fields, st.sampled_from(["startswith", "endswith", "matches"]), st.sampled_from(["N", "5"])),
    st.builds(_comparison, fields, st.sampled_from(["exists", "is_empty"]), st.booleans()),
    st.builds(_comparison, fields, st.just("eq"), st.just("{{ b | default(1) }}")),
)
conditions = st.recursive(
    comparisons | st.just({"jsonlogic": {"==": [{"var": "a"}, 1]}}),
    lambda inner: (
        st.builds(lambda members: {"and": members}, st.lists(inner, max_size=4))
        | st.builds(lambda members: {"or": members}, st.lists(inner, max_size=4))
        | st.builds(lambda member: {"not": member}, inner)
    ),
    max_leaves=8,
)
filters = st.dictionaries(
    st.sampled_from(["a", "b", "c.d"]),
    st.fixed_dictionaries({"eq": values}) | st.fixed_dictionaries({"gte": numbers, "lt": numbers}),
    max_size=2,
)
