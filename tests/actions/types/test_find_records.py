from typing import Any

import pytest

from actions.base import ActionCall, ActionFailedError
from core.models import Workspace
from tests.actions.records import LeadFactory, perform, problems

pytestmark = pytest.mark.django_db


def found(call: ActionCall, workspace: Workspace, **params: Any) -> list[Any]:
    output = perform(call, workspace, "find_records", entity_type="lead", **{"order_by": "score", **params})
    assert output["count"] == len(output["records"])
    return [each["score"] for each in output["records"]]


@pytest.fixture
def leads(scope: Workspace, other_workspace: Workspace) -> Workspace:
    for score, status in ((10, "new"), (20, "qualified"), (30, "qualified")):
        LeadFactory.create(workspace=scope, score=score, status=status, company_name=f"Tech 100% {score}")
    LeadFactory.create(workspace=other_workspace, score=99, status="qualified")
    return scope


@pytest.mark.parametrize(
    ("filters", "scores"),
    [
        ({}, [10, 20, 30]),
        ({"status": "qualified"}, [20, 30]),
        ({"status": "qualified", "score__gte": "30"}, [30]),
        ({"score__in": [10, "30"]}, [10, 30]),
        ({"owner__isnull": True}, [10, 20, 30]),
        ({"company_name__icontains": "100% 2"}, [20]),
        ({"created_at__gte": "2026-01-01"}, [10, 20, 30]),
        ({"created_at__lt": "2026-01-01T00:00:00Z"}, []),
    ],
)
def test_filters_are_those_of_django(
    call: ActionCall, leads: Workspace, filters: dict[str, Any], scores: list[int]
) -> None:
    assert found(call, leads, filters=filters) == scores


def test_the_order_the_limit_and_the_fields_are_as_asked(call: ActionCall, leads: Workspace) -> None:
    output = perform(
        call, leads, "find_records", entity_type="lead", order_by="-score", limit=2, fields=["score", "phone"]
    )

    assert [{**each, "id": ""} for each in output["records"]] == [
        {"id": "", "score": 30, "phone": "***"},
        {"id": "", "score": 20, "phone": "***"},
    ]
    assert output["has_more"] is True


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"filters": {"tax_number__startswith": "NL"}}, "field_masked"),
        ({"order_by": "tax_number"}, "field_masked"),
        ({"filters": {"owner__password__startswith": "a"}}, "unknown_field"),
        ({"filters": {"workspace__slug": "x"}}, "invalid_filter"),
        ({"filters": {"company_name__regex": "(a+)+$"}}, "invalid_filter"),
        ({"filters": {"score__icontains": "1"}}, "invalid_filter"),
        ({"filters": {"score": "x"}}, "invalid_filter"),
        ({"filters": {"score__in": 1}}, "invalid_filter"),
        ({"filters": {"score": None}}, "invalid_filter"),
        ({"filters": {"owner__isnull": "yes"}}, "invalid_filter"),
        ({"filters": {"__class__": 1}}, "unknown_field"),
        ({"filters": {"company_name__contains": "a\0"}}, "invalid_filter"),
        ({"filters": {str(number): 1 for number in range(21)}}, "invalid_filter"),
        ({"fields": ["nope"]}, "unknown_field"),
    ],
)
def test_what_would_tell_too_much_or_cannot_be_is_refused(
    call: ActionCall, leads: Workspace, params: dict[str, Any], code: str
) -> None:
    with pytest.raises(ActionFailedError) as failure:
        found(call, leads, **params)

    assert failure.value.code == code


def test_literal_mistakes_are_problems_when_it_is_published() -> None:
    filters = {"statsu": 1, "score__gte": "x", "phone": "1", "status": "{{ x }}"}
    params = {"entity_type": "lead", "filters": filters, "fields": ["nope"], "order_by": "-nope"}

    assert problems("find_records", params) == {
        "/fields/0": "unknown_field",
        "/filters/statsu": "unknown_field",
        "/filters/score__gte": "invalid_filter",
        "/filters/phone": "field_masked",
        "/order_by": "unknown_field",
    }
