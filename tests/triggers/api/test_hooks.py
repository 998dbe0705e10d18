"""Requests to webhooks, as strangers and providers send them."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from core import tenancy
from core.models import Secret, Workspace
from tests import cases, factories, hooks, races
from tests.envelopes import envelope, refused
from tests.triggers.verification.test_schemes import AT, IDS, NOW, SIGN
from triggers.models import Hook, Trigger
from triggers.services import hooks as service
from workflows.models import Run, Workflow
from workflows.services import workflows

BODY = b'{"id": "evt_1", "event_id": "Ev1", "name": "Zo\xc3\xab"}'
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
RULES: dict[str, dict[str, str]] = {
    "hmac": {"header": "X-Signature", "prefix": "v1=", "id_header": "X-Delivery"},
    "api_key": {"id_header": "X-Delivery"},
    "basic": {"username": "shop", "id_header": "X-Delivery"},
}

pytestmark = pytest.mark.django_db


def hook_of(workspace: Workspace, scheme: str, **params: Any) -> Hook:
    return hooks.verified(workspace, scheme, rules=RULES.get(scheme, {}), **params)


@pytest.mark.parametrize("scheme", SIGN)
@time_machine.travel(NOW, tick=False)
def test_a_delivery_is_accepted_once_by_its_id(scheme: str, workspace: Workspace) -> None:
    hook = hook_of(workspace, scheme)
    headers = SIGN[scheme](BODY, hooks.SECRET, AT)

    first, second = hooks.post(hook, BODY, **headers), hooks.post(hook, BODY, **headers)

    assert (first.status_code, first.json()) == (202, {"id": IDS[scheme], "duplicate": False})
    assert (second.status_code, second.json()) == (202, {"id": IDS[scheme], "duplicate": True})
    [event] = hooks.events(workspace)
    assert (event.type, event.source, event.event_id) == (
        "webhook.received",
        f"webhook:{hook.trigger_id}",
        IDS[scheme],
    )
    assert (event.data, event.addressee, event.is_public) == (json.loads(BODY), hook.trigger_id, False)


@pytest.mark.parametrize("scheme", SIGN)
@time_machine.travel(NOW, tick=False)
def test_everything_that_is_wrong_is_refused_alike_and_nothing_is_stored(scheme: str, workspace: Workspace) -> None:
    hook = hook_of(workspace, scheme)
    good = SIGN[scheme](BODY, hooks.SECRET, AT)
    wrong = [
        SIGN[scheme](BODY, OTHER, AT),
        {},
        dict.fromkeys(good, "é"),
        dict.fromkeys(good, ""),
        {**good, next(iter(SIGN[scheme](BODY, OTHER, AT))): "x"} if scheme != "standard_webhooks" else {},
    ]

    answers = [hooks.post(hook, BODY, **headers) for headers in wrong]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert envelope(answers[0])["code"] == "not_verified"
    assert hooks.events(workspace) == []
    seen = hooks.refreshed(hook)
    assert (seen.accepted, seen.refused) == (0, len(wrong))
    assert seen.last_refusal


@pytest.mark.parametrize("scheme", ["standard_webhooks", "stripe", "slack"])
@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-299, 202), (299, 202), (301, 401)])
def test_the_clock_may_differ_by_five_minutes(scheme: str, seconds: int, status: int, workspace: Workspace) -> None:
    hook = hook_of(workspace, scheme)
    headers = SIGN[scheme](BODY, hooks.SECRET, AT)

    with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
        assert hooks.post(hook, BODY, **headers).status_code == status


@time_machine.travel(NOW, tick=False)
def test_another_tenants_signature_is_no_proof_here(workspace: Workspace, other_workspace: Workspace) -> None:
    ours = hooks.verified(workspace, "github")
    theirs = hooks.verified(other_workspace, "github", secret=OTHER)

    answer = hooks.post(ours, BODY, **hooks.github(BODY, OTHER, AT))

    assert answer.status_code == 401
    assert hooks.post(theirs, BODY, **hooks.github(BODY, OTHER, AT)).status_code == 202
    assert (len(hooks.events(workspace)), len(hooks.events(other_workspace))) == (0, 1)


def test_during_a_rotation_both_secrets_are_good_and_afterwards_one(workspace: Workspace) -> None:
    hooks.store(workspace, old="old-value", new="new-value")
    both = {"scheme": "github", "secret": ["{{secrets.new}}", "old"]}
    hook = hooks.published(workspace, verification=both)

    during = [hooks.post(hook, BODY, **hooks.github(BODY, f"{name}-value", AT, id_=name)) for name in ("old", "new")]
    again = hooks.published(workspace, name="After", verification={**both, "secret": "{{secrets.new}}"})
    after = [hooks.post(again, BODY, **hooks.github(BODY, f"{name}-value", AT, id_=name)) for name in ("old", "new")]

    assert [answer.status_code for answer in during] == [202, 202]
    assert [answer.status_code for answer in after] == [401, 202]


@pytest.mark.django_db(transaction=True)
def test_one_delivery_that_arrives_many_times_at_once_is_one_event(workspace: Workspace) -> None:
    hook = hooks.verified(workspace, "github")
    headers = hooks.github(BODY, hooks.SECRET, AT)

    answers = races.at_once(lambda _: hooks.post(hook, BODY, **headers), threads=6)

    assert [answer.status_code for answer in answers] == [202] * 6
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False, *[True] * 5]
    assert len(hooks.events(workspace)) == 1


def test_the_payloads_of_real_providers_are_accepted(workspace: Workspace) -> None:
    folder = Path(cases._DEFAULT) / "payloads"
    paths = sorted(folder.glob("*/*.json"))
    if not paths:
        pytest.skip(f"no cases in {folder}")
    hook = hooks.verified(workspace, "github")

    for path in paths:
        raw = path.read_bytes()
        answer = hooks.post(hook, raw, **hooks.github(raw, hooks.SECRET, AT, id_=path.name))
        assert (answer.status_code, answer.json()) == (202, {"id": path.name, "duplicate": False}), path

    stored = {event.event_id: event.data for event in hooks.events(workspace)}
    assert stored == {path.name: json.loads(path.read_bytes()) for path in paths}


def test_a_hook_that_is_unknown_paused_or_rotated_is_not_there(workspace: Workspace) -> None:

    hook = hooks.published(workspace)
    old = hooks.url(hook)
    unknown = Client().post(f"/hooks/{'x' * 32}/", b"{}", content_type="application/json")
    with tenancy.scope(workspace.pk):
        service.rotate(hook.trigger)
        new = hooks.url(hooks.refreshed(hook))
        rotated, moved = Client().post(old), Client().post(new)
        workflows.pause(Workflow.objects.get())
        paused = Client().post(new)
        workflows.resume(Workflow.objects.get())
        resumed = Client().post(new.removesuffix("/"))

    assert [answer.status_code for answer in (unknown, rotated, paused)] == [404] * 3
    assert len({answer.content for answer in (unknown, rotated, paused)}) == 1
    assert (moved.status_code, resumed.status_code) == (202, 202)


@pytest.mark.parametrize("path", ["/hooks/", "/hooks/%00/", "/hooks/..%2f/", "/hooks/é/", f"/hooks/{'a' * 65}/"])
def test_what_can_be_no_hook_is_not_found(path: str) -> None:
    refused(Client().post(path), status=404, code="not_found")


def test_a_request_that_is_too_large_is_refused_before_it_is_read(workspace: Workspace, settings: Any) -> None:
    hook = hooks.published(workspace)

    fits = hooks.post(hook, b"x" * settings.SEQUITUR_MAX_EVENT_BYTES, content_type="text/plain")
    too_large = hooks.post(hook, b"x" * (settings.SEQUITUR_MAX_EVENT_BYTES + 1), content_type="text/plain")

    assert fits.status_code == 202
    refused(too_large, status=413, code="too_large")
    assert len(hooks.events(workspace)) == 1


def test_a_request_that_was_cut_off_is_refused_whatever_its_type(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    environ: Any = {"wsgi.input": BytesIO(b"half"), "CONTENT_LENGTH": "8"}
    answer = Client().post(hooks.url(hook), b"half", content_type="text/plain", **environ)

    refused(answer, status=400, code="malformed")
    assert hooks.events(workspace) == []


def test_a_body_in_chunks_is_refused_and_not_taken_for_an_empty_one(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    refused(hooks.post(hook, {}, Transfer_Encoding="chunked"), status=411, code="length_required")
    assert hooks.events(workspace) == []


def test_a_trigger_whose_scheme_was_taken_away_refuses_everything(workspace: Workspace) -> None:
    hook = hooks.published(workspace)
    with tenancy.scope(workspace.pk):
        Trigger.objects.update(params={"verification": {"scheme": "gone"}})

    refused(hooks.post(hook, {}), status=401, code="not_verified")
    assert "publish its workflow again" in hooks.refreshed(hook).last_refusal


@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff", b'{"a": "\\u0000"}', b'{"a": 1, "a": 2}', b"[" * 100_000, b'{"a": 1e999}', b'"\\ud800"', b"NaN"],
    ids=["cut off", "no UTF-8", "NUL", "twice", "deep", "infinite", "half a character", "NaN"],
)
def test_json_that_cannot_be_kept_is_refused_and_the_operator_is_told(raw: bytes, workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    answer = hooks.post(hook, raw)

    refused(answer, status=400, code="malformed")
    assert hooks.events(workspace) == []
    seen = hooks.refreshed(hook)
    assert (seen.refused, seen.last_refusal) == (1, envelope(answer)["detail"][:500])


@pytest.mark.parametrize("query", ["a=%00", "a=%ff", "&".join(["a=1"] * 1001)], ids=["NUL", "no UTF-8", "too many"])
def test_a_query_that_cannot_be_kept_is_refused(query: str, workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    answer = Client().post(f"{hooks.url(hook)}?{query}", b"{}", content_type="application/json")

    refused(answer, status=400, code="malformed")


def test_what_came_with_the_request_is_kept_without_what_proves_it(workspace: Workspace) -> None:
    hook = hooks.verified(workspace, "hmac", rules={"header": "X-Proof"})
    headers = {
        "X-Proof": hooks.digest(BODY).hex(),
        "Authorization": "Bearer abc",
        "Cookie": "sessionid=abc",
        "X-Api-Key": "abc",
        "X-Hub-Signature-256": "abc",
        "X-Shopify-Hmac-Sha256": "abc",
        "X-GitHub-Event": "push",
    }

    Client().post(f"{hooks.url(hook)}?a=1&a=2&b=&token=abc", BODY, content_type="application/json", headers=headers)

    [event] = hooks.events(workspace)
    assert event.request is not None
    kept = event.request["headers"]
    assert (event.request["method"], event.request["query"]) == ("POST", {"a": ["1", "2"], "b": ""})
    assert (kept["x-github-event"], kept["content-type"]) == ("push", "application/json")
    assert not {name.lower() for name in headers if name != "X-GitHub-Event"} & kept.keys()
    assert "abc" not in str(event.request)


def test_the_event_is_made_as_the_trigger_says(workspace: Workspace) -> None:
    hook = hooks.published(
        workspace,
        event='github.{{ headers["x-github-event"] }}',
        data={"who": "{{ body.sender.login }}", "page": "{{ query.page | default(1) }}", "by": "{{ method }}"},
    )

    answer = hooks.post(hook, {"sender": {"login": "ada"}}, X_GitHub_Event="push")

    [event] = hooks.events(workspace)
    assert answer.status_code == 202
    assert (event.type, event.data) == ("github.push", {"who": "ada", "page": 1, "by": "POST"})
    assert (event.addressee, event.is_public) == (hook.trigger_id, True)


@pytest.mark.parametrize(
    ("params", "body"),
    [
        ({"event": "x.{{ body.kind }}"}, {}),
        ({"event": "x.{{ body.kind }}"}, {"kind": "a b"}),
        ({"event": "{{ body.kind }}"}, {"kind": 7}),
        ({"data": {"a": "{{ body.kind }}"}}, {}),
        ({"data": "{{ body.list }}"}, {"list": [1]}),
        ({"data": {"a": "{{ body.n * body.n }}"}}, {"n": 1e200}),
        ({"data": {"a": "{{ body.t }}{{ body.t }}"}}, {"t": "x" * 200_000}),
    ],
)
def test_a_request_of_which_no_event_can_be_made_is_refused_with_a_sentence(
    params: dict[str, Any], body: dict[str, Any], workspace: Workspace
) -> None:
    hook = hooks.published(workspace, **params)

    answer = hooks.post(hook, body)

    refused(answer, status=422, code="mapping_failed")
    assert hooks.events(workspace) == []
    assert hooks.refreshed(hook).last_refusal == envelope(answer)["detail"][:500]


@pytest.mark.parametrize("id_", ["x" * 5000, "é", "-"])
def test_any_delivery_id_is_one(id_: str, workspace: Workspace) -> None:
    hook = hooks.verified(workspace, "github")
    headers = hooks.github(BODY, hooks.SECRET, AT, id_=id_)

    answers = [hooks.post(hook, BODY, **headers) for _ in range(2)]

    assert [answer.json()["duplicate"] for answer in answers] == [False, True]


def test_slack_is_answered_its_challenge_after_its_signature_was_checked(workspace: Workspace) -> None:
    hook = hooks.verified(workspace, "slack")
    at, body = int(datetime.now(UTC).timestamp()), b'{"type": "url_verification", "challenge": "3eZbrw1a"}'

    genuine = hooks.post(hook, body, **hooks.slack(body, hooks.SECRET, at))
    forged = hooks.post(hook, body, **hooks.slack(body, OTHER, at))

    assert (genuine.status_code, genuine.json()) == (200, {"challenge": "3eZbrw1a"})
    assert forged.status_code == 401
    assert hooks.events(workspace) == []


@pytest.mark.parametrize(
    ("token", "status"), [("t0ken", 200), ("other", 401), ("", 401), ("é", 401)], ids=["right", "wrong", "none", "é"]
)
def test_meta_is_answered_its_challenge_for_the_right_token(token: str, status: int, workspace: Workspace) -> None:
    hooks.store(workspace, meta="t0ken")
    hook = hooks.published(workspace, challenge={"verify_token": "{{secrets.meta}}"})

    answer = Client().get(
        hooks.url(hook), {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "<b>1158</b>"}
    )

    assert answer.status_code == status
    if status == 200:
        assert (answer.content, answer["Content-Type"]) == (b"<b>1158</b>", "text/plain; charset=utf-8")


def test_other_methods_are_not_allowed(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    answers = [getattr(Client(), method)(hooks.url(hook)) for method in ("get", "delete", "patch", "head")]

    assert [(answer.status_code, answer["Allow"]) for answer in answers] == [(405, "POST, PUT, OPTIONS")] * 4
    assert Client().put(hooks.url(hook), b"{}", content_type="application/json").status_code == 202


def test_who_asks_as_cloudevents_do_may_send(workspace: Workspace) -> None:
    hook = hooks.published(workspace)

    granted = Client().options(hooks.url(hook), headers={"WebHook-Request-Origin": "eventemitter.example.com"})
    odd = Client().options(hooks.url(hook), headers={"WebHook-Request-Origin": "a b\x7f"})

    assert (granted.status_code, granted["WebHook-Allowed-Origin"]) == (200, "eventemitter.example.com")
    assert (odd.status_code, odd.has_header("WebHook-Allowed-Origin")) == (200, False)


def test_no_browser_takes_an_answer_for_a_page_of_ours(workspace: Workspace) -> None:
    answer = hooks.post(hooks.published(workspace), {})

    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


def test_a_secret_that_is_gone_refuses_everything_and_says_so_to_the_operator(workspace: Workspace) -> None:

    hook = hooks.verified(workspace, "api_key")
    with tenancy.scope(workspace.pk):
        Secret.objects.filter(name="hook_key").delete()

    answers = [hooks.post(hook, BODY, x_api_key=key) for key in ("", hooks.SECRET)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert hooks.refreshed(hook).last_refusal == "the workspace has no secret 'hook_key' any more"


def test_the_requests_of_a_hook_start_its_workflow_only(workspace: Workspace) -> None:

    hook = hooks.published(workspace, factories.log_event('{{ event.headers["content-type"] }} {{ name }}'))
    hooks.published(workspace, name="Other")

    hooks.post(hook, BODY)
    hooks.work(workspace)

    with tenancy.scope(workspace.pk):
        [run] = Run.objects.all()
        assert (run.workflow.name, run.status) == ("Hooked", "completed")


def test_naughty_strings_are_kept_or_refused_and_never_an_error_of_ours(workspace: Workspace) -> None:
    naughty: list[str] = cases.load("hostile/blns.json")
    hook = hooks.published(workspace, verification={"scheme": "none", "id_header": "X-Id"})

    for text in naughty[::5]:  # all of them: tests/triggers/engine/test_bodies.py
        raw = text.encode("utf-8", "surrogatepass")
        header = text.encode("ascii", "replace").decode().translate(dict.fromkeys((*range(32), 127), "?"))
        as_text = hooks.post(hook, raw, content_type="text/plain", X_Id=header, X_Other=header)
        as_json = hooks.CLIENT.post(
            hooks.url(hook), {"text": text, text[:50]: 1}, content_type="application/json", query_params={"a": text}
        )
        assert as_text.status_code == 202, text
        assert as_json.status_code in {202, 400}, text
