from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core import searching, tenancy
from core.ids import new_id
from core.models import Workspace
from triggers.models import Event

URL = "/api/v1/events/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LOOKED_THROUGH", 10)


@pytest.fixture
def rare(workspace: Workspace, other_workspace: Workspace) -> list[str]:
    """The three events of a rare source among 45, newest first: the 2nd, the 21st and the 44th."""
    now = timezone.now()
    found = []
    for own in (other_workspace, workspace):
        rows = [
            Event(workspace=own, source="rare" if number in {2, 21, 44} else "s", event_id=str(new_id()), type="a.b",
                  time=now, received_at=now)
            for number in range(45, 0, -1)
        ]  # fmt: skip
        with tenancy.scope(own.pk):
            Event.objects.bulk_create(rows)
        found = [str(row.pk) for row in reversed(rows) if row.source == "rare"]
    return found


def walk(api: APIClient, url: str | None, *, direction: str = "next") -> tuple[list[list[str]], str]:
    """The uids on each page from `url` on, and the URL of the last page."""
    pages: list[list[str]] = []
    last = ""
    while url and len(pages) < 20:
        answer = api.get(url).json()
        pages.append([row["uid"] for row in answer["results"]])
        last, url = url, answer[direction]
    return pages, last


def test_pages_without_a_result_lead_to_the_rest(api: APIClient, rare: list[str]) -> None:
    pages, _ = walk(api, f"{URL}?source=rare")

    assert pages == [[rare[0]], [], [rare[1]], [], [rare[2]]]


def test_pages_back_from_the_last_one_meet_the_same_rows(api: APIClient, rare: list[str]) -> None:
    _, last = walk(api, f"{URL}?source=rare")

    pages, _ = walk(api, last, direction="previous")

    assert [uid for page in reversed(pages) for uid in page] == rare


def test_pages_back_from_an_empty_one_meet_what_came_before(api: APIClient, rare: list[str]) -> None:
    second = api.get(api.get(f"{URL}?source=rare").json()["next"]).json()

    pages, _ = walk(api, second["previous"], direction="previous")

    assert second["results"] == []
    assert [uid for page in reversed(pages) for uid in page] == rare[:1]


def test_a_full_page_ends_with_its_last_result(api: APIClient, rare: list[str]) -> None:
    pages, _ = walk(api, f"{URL}?source=s&limit=9")

    assert [len(page) for page in pages] == [9, 9, 9, 9, 6]


def test_what_is_nowhere_ends(api: APIClient, rare: list[str]) -> None:
    pages, last = walk(api, f"{URL}?source=nowhere")
    back, _ = walk(api, last, direction="previous")

    assert pages == [[], [], [], [], []]
    assert {*map(tuple, back)} == {()}
    assert len(back) < 20


def test_an_index_serves_what_it_can_and_nothing_is_looked_through(api: APIClient, rare: list[str]) -> None:
    with tenancy.unscoped("the sender's id of one of them"):
        event_id = Event.objects.get(pk=rare[2]).event_id

    pages, _ = walk(api, f"{URL}?id={event_id}&source=rare")

    assert pages == [[rare[2]]]


def test_a_period_is_found_by_ids_and_kept_exactly(api: APIClient, rare: list[str]) -> None:
    now = timezone.now()

    later = api.get(URL, {"since": (now + timedelta(hours=1)).isoformat()}).json()
    until = api.get(URL, {"until": (now - timedelta(hours=1)).isoformat()}).json()
    since, _ = walk(api, f"{URL}?since=0001-01-01")
    every, _ = walk(api, f"{URL}?until=9999-12-31T23:59:59Z")

    assert (later["results"], later["next"]) == ([], None)
    assert (until["results"], until["next"]) == ([], None)
    assert sum(map(len, since)) == sum(map(len, every)) == 45
