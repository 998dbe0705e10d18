"""What the senders of requests are told, at once or after the run."""

from typing import Any

import pytest

from core import tenancy
from core.errors import SequiturError
from core.models import Workspace
from tests import factories, hooks
from triggers.engine.incoming import IncomingEvent
from triggers.models import Hook
from triggers.ports import Answer
from triggers.services import answering, ingest
from triggers.services.ingest import Accepted
from triggers.types.webhook import Params

pytestmark = pytest.mark.django_db

RESPOND = {"id": "answer", "type": "respond", "params": {"status": 201, "body": {"hello": "{{ name }}"}}}


def delivered(workspace: Workspace, hook: Hook, **data: Any) -> Accepted:
    incoming = IncomingEvent(
        type="webhook.received", data=data, id="d1", source="x", addressee=hook.trigger_id, is_public=False
    )
    with tenancy.scope(workspace.pk):
        return ingest.accept(incoming, workspace=workspace)


def told(workspace: Workspace, hook: Hook, *, works: bool = True, **data: Any) -> Answer:
    """What the sender is told when the workers do everything in its first pause, or nothing at all."""
    accepted = delivered(workspace, hook, **data)
    with tenancy.scope(workspace.pk):
        return answering.answer(
            accepted,
            trigger=hook.trigger,
            params=Params.model_validate(hook.trigger.params),
            sleep=lambda _: hooks.work(workspace) if works else None,
        )


