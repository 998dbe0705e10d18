from base64 import b64encode
from urllib.parse import quote

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import tenancy
from core.ids import new_id
from core.models import Workspace
from tests import factories
from tests.envelopes import refused
from triggers.models import Event

URL = "/api/v1/events/"


def rows(workspace: Workspace, *, count: int) -> list[str]:
    """Stored events, oldest first."""
    now = timezone.now()
    events = [
        Event(workspace=workspace, source="s", event_id=str(new_id()), type=f"a.b{n % 2}", time=now, received_at=now)
        for n in range(count)
    ]
    with tenancy.scope(workspace.pk):
        return [str(event.pk) for event in Event.objects.bulk_create(events)]


@pytest.fixture
def events(workspace: Workspace, other_workspace: Workspace) -> list[str]:
    """120 events of the workspace, newest first, between others of another workspace."""
    rows(other_workspace, count=60)
    own = rows(workspace, count=120)
    rows(other_workspace, count=60)
    return own[::-1]


def walk(api: APIClient, url: str | None, *, direction: str = "next") -> tuple[list[list[str]], str | None]:
    """The uids on each page from `url` on, and the URL of the last page."""
    pages, last = [], url
    while url:
        answer = api.get(url).json()
        assert answer.keys() == {"results", "next", "previous"}
        pages.append([row["uid"] for row in answer["results"]])
        last, url = url, answer[direction]
    return pages, last


def test_a_walk_over_all_pages_meets_each_row_once_newest_first(api: APIClient, events: list[str]) -> None:
    pages, _ = walk(api, URL)

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [uid for page in pages for uid in page] == events


def test_a_walk_back_from_the_last_page_meets_the_rows_before_it(api: APIClient, events: list[str]) -> None:
    _, last = walk(api, URL)

    pages, _ = walk(api, last, direction="previous")

    assert [len(page) for page in pages] == [20, 50, 50]
    assert [uid for page in reversed(pages) for uid in page] == events


def test_rows_that_arrive_during_a_walk_move_nothing(api: APIClient, events: list[str], workspace: Workspace) -> None:
    first = api.get(URL, {"limit": "60"}).json()
    for _ in range(10):
        factories.event(workspace)

    second = api.get(first["next"]).json()

    assert [row["uid"] for row in first["results"] + second["results"]] == events
    assert second["next"] is None


def test_filters_hold_on_every_page(api: APIClient, events: list[str]) -> None:
    pages, _ = walk(api, f"{URL}?type=a.b1&limit=25")

    assert [len(page) for page in pages] == [25, 25, 10]
    assert [uid for page in pages for uid in page] == events[::2]


@pytest.mark.parametrize(("limit", "length"), [("1", 1), ("120", 120), ("500", 120)])
def test_a_page_is_as_long_as_it_is_asked_to_be(api: APIClient, events: list[str], limit: str, length: int) -> None:
    assert len(api.get(URL, {"limit": limit}).json()["results"]) == length


@pytest.mark.parametrize("limit", ["501", "9" * 30, "0", "-1", "x", ""])
def test_a_limit_that_is_none_is_refused(api: APIClient, events: list[str], limit: str) -> None:
    problems = refused(api.get(URL, {"limit": limit}), status=400, code="invalid")

    assert [(problem["path"], problem["code"]) for problem in problems] == [("/limit", "invalid")]


def cursor(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "garbage",
    ["x", "é", "%00", "a" * 8000, cursor("p=1"), cursor("p='; DROP TABLE x"), cursor("p=\0"), cursor("o=x"),
     cursor("o=-1"), cursor("r=x&p=0"), cursor("p=" + "9" * 5000), cursor("\x80"),
     cursor("p=00000000-0000-0000-0000-00000000000g"), b64encode(b"p=\xff\xfe").decode()],
    ids=lambda garbage: repr(garbage[:20]),
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused(api: APIClient, workspace: Workspace, garbage: str) -> None:
    rows(workspace, count=1)

    answer = api.get(f"{URL}?cursor={quote(garbage)}")

    problems = refused(answer, status=400, code="invalid")
    assert [(problem["path"], problem["code"]) for problem in problems] == [("/cursor", "invalid")]


@pytest.mark.parametrize("empty", ["", "====", cursor("x=1")])
def test_a_cursor_that_points_nowhere_is_the_first_page(api: APIClient, events: list[str], empty: str) -> None:
    answer = api.get(f"{URL}?cursor={quote(empty)}").json()

    assert [row["uid"] for row in answer["results"]] == events[:50]


def test_an_offset_beyond_the_end_is_an_empty_page(api: APIClient, events: list[str]) -> None:
    assert api.get(f"{URL}?cursor={quote(cursor('o=99999999999999999999'))}").json()["results"] == []


def test_a_cursor_of_another_workspace_shows_rows_of_ones_own_only(
    api: APIClient, events: list[str], other_workspace: Workspace
) -> None:
    foreign = str(factories.event(other_workspace).pk)

    answer = api.get(f"{URL}?cursor={quote(cursor(f'p={foreign}'))}").json()

    assert [row["uid"] for row in answer["results"]] == events[:50]


def test_an_empty_list_is_one_page(api: APIClient) -> None:
    assert api.get(URL).json() == {"results": [], "next": None, "previous": None}
