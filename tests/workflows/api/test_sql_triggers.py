"""Triggers of the type `sql` over HTTP: refused where they are wrong, shown with what they last did, shared, moved."""

from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from core import tenancy
from core.models import Workspace
from tests import factories
from triggers.models import Event, QueryWatch
from triggers.services import matching, query_watching
from triggers.services.querying import session
from workflows.models import Run

Json = dict[str, Any]
HOUR = "received_at > now() - interval '1 hour'"
USERS = f"SELECT DISTINCT data->>'user' AS user FROM events WHERE type = 'login.failed' AND {HOUR} ORDER BY 1"
OTHERS = USERS.replace("login.failed", "login.refused")

pytestmark = pytest.mark.django_db(transaction=True)


def definition(**params: Any) -> Json:
    trigger = {"type": "sql", "params": {"query": USERS, "key": "user", **params}}
    return factories.definition(factories.log_event("{{ user }}"), triggers=[trigger])


def post(api: APIClient, url: str, body: Any = None, status: int = 201) -> Any:
    answer = api.post(f"/api/v1/{url}", body or {}, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def failed(workspace: Workspace, user: str, type_: str = "login.failed") -> None:
    factories.event(workspace, type_, user=user)


def ask(workspace: Workspace) -> int:
    """Ask every query of the workspace at its time."""
    with tenancy.scope(workspace.pk):
        due = list(QueryWatch.objects.exclude(next_run_at=None).values_list("pk", "next_run_at"))
    return sum(query_watching.ask(pk, now=at) for pk, at in due)


@pytest.mark.parametrize(
    ("params", "path", "code", "words"),
    [
        ({"query": "SELECT pg_sleep(1)"}, "query", "unknown_function",
         "line 1, column 8: The function 'pg_sleep' is not allowed here."),
        ({"query": f"SELECT nope FROM events WHERE {HOUR}"}, "query", "invalid_name_or_type",
         'line 1, column 8: column "nope" does not exist.'),
        ({"query": f"SELECT 1 AS a, 2 AS a FROM events WHERE {HOUR}"}, "query", "invalid_columns", "named 'a'"),
        ({"query": "SELECT id FROM events"}, "query", "no_time_bound", "Say from when on"),
        ({"key": "usr"}, "key", "invalid_columns", "no column 'usr' for its key; it has user."),
        ({"key": "{{ usr }}"}, "key", "invalid_columns", "no column 'usr' for its key; it has user."),
    ],
    ids=range(6),
)  # fmt: skip
def test_what_is_wrong_is_refused_when_it_is_published(
    api: APIClient, params: Json, path: str, code: str, words: str
) -> None:
    post(api, "workflows/", {"definition": definition(**params)})

    refused = post(api, "workflows/greet/publish/", status=400)

    [problem] = refused["errors"]
    assert (problem["path"], problem["code"]) == (f"/triggers/0/params/{path}", code)
    assert words in problem["message"]


def test_the_sentence_is_that_of_the_query_itself(api: APIClient) -> None:
    sql = f"SELECT nope FROM events WHERE {HOUR}"
    post(api, "workflows/", {"definition": definition(query=sql, key="")})

    [problem] = post(api, "workflows/greet/publish/", status=400)["errors"]

    [asked] = post(api, "events/query/", {"sql": sql}, status=400)["errors"]
    assert (problem["code"], problem["message"]) == (asked["code"], asked["message"])


def test_it_is_published_while_nobody_can_be_asked(
    api: APIClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(api, "workflows/", {"definition": definition()})
    with monkeypatch.context() as patched:
        patched.setattr(session, "SCHEMA", "that_is_missing")

        with transaction.atomic():  # which goes on
            post(api, "workflows/greet/publish/", status=200)

    settings.SEQUITUR_QUERY_DATABASE_URL = ""
    post(api, "workflows/", {"definition": {**definition(), "name": "Other"}})
    post(api, "workflows/other/publish/", status=200)


def test_a_trigger_shows_what_its_query_last_did(api: APIClient, workspace: Workspace) -> None:
    post(api, "workflows/", {"definition": definition()})
    post(api, "workflows/greet/publish/", status=200)
    [trigger] = api.get("/api/v1/triggers/").json()["results"]
    failed(workspace, "ann")
    ask(workspace)

    watch = api.get(f"/api/v1/triggers/{trigger['id']}/").json()["watch"]

    assert trigger["watch"]["next_run_at"] == watch["last_run_at"]
    assert watch["next_run_at"] > watch["last_run_at"]
    names = ("rows", "error", "failures", "warnings")
    assert [trigger["watch"][name] for name in names] == [None, None, 0, []]
    assert [watch[name] for name in names] == [1, None, 0, []]
    with tenancy.scope(workspace.pk):
        QueryWatch.objects.update(error={"code": "query_timeout", "message": "Too long."}, failures=1)
    watch = api.get(f"/api/v1/triggers/{trigger['id']}/").json()["watch"]
    assert (watch["error"], watch["failures"]) == ({"code": "query_timeout", "message": "Too long."}, 1)


def test_a_pattern_asks_for_each_trigger_that_names_it_and_they_follow_it(api: APIClient, workspace: Workspace) -> None:
    wanted = {"name": "Guessing", "type": "sql", "params": {"query": USERS}, "filters": {"user": {"ne": "root"}}}
    pattern = post(api, "patterns/", wanted)
    for name in ("A", "B"):
        own = [{"type": "pattern", "params": {"pattern": "Guessing"}}]
        factories.published(workspace, factories.definition(factories.log_event("x"), name=name, triggers=own))
    failed(workspace, "ann")
    failed(workspace, "root")

    asked = [ask(workspace), ask(workspace)]
    with tenancy.scope(workspace.pk):
        matching.match_many([row.pk for row in Event.objects.filter(type="sql.matched")])
        started = sorted(Run.objects.values_list("workflow__name", flat=True))
    url = f"/api/v1/patterns/{pattern['id']}/"
    failed(workspace, "eve", "login.refused")
    api.patch(url, {"params": {"query": OTHERS}}, format="json")
    changed = ask(workspace)
    api.patch(url, {"is_active": False}, format="json")
    failed(workspace, "mal", "login.refused")
    off = ask(workspace)
    api.patch(url, {"is_active": True}, format="json")
    on = ask(workspace)
    api.patch(url, {"type": "login.failed", "params": {}}, format="json")

    assert pattern["event_type"] == ""
    assert (asked, started, changed, off, on) == ([4, 0], ["A", "B"], 2, 0, 2)
    with tenancy.scope(workspace.pk):
        assert not QueryWatch.objects.exists()


def test_a_pattern_that_asks_nonsense_is_refused(api: APIClient) -> None:
    for query, path in (("SELECT 1", "/params/query"), (f"SELECT nope FROM events WHERE {HOUR}", "/params/query")):
        refused = post(api, "patterns/", {"name": "x", "type": "sql", "params": {"query": query}}, status=400)

        assert [each["path"] for each in refused["errors"]] == [path]


def test_a_backtest_takes_what_was_sent_and_says_that_it_asks_nothing(api: APIClient, workspace: Workspace) -> None:
    post(api, "workflows/", {"definition": definition()})
    post(api, "workflows/greet/publish/", status=200)
    for user in ("ann", "bob"):
        failed(workspace, user)
    ask(workspace)
    with tenancy.scope(workspace.pk):
        matching.match_many([row.pk for row in Event.objects.filter(type="sql.matched")])
    draft = definition()
    draft["triggers"][0]["filters"] = {"user": "ann"}

    found = post(api, "workflows/greet/backtest/", {"definition": draft}, status=200)

    assert (found["events_seen"], found["fired"], found["not_simulated"]) == (2, 1, ["sql"])


def test_it_is_exported_and_imported_and_duplicated_as_it_is(api: APIClient) -> None:
    post(api, "workflows/", {"definition": definition(every_seconds=30)})
    written = api.get("/api/v1/workflows/greet/export/", HTTP_ACCEPT="application/json").json()

    post(api, "workflows/import/", {**written, "name": "Again"}, status=200)

    again = api.get("/api/v1/workflows/again/export/", HTTP_ACCEPT="application/json").json()
    assert again["triggers"] == written["triggers"]
    assert again["triggers"][0]["params"] == {"query": USERS, "key": "user", "every_seconds": 30}


def test_it_is_among_the_trigger_types(api: APIClient) -> None:
    [found] = [each for each in api.get("/api/v1/trigger-types/").json()["results"] if each["key"] == "sql"]

    assert {*found["params_schema"]["properties"]} == {"query", "every_seconds", "key"}
