"""What the API does is what its description says: schemathesis asks the running server, by every operation.

Requests are made of the description, valid ones and broken ones, the same each time. Looked for are answers with 5xx,
statuses, types, headers and bodies that are not described, broken requests that are taken, and callers without a key.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from requests import Session
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as of_openapi

from core.models import Role, Workspace
from tests import factories, live
from tests.test_admin import history

__all__ = ("history",)  # one row of every model

CHECKS: list[Any] = [
    not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
    of_openapi.negative_data_rejection,
    of_openapi.unsupported_method,
    of_openapi.missing_required_header,
]
# Each event of a batch is refused on its own, in an answer of 207.
LOOSE = {"events_batch"}
# Answers that do not end are not waited for.
ENDLESS = {"stream", "workflow_runs_stream"}


@pytest.fixture
def committed_history(request: pytest.FixtureRequest, transactional_db: None, workspace: Workspace) -> None:
    """One row of every model, where other processes see it."""
    with transaction.atomic():
        request.getfixturevalue("history")


@pytest.fixture
def url(committed_history: None) -> Iterator[str]:
    with live.server(environment={"SEQUITUR_API_REQUESTS_PER_MINUTE": "0", "SEQUITUR_LOG_LEVEL": "ERROR"}) as found:
        yield found


def _problems(url: str, session: Session, *, examples: int, mode: GenerationMode) -> dict[str, str]:
    """What is wrong, by operation; the first finding of each."""
    schema = schemathesis.openapi.from_dict(session.get(f"{url}/api/schema/", params={"format": "json"}).json())
    ids, found = _ids(url, session), {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        name = str(operation.definition.raw["operationId"])
        if name in ENDLESS or (name in LOOSE and mode is GenerationMode.NEGATIVE):
            continue
        known = ids.get((operation.tags or [""])[0]) if mode is GenerationMode.POSITIVE else None
        ask = partial(_ask, url=url, session=session, known=known)
        try:
            with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
                _given(operation.as_strategy(generation_mode=mode), ask, examples=examples)
        except (AssertionError, BaseExceptionGroup) as error:
            found[name] = str(error)
    return found


def _given(cases: SearchStrategy[Any], ask: Callable[[Any], None], *, examples: int) -> None:
    """Ask each case: the same ones each time."""

    @given(case=cases)
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case: Any) -> None:
        ask(case)

    each()


def _ask(case: Any, *, url: str, session: Session, known: str | None) -> None:
    if known and "id" in case.path_parameters:
        case.path_parameters["id"] = known
    case.call_and_validate(base_url=url, session=session, checks=CHECKS)


def _ids(url: str, session: Session) -> dict[str, str]:
    """An id of the first row of each list, by the name of the list."""
    names = ("workflow-runs", "workflows", "events", "connections", "repairs", "dead-letters", "triggers", "inbox")
    rows = {name: session.get(f"{url}/api/v1/{name}/").json()["results"] for name in names}
    return {name: str(found[0].get("uid", found[0]["id"])) for name, found in rows.items() if found}


@pytest.mark.long
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: str(mode.value))
def test_every_operation_answers_as_it_is_described(url: str, workspace: Workspace, mode: GenerationMode) -> None:
    with Session() as session:
        session.headers["Authorization"] = f"Bearer {factories.api_key(workspace, Role.ADMIN)}"
        found = _problems(url, session, examples=int(os.environ.get("SEQUITUR_EXAMPLES", "2")), mode=mode)

    assert found == {}, "\n\n".join(f"{name}: {text}" for name, text in found.items())
