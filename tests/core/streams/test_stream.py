import json
from typing import Any
from uuid import uuid4

from core.streams import frames
from core.streams.readers import Subject
from core.streams.stream import Stream

WATCHED = Subject("thing", "a")
Told = list[tuple[str, Any, str]]


def told(written: bytes) -> Told:
    """Events as a browser reads them: name, data, id."""
    found = []
    for block in written.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]), fields.get("id", "")))
    return found


class Watch:
    """A stream, with what it watches and a clock in our hands."""

    def __init__(self, **given: Any) -> None:
        self.left = 0
        self.things: dict[str, Any] = {"x": {"n": 1}, "y": {"n": 2}}
        self.is_allowed = True
        self.stream = Stream(uuid4(), (WATCHED,), lambda: self.is_allowed, self.leave, **given)

    def leave(self) -> None:
        self.left += 1

    def look(self, now: float) -> Told:
        return told(self.written(now))

    def written(self, now: float) -> bytes:
        documents = {("thing", key): each for key, each in self.things.items()}
        return self.stream.advance({WATCHED: documents}, now=now)


def test_it_begins_with_all_there_is() -> None:
    watch = Watch()

    first = watch.written(0)

    assert first.startswith(b"retry: 2000\n\n")
    [x, y, ready] = told(first)
    assert (x, y) == (("thing", {"n": 1}, ""), ("thing", {"n": 2}, ""))
    assert ready[:2] == ("ready", {"missed": False})
    assert len(ready[2]) == 24


def test_only_what_changed_is_told_and_the_last_has_the_id() -> None:
    watch = Watch()
    watch.look(0)

    assert watch.look(1) == []
    watch.things |= {"y": {"n": 3}, "z": {"n": 4}}
    [y, z] = watch.look(2)

    assert (y[:2], z[:2]) == (("thing", {"n": 3}), ("thing", {"n": 4}))
    assert (y[2], len(z[2])) == ("", 24)
    assert watch.look(3) == []


def test_what_is_gone_changes_the_id() -> None:
    watch = Watch()
    begun = watch.look(0)[-1][2]
    del watch.things["x"]

    [gone] = watch.look(1)

    assert gone[:2] == ("gone", {})
    assert gone[2] not in {"", begun}


def test_who_comes_back_having_missed_nothing_is_told_nothing() -> None:
    before = Watch()
    last_id = before.look(0)[-1][2]

    assert Watch(last_id=last_id).look(0) == [("ready", {"missed": False}, last_id)]


def test_who_missed_something_is_told_everything() -> None:
    last_id = Watch().look(0)[-1][2]
    after = Watch(last_id=last_id)
    after.things["y"] = {"n": 3}

    events = after.look(0)

    assert [name for name, _, _ in events] == ["reset", "thing", "thing", "ready"]
    assert events[-1][1] == {"missed": True}


def test_it_says_that_it_lives_when_nothing_happens() -> None:
    watch = Watch()
    watch.look(0)

    assert watch.written(14) == b""
    assert watch.written(15) == frames.comment("still here")
    assert watch.written(16) == b""
    assert watch.written(30) == frames.comment("still here")


def test_it_ends_when_there_is_nothing_more_to_come() -> None:
    watch = Watch(is_done=lambda documents: documents["thing", "x"]["n"] == 9)
    assert [name for name, _, _ in watch.look(0)] == ["thing", "thing", "ready"]
    watch.things["x"] = {"n": 9}

    events = watch.look(1)

    assert [each[:2] for each in events] == [("thing", {"n": 9}), ("end", {"reason": "done"})]
    assert watch.stream.is_over


def test_it_ends_when_they_may_not_watch_any_more() -> None:
    watch = Watch()
    watch.look(0)
    watch.is_allowed = False
    watch.things["x"] = {"n": "not for them"}

    assert [data for _, data, _ in watch.look(4)] == [{"n": "not for them"}]  # asked again every five seconds
    watch.things["x"] = {"n": "nor this"}
    assert watch.look(5) == [("end", {"reason": "access"}, "")]


def test_it_ends_by_age_and_leaves_its_place_once() -> None:
    watch = Watch(max_life_seconds=60)
    watch.look(0)

    assert watch.look(60) == [("end", {"reason": "age"}, "")]
    watch.stream.close()
    watch.stream.close()

    assert watch.left == 1


def test_data_is_one_line_whatever_it_holds() -> None:
    written = frames.event("thing", {"text": "a\nevent: b\r\n\ndata: c\u2028"})

    assert written.count(b"\n") == 3
    assert told(written) == [("thing", {"text": "a\nevent: b\r\n\ndata: c\u2028"}, "")]
