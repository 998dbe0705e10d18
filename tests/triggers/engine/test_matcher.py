import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.expressions import conditions, scope
from core.expressions.conditions.tree import Node
from core.expressions.scope import Scope
from triggers.engine.matcher import MAX_NEAR, Listener, Matched, Matcher, leaves

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IS_ONE = {"field": "a", "operator": "eq", "value": 1}


class Exploding:
    """A condition of a plugin with a fault."""

    def decide(self, scope: Scope) -> bool | None:
        raise ZeroDivisionError("of the plugin")

    def evaluate(self, scope: Scope, *, explain: bool) -> Any:
        raise NotImplementedError


def listener(event_type: str = "lead.created", document: Any = None, *, number: int = 0, **parts: Any) -> Listener:
    root: Node | None = conditions.compile(document or {"and": []}).root
    id_ = UUID(int=number) if number else uuid4()
    return Listener(**{**_ids(id_), "event_type": event_type, "root": root, **parts})


def _ids(id_: UUID) -> dict[str, Any]:
    return {"subscription_id": id_, "trigger_id": id_, "workflow_id": id_, "version_id": id_, "key": "t1"}


def matched(*listeners: Listener, event_type: str = "lead.created", data: Any = None, **more: Any) -> Matched:
    matcher = Matcher(1)
    for each in listeners:
        matcher.add(each)
    return matcher.match(event_type, scope.build(now=NOW, event={"data": data or {}}), **more)


def test_types_and_patterns_listen_and_others_are_no_candidates() -> None:
    exact, level, any_ = listener("lead.created"), listener("lead.*"), listener("**")

    result = matched(exact, level, any_, listener("deal.*"), listener("deal.won"))

    assert set(result.met) == {exact, level, any_}
    assert result.candidates == 3


def test_what_is_met_comes_in_the_order_of_the_triggers() -> None:
    result = matched(*(listener("**", number=number) for number in (3, 1, 2)))

    assert [each.trigger_id.int for each in result.met] == [1, 2, 3]


def test_an_addressed_event_is_for_its_trigger_whatever_it_listens_to() -> None:
    hook, other = listener(""), listener("")

    result = matched(hook, other, listener("lead.created"), addressee=hook.trigger_id, is_public=False)

    assert (result.met, result.candidates, result.is_addressed) == ([hook], 1, True)


def test_a_public_event_with_an_addressee_is_for_everybody_and_for_nobody_twice() -> None:
    hook, listening = listener(""), listener("lead.*")

    assert len(matched(hook, listening, addressee=hook.trigger_id).met) == 2
    assert matched(hook, listening, addressee=listening.trigger_id).candidates == 1


def test_an_addressee_that_does_not_listen_any_more_is_no_candidate() -> None:
    assert matched(addressee=uuid4(), is_public=False).candidates == 0


def test_who_is_removed_is_asked_no_more_and_who_is_added_twice_once() -> None:
    first, second = listener("lead.*"), listener("lead.*")
    matcher = Matcher(1)
    for each in (first, second, second):
        matcher.add(each)

    matcher.remove(first.subscription_id)
    matcher.remove(first.subscription_id)

    assert matcher.match("lead.created", scope.build(now=NOW)).met == [second]
    matcher.remove(second.subscription_id)
    assert matcher.match("lead.created", scope.build(now=NOW)).candidates == 0
    assert len(matcher) == 0


def test_a_new_subscription_of_a_trigger_takes_the_place_of_the_old_one() -> None:
    old = listener("", number=1)
    new = Listener(**{**_ids(UUID(int=1)), "subscription_id": UUID(int=2), "event_type": "", "root": old.root})
    matcher = Matcher(1)
    matcher.add(old)
    matcher.add(new)
    matcher.remove(old.subscription_id)

    result = matcher.match("x", scope.build(now=NOW), addressee=UUID(int=1), is_public=False)

    assert result.met == [new]


@pytest.mark.parametrize(
    ("flawed", "reason"),
    [
        ({"root": None, "flaw": "no operator `x`"}, "no operator `x`"),
        ({"root": Exploding()}, "ZeroDivisionError: of the plugin"),
    ],
)
def test_who_cannot_be_evaluated_stops_no_other(flawed: dict[str, Any], reason: str) -> None:
    broken, sound = listener(**flawed), listener()

    result = matched(broken, sound)

    assert (result.met, result.failed) == ([sound], [(broken, reason)])


def test_who_came_close_is_kept_but_not_more_than_a_few() -> None:
    close = {"and": [IS_ONE, {"field": "b", "operator": "eq", "value": 2}]}

    result = matched(*(listener(document=close) for _ in range(3 * MAX_NEAR)), data={"a": 1, "b": 3})

    assert (len(result.near), result.candidates, result.met) == (MAX_NEAR, 3 * MAX_NEAR, [])


def test_an_event_that_cannot_be_looked_up_is_asked_of_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(value: Any) -> None:
        raise OverflowError(value)

    met, missed = listener(document=IS_ONE), listener(document={**IS_ONE, "value": 2})
    monkeypatch.setattr("triggers.engine.access.key_of", stumble)

    result = matched(met, missed, data={"a": 1})

    assert (result.met, result.candidates) == ([met], 2)


def test_of_who_came_close_a_fault_and_slow_templates_are_passed_over_in_bounded_time() -> None:
    slow = {"field": "b", "operator": "eq", "value": "{{ event.data.big | json | length }}" * 100}
    broken, *others = listener(root=Exploding()), *(listener(document={"and": [IS_ONE, slow]}) for _ in range(MAX_NEAR))
    begun = time.monotonic()

    told = [each for _, each in leaves([*others, broken], scope.build(now=NOW, event={"data": {"big": [1] * 30_000}}))]

    assert told == [*["??"] * MAX_NEAR, ""]
    assert time.monotonic() - begun < 3