def test_without_a_wait_it_is_the_id_of_the_event(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    assert told(workspace, hook) == Answer(202, {"id": "d1", "duplicate": False})
    assert told(workspace, hook) == Answer(202, {"id": "d1", "duplicate": True})


def test_with_one_it_is_what_the_respond_action_says(workspace: Workspace) -> None:
    hook = hooks.published(workspace, RESPOND, factories.log_event("after"), respond="respond_action")

    assert told(workspace, hook, name="Ada") == Answer(201, {"hello": "Ada"}, {})


def test_a_delivery_that_comes_again_is_told_the_same(workspace: Workspace) -> None:
    hook = hooks.published(workspace, RESPOND, respond="respond_action")

    first, second = told(workspace, hook, name="Ada"), told(workspace, hook, works=False, name="Ada")

    assert first == second == Answer(201, {"hello": "Ada"}, {})


def test_the_respond_action_is_waited_for_and_not_the_rest_of_the_run(workspace: Workspace) -> None:
    delay = {"id": "later", "type": "delay", "params": {"seconds": 3600}}
    hook = hooks.published(workspace, RESPOND, delay, respond="respond_action")

    assert told(workspace, hook, name="Ada").status == 201


def test_it_is_later_when_the_time_is_over(workspace: Workspace) -> None:
    hook = hooks.published(workspace, RESPOND, respond="respond_action", respond_within_seconds=0.01)

    found = told(workspace, hook, works=False)

    assert found == Answer(202, {"id": "d1", "duplicate": False}, {"Retry-After": "5"})


def test_it_is_later_when_as_many_wait_as_may(workspace: Workspace, settings: Any) -> None:
    hook = hooks.published(workspace, RESPOND, respond="respond_action")
    places = [answering._places.acquire(blocking=False) for _ in range(settings.SEQUITUR_MAX_WAITING_SENDERS)]

    try:
        full = told(workspace, hook, name="Ada")
    finally:
        for _ in places:
            answering._places.release()

    assert (all(places), full.headers) == (True, {"Retry-After": "5"})
    assert told(workspace, hook, name="Ada").status == 201


def test_it_is_that_nothing_fired_where_the_conditions_do_not_hold(workspace: Workspace) -> None:
    trigger = {"type": "webhook", "params": {"respond": "respond_action"}, "filters": {"country": "NL"}}
    document = factories.definition(RESPOND, name="Picky", triggers=[trigger])
    workflow = factories.published(workspace, document)
    with tenancy.scope(workspace.pk):
        hook = Hook.objects.select_related("trigger").get(trigger__workflow=workflow)

    assert told(workspace, hook, country="BE") == Answer(202, {"id": "d1", "duplicate": False, "fired": False})


def test_a_failed_run_is_an_error_of_ours_that_tells_no_reason(workspace: Workspace) -> None:
    failing = {"id": "fails", "type": "log_event", "params": {"message": "{{ inside }}"}}
    hook = hooks.published(workspace, failing, RESPOND, respond="respond_action")

    with pytest.raises(SequiturError) as raised:
        told(workspace, hook, name="Ada")

    assert (raised.value.status, raised.value.code) == (502, "run_failed")
    assert "inside" not in raised.value.detail
    with pytest.raises(SequiturError, match="failed before it answered"):
        told(workspace, hook, works=False)  # and so often that no place can be held
    with pytest.raises(SequiturError, match="failed before it answered"):
        told(workspace, hook, works=False)


def test_a_run_that_ends_without_answering_says_that_it_ended(workspace: Workspace) -> None:
    skipped = {**RESPOND, "if": {"field": "name", "operator": "eq", "value": "Bob"}}
    hook = hooks.published(workspace, skipped, respond="respond_action")

    found = told(workspace, hook, name="Ada")

    assert (found.status, found.body["status"]) == (200, "completed")


@pytest.mark.parametrize(
    ("actions", "body"),
    [
        ([factories.log_event("a"), {"id": "v", "type": "set_variables", "params": {"variables": {"n": 1}}}], {"n": 1}),
        ([factories.log_event("a"), {"id": "s", "type": "stop", "params": {"output": {"n": 2}}}], {"n": 2}),
    ],
    ids=["of the last action", "of the run"],
)
def test_the_last_action_answers_with_the_output(
    actions: list[dict[str, Any]], body: dict[str, Any], workspace: Workspace
) -> None:
    hook = hooks.published(workspace, *actions, respond="last_action")

    assert told(workspace, hook) == Answer(200, body)


def test_over_http_it_is_an_answer_like_any_other(workspace: Workspace) -> None:
    params = {"status": 203, "headers": {"X-Greeting": "hi", "Content-Type": "text/html"}, "body": "<b>{{ name }}</b>"}
    rules = {"scheme": "none", "id_header": "X-Id"}
    hook = hooks.published(
        workspace,
        {"type": "respond", "params": params},
        verification=rules,
        respond="respond_action",
        respond_within_seconds=0.01,
    )

    early = hooks.post(hook, {"name": "Ada"}, X_Id="1")
    hooks.work(workspace)
    answer = hooks.post(hook, {"name": "Ada"}, X_Id="1")

    assert (early.status_code, early["Retry-After"], early.json()["duplicate"]) == (202, "5", False)
    assert (answer.status_code, answer.content) == (203, b"<b>Ada</b>")
    assert (answer["X-Greeting"], answer["Content-Type"]) == ("hi", "text/html")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("body", [None, {"a": 1}], ids=str)
def test_an_answer_without_content_has_no_body(body: Any, workspace: Workspace) -> None:
    hook = hooks.published(
        workspace,
        {"type": "respond", "params": {"status": 204, "body": body}},
        verification={"scheme": "none", "id_header": "X-Id"},
        respond="respond_action",
        respond_within_seconds=0.01,
    )
    hooks.post(hook, {}, X_Id="1")
    hooks.work(workspace)

    answer = hooks.post(hook, {}, X_Id="1")

    assert (answer.status_code, answer.content, answer.has_header("Content-Type")) == (204, b"", False)


def test_a_failed_run_is_told_in_the_envelope(workspace: Workspace) -> None:
    hook = hooks.published(
        workspace,
        {"id": "fails", "type": "fail", "params": {"message": "inside"}},
        verification={"scheme": "none", "id_header": "X-Id"},
        respond="last_action",
        respond_within_seconds=0.01,
    )
    hooks.post(hook, {}, X_Id="1")
    hooks.work(workspace)

    answer = hooks.post(hook, {}, X_Id="1")

    assert (answer.status_code, answer.json()["code"]) == (502, "run_failed")


def test_a_secret_does_not_leave_in_an_answer(workspace: Workspace) -> None:
    hooks.store(workspace, deep="s3cret-value")
    action = {"type": "respond", "params": {"body": {"x": "{{ secrets.deep }}"}}}
    hook = hooks.published(workspace, action, respond="respond_action")

    assert told(workspace, hook).body == {"x": "[redacted]"}
