import pytest
from jinja2 import UndefinedError

from core.expressions.scope import Scope
from core.expressions.templates.environment import ENVIRONMENT, MissingPath, Names
from core.expressions.templates.filters import FILTERS


def test_nothing_is_there_but_our_filters_and_three_tests() -> None:
    assert ENVIRONMENT.globals == {}
    assert set(ENVIRONMENT.filters) - set(FILTERS.keys()) == {"required "}
    assert set(ENVIRONMENT.tests) == {"defined", "undefined", "none"}


def test_only_keys_and_indexes_are_read() -> None:
    assert ENVIRONMENT.getattr({"items": 1}, "items") == 1
    for value, attribute in (({}, "items"), ("x", "upper"), ([1], "append"), (5, "real"), (Names(Scope()), "scope")):
        with pytest.raises(UndefinedError):
            str(ENVIRONMENT.getattr(value, attribute))


def test_nothing_is_safe_to_call() -> None:
    assert not ENVIRONMENT.is_safe_callable(len)


def test_what_is_missing_names_its_path_when_it_is_used() -> None:
    with pytest.raises(UndefinedError, match=r"^lead\.email$"):
        bool(MissingPath(name="lead.email"))
