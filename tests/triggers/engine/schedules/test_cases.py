"""cronsim's own cases, from a public source: Debian's rules, daylight saving included."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests import cases
from triggers.engine import schedules
from triggers.engine.schedules import Spec, cron

FILE = "cron/cronsim.json"


def test_every_expression_names_the_expected_times() -> None:
    found = {_name(case): _times(case) for case in cases.load(FILE)["next"]}

    assert found == {_name(case): case["expected"] for case in cases.load(FILE)["next"]}
    assert len(found) == 41
    assert sum("Riga" in name for name in found) == 33


def test_every_invalid_expression_is_refused_with_a_sentence() -> None:
    found = {case["expr"]: cron.problem(case["expr"]) for case in cases.load(FILE)["invalid"]}

    assert [expression for expression, sentence in found.items() if not sentence or not sentence.endswith(".")] == []
    assert len(found) == 132


def test_every_expression_that_can_be_read_is_explained() -> None:
    found = [cron.explain(case["expr"]) for part in ("next", "parse") for case in cases.load(FILE)[part]]

    assert all(found)


def _name(case: dict[str, Any]) -> str:
    return f"{case['expr']} {case['tz']} {case['base']}"


def _times(case: dict[str, Any]) -> list[str]:
    zone = ZoneInfo(case["tz"] or "UTC")
    spec = Spec(zone=zone, anchor=datetime(2020, 1, 1, tzinfo=UTC), cron=case["expr"])
    base = datetime.fromisoformat(case["base"]).replace(tzinfo=zone, fold=case.get("fold", 0))
    far = datetime(2100, 1, 1, tzinfo=UTC)
    local = [each.astimezone(zone) for each in schedules.between(spec, base, far, max(1, len(case["expected"])))]
    return [each.isoformat() if case["tz"] else each.replace(tzinfo=None).isoformat() for each in local]
