"""What the API takes and gives about the tests that are kept with a workflow."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core import validation
from core.api.queries import ListQuery
from core.api.shapes import Page, Visible
from core.redaction import Redactor
from triggers.api import shapes
from workflows.api import testing_shapes
from workflows.api.testing_shapes import MAX_GIVEN
from workflows.models import WorkflowTest
from workflows.services.regression.running import Result

MAX_IGNORED = 500
MAX_RUN = 100

_SHOWN = Redactor()


class ExpectedRequest(BaseModel):
    """What a test has to come to. Only what is named is compared."""

    model_config = ConfigDict(extra="forbid")

    status: str | None = Field(None, max_length=16, description="Of the run")
    error: str | None = Field(None, max_length=100, description="The code of the run's error; null for none")
    actions: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="By id or `id[3]`: {status, output, would, error}"
    )


class KeepRequest(testing_shapes.TestRequest):
    """A test to keep: of a past run (`run_id` alone), or what is tested, with what it has to come to."""

    name: Visible = Field(min_length=1, max_length=200)
    expected: ExpectedRequest | None = Field(None, description="Default: what the test comes to now")
    ignore: list[str] = Field(
        default_factory=list,
        max_length=MAX_IGNORED,
        description="Paths in `expected` that may differ: /actions/*/output/id",
    )

    @model_validator(mode="after")
    def is_whole(self) -> "KeepRequest":
        if self.until or self.steps is not None:
            raise ValueError("a test that is kept goes to its end; leave out until and steps")
        if self.run_id and self.model_fields_set - {"name", "run_id"}:
            raise ValueError("a test of a past run is made of the run alone; change it afterwards")
        return self


class ChangeRequest(BaseModel):
    """What is to be another one; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    name: Visible | None = Field(None, min_length=1, max_length=200)
    pins: dict[str, Any] | None = Field(None, max_length=MAX_GIVEN)
    answers: dict[str, Any] | None = Field(None, max_length=MAX_GIVEN)
    expected: ExpectedRequest | None = None
    ignore: list[str] | None = Field(None, max_length=MAX_IGNORED)


class RunTestsRequest(BaseModel):
    """Which tests, against what."""

    model_config = ConfigDict(extra="forbid")

    ids: list[str] | None = Field(None, max_length=MAX_RUN, description="Default: all")
    version: int | Literal["draft"] = "draft"


class TestQuery(ListQuery):
    """Which tests a list shows."""

    __test__ = False


class KeptTestSummary(BaseModel):
    """A test in a list."""

    id: str
    name: str
    run: str | None = Field(description="The run that it was made of")
    event_type: str
    created_by: str
    created_at: datetime
    updated_at: datetime


class KeptTestResponse(KeptTestSummary):
    """A test that is kept with a workflow."""

    event: dict[str, Any]
    trigger: str
    now: datetime
    pins: dict[str, Any]
    answers: dict[str, Any]
    expected: dict[str, Any]
    ignore: list[str]


class KeptTestPage(Page[KeptTestSummary]):
    """The tests of a workflow, newest first."""


class DifferenceResponse(BaseModel):
    """One place at which it came out otherwise; what is absent is null."""

    path: str
    expected: Any
    actual: Any
    message: str


class TestResultResponse(BaseModel):
    """How one test went."""

    __test__ = False

    id: str
    name: str
    passed: bool
    status: str
    differences: list[DifferenceResponse]


class TestResultsResponse(BaseModel):
    """How the tests went."""

    __test__ = False

    passed: int
    failed: int
    results: list[TestResultResponse]


def keep_request(document: Mapping[str, Any]) -> KeepRequest:
    """Read the request. Raises `InvalidError`; what is wrong with an event is told by its own paths."""
    shapes.check_event(document)
    return validation.parse(KeepRequest, document)


def summary(row: WorkflowTest) -> KeptTestSummary:
    return KeptTestSummary(**_summary(row))


def kept(row: WorkflowTest) -> KeptTestResponse:
    shown = {name: _SHOWN.clean(getattr(row, name)) for name in ("event", "pins", "answers", "expected")}
    return KeptTestResponse(**_summary(row), **shown, trigger=row.trigger_key, now=row.now, ignore=row.ignore)


def results(found: Iterable[Result]) -> TestResultsResponse:
    shown = [_result(each) for each in found]
    passed = sum(each.passed for each in shown)
    return TestResultsResponse(passed=passed, failed=len(shown) - passed, results=shown)


def _summary(row: WorkflowTest) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "run": str(row.run_id) if row.run_id else None,
        "event_type": row.event.get("type", ""),
        "created_by": row.created_by,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _result(found: Result) -> TestResultResponse:
    differences = [
        DifferenceResponse(path=each.path, expected=each.expected, actual=each.actual, message=each.message)
        for each in found.differences
    ]
    return TestResultResponse(
        id=str(found.test.pk),
        name=found.test.name,
        passed=found.has_passed,
        status=found.status,
        differences=differences,
    )
