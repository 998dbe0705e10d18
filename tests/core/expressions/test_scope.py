from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.expressions import paths, scope
from core.expressions.paths import MISSING
from core.expressions.scope import Scope

NOW = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)  # a Friday; half past midnight on Saturday in Amsterdam
EVENT = {"id": "e1", "type": "lead.created", "data": {"lead": {"id": 7}, "now": "never", "item": 3}}


def built(**names: Any) -> Scope:
    return scope.build(now=NOW, zone="Europe/Amsterdam", event=EVENT, workspace={"tier": "gold"}, **names)


def resolve(path: str, within: Scope) -> Any:
    return within.resolve(paths.parse(path))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lead.id", 7),
        ("event.data.lead.id", 7),
        ("event.type", "lead.created"),
        ("workspace.tier", "gold"),
        ("tenant.tier", "gold"),
        ("today", date(2026, 8, 1)),
        ("time.hour", 0),
        ("time.minute", 30),
        ("time.weekday", 5),
        ("time.date", "2026-08-01"),
        ("item", MISSING),
        ("vars.url", MISSING),
        ("nowhere", MISSING),
    ],
)
def test_names_are_looked_up_in_order(path: str, value: Any) -> None:
    assert resolve(path, built()) == value


def test_a_reserved_name_wins_over_the_data() -> None:
    assert resolve("now", built()) == NOW
    assert built().resolve_data(paths.parse("now")) == "never"


def test_a_loop_adds_its_names_and_leaves_the_outer_scope() -> None:
    outer = built()

    inner = outer.having(item={"sku": "a"}, index=0)

    assert resolve("item.sku", inner) == "a"
    assert resolve("item", outer) is MISSING


def test_all_names_together_are_json() -> None:
    assert Scope(names={"now": NOW, "today": date(2026, 8, 1)}, fallback={"a": 1, "now": "never"}).as_json() == {
        "a": 1,
        "now": "2026-07-31T22:30:00Z",
        "today": "2026-08-01",
    }


def test_data_that_is_no_object_has_no_names() -> None:
    assert scope.build(now=NOW, event={"data": [1, 2]}).fallback == {}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(scope.UnknownZoneError, match="There is no time zone"):
        scope.build(now=NOW, zone=zone)


def test_only_reserved_names_can_be_given() -> None:
    with pytest.raises(TypeError, match="not reserved names: lead"):
        scope.build(now=NOW, lead={"id": 1})
