import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from actions.base import ActionCall, ActionFailedError
from actions.entities import exporting
from actions.models import Export
from core.models import Workspace
from tests.actions.mail_server import Inbox
from tests.actions.records import LeadFactory, perform, problems

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def exports(settings: Settings, tmp_path: Path) -> Path:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "exports": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}
    return tmp_path


@pytest.fixture
def leads(scope: Workspace, other_workspace: Workspace) -> Workspace:
    for score in (10, 20, 30):
        LeadFactory.create(workspace=scope, score=score, status="qualified", company_name=f"Company {score}")
    LeadFactory.create(workspace=scope, score=40)
    LeadFactory.create(workspace=other_workspace, status="qualified")
    return scope


def export(call: ActionCall, workspace: Workspace, **params: Any) -> dict[str, Any]:
    given = {"entity_type": "lead", "filters": {"status": "qualified"}, "order_by": "score", **params}
    return perform(call, workspace, "enqueue_export", **given)


def test_records_are_kept_in_a_table_with_masks(call: ActionCall, leads: Workspace, exports: Path) -> None:
    output = export(call, leads, columns=["company_name", "score", "tax_number"])

    text = (exports / output["path"]).read_text()
    assert [*csv.reader(io.StringIO(text))] == [
        ["company_name", "score", "tax_number"],
        ["Company 10", "10", "***"], ["Company 20", "20", "***"], ["Company 30", "30", "***"],
    ]  # fmt: skip
    assert (output["rows"], output["size_bytes"]) == (3, len(text.encode()) + text.count("\n"))


def test_records_are_kept_as_json_lines(call: ActionCall, leads: Workspace, exports: Path) -> None:
    output = export(call, leads, export_type="jsonl", columns=["score"])

    lines = [json.loads(line) for line in (exports / output["path"]).read_text().splitlines()]
    assert [line["score"] for line in lines] == [10, 20, 30]


def test_a_second_attempt_makes_no_second_file_and_sends_no_second_mail(
    call: ActionCall, leads: Workspace, exports: Path, inbox: Inbox
) -> None:
    first = export(call, leads, email_to="ada@example.com", store=True)
    second = export(replace(call, attempt=2), leads, email_to="ada@example.com", store=True)

    assert first == second
    assert [each.suffix for each in exports.rglob("*.csv")] == [".csv"]
    [taken] = inbox.taken
    payload: Any = taken.message.get_payload()
    [_, attached] = payload
    assert attached.get_content_type() == "text/csv"
    assert "Company 10" in attached.get_payload(decode=True).decode()


def test_a_worker_lost_while_it_sent_leaves_an_unknown_outcome(
    call: ActionCall, leads: Workspace, inbox: Inbox
) -> None:
    export(call, leads, email_to="ada@example.com")
    Export.objects.update(sent_at=None, sending_at=timezone.now())

    with pytest.raises(ActionFailedError) as failure:
        export(replace(call, attempt=2), leads, email_to="ada@example.com")

    assert (failure.value.code, failure.value.is_outcome_unknown, len(inbox.taken)) == ("outcome_unknown", True, 1)


def test_of_two_attempts_that_write_at_the_same_time_one_sends(
    call: ActionCall, leads: Workspace, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = exporting.write

    def overtaken(*args: Any, **kwargs: Any) -> tuple[int, int]:
        monkeypatch.setattr(exporting, "write", real)
        export(replace(call, attempt=2), leads, email_to="ada@example.com")
        return real(*args, **kwargs)

    monkeypatch.setattr(exporting, "write", overtaken)
    with pytest.raises(ActionFailedError) as failure:
        export(call, leads, email_to="ada@example.com")

    assert (failure.value.code, len(inbox.taken)) == ("outcome_unknown", 1)


def test_a_mail_server_that_says_later_is_asked_again(call: ActionCall, leads: Workspace, inbox: Inbox) -> None:
    inbox.answers["ada@example.com"] = "451 later"
    with pytest.raises(ActionFailedError, match="451 later") as failure:
        export(call, leads, email_to="ada@example.com")
    inbox.answers.clear()
    export(replace(call, attempt=2), leads, email_to="ada@example.com")

    assert failure.value.is_retryable
    assert len(inbox.taken) == 1


def test_too_many_rows_are_refused_and_not_cut(
    call: ActionCall, leads: Workspace, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MAX_ROWS", 2)

    with pytest.raises(ActionFailedError, match="narrow its filters") as failure:
        export(call, leads)

    assert failure.value.code == "export_too_large"
    assert [*exports.rglob("*.csv")] == []


def test_masked_fields_are_no_filters_and_unknown_columns_are_said(call: ActionCall, leads: Workspace) -> None:
    for params, code in (({"filters": {"phone": "1"}}, "field_masked"), ({"columns": ["nope"]}, "unknown_field")):
        with pytest.raises(ActionFailedError) as failure:
            export(call, leads, **params)
        assert failure.value.code == code


def test_literal_mistakes_are_problems_when_it_is_published() -> None:
    params = {"entity_type": "lead", "columns": ["nope"], "filters": {"created_at__gte": "{{today-30}}", "phone": 1}}

    assert problems("enqueue_export", params) == {"/columns/0": "unknown_field", "/filters/phone": "field_masked"}
