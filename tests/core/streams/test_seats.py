from uuid import uuid4

import pytest

from core.streams import seats


def test_places_are_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "PER_CALLER", 2)
    monkeypatch.setattr(seats, "PER_WORKSPACE", 3)
    workspace, before = uuid4(), seats.taken()
    leave = seats.take(workspace, "ann")
    seats.take(workspace, "ann")

    with pytest.raises(seats.TooManyStreamsError):
        seats.take(workspace, "ann")
    bob = seats.take(workspace, "bob")
    with pytest.raises(seats.TooManyStreamsError):
        seats.take(workspace, "eve")
    elsewhere = seats.take(uuid4(), "ann")
    leave()
    again = seats.take(workspace, "ann")

    assert seats.taken() - before == 4
    for each in (bob, elsewhere, again):
        each()
