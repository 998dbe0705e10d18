"""Entity tags in headers."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api import etags
from core.errors import MalformedError
from core.preconditions import Expected, PreconditionFailedError, check, state_of


class Shape(BaseModel):
    """An answer."""

    name: str


def asked(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/", headers=headers))


def test_an_answer_has_a_tag_that_changes_with_the_state_and_with_the_answer() -> None:
    tags = {
        etags.answer(asked(), Shape(name=name), state=state)["ETag"] for name in ("a", "b") for state in ("r1", "r2")
    }

    assert len(tags) == 4
    assert sorted({tag.strip('"').partition(".")[0] for tag in tags}) == ["r1", "r2"]


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
def test_who_has_the_answer_already_is_told_so(form: str) -> None:
    first = etags.answer(asked(), Shape(name="a"), state="r1")
    header = form.format(tag=first["ETag"])

    again = etags.answer(asked(**{"If-None-Match": header}), Shape(name="a"), state="r1")
    other = etags.answer(asked(**{"If-None-Match": first["ETag"]}), Shape(name="b"), state="r1")

    assert (again.status_code, again.data, again["ETag"]) == (304, None, first["ETag"])
    assert (other.status_code, other.data) == (200, {"name": "b"})


def test_a_change_is_expected_from_the_states_of_its_strong_tags() -> None:
    assert etags.expected(asked()) is None
    assert etags.expected(asked(**{"If-Match": "*"})) == Expected(is_any=True)
    assert etags.expected(asked(**{"If-Match": '"r1.aa", W/"r2.bb" , "r3"'})) == Expected(frozenset({"r1", "r3"}))


@pytest.mark.parametrize("written", ["r1", '"r1', '"r1" "r2"', "," * 10, '"' + "x" * 5000 + '"', '"a b"'])
def test_what_is_no_list_of_tags_is_refused(written: str) -> None:
    with pytest.raises(MalformedError, match="entity tags"):
        etags.expected(asked(**{"If-Match": written}))


def test_a_change_from_another_state_is_refused_with_who_and_when() -> None:
    at = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)

    check(None, "r2", by="key ann", at=at)
    check(Expected(frozenset({"r2"})), "r2")
    check(Expected(is_any=True), "r2")
    with pytest.raises(PreconditionFailedError, match="by key ann at 2026-05-01T09:30:00"):
        check(Expected(frozenset({"r1"})), "r2", by="key ann", at=at)
    with pytest.raises(PreconditionFailedError, match="not there"):
        check(Expected(is_any=True), None)


def test_a_state_changes_with_any_of_its_values() -> None:
    at = datetime(2026, 5, 1, tzinfo=UTC)

    assert state_of([{"a": 1, "b": 2}, at]) == state_of([{"b": 2, "a": 1}, at])
    assert len({state_of([1, "x"]), state_of([1, "y"]), state_of(["1", "x"]), state_of(["x", 1])}) == 4
