import random

import pytest

from core.models import Workspace
from tests.triggers import stream
from tests.triggers.stream import Stream
from triggers.models import Trigger
from triggers.services import tallies

pytestmark = pytest.mark.usefixtures("scope")


def test_every_decision_of_a_random_stream_adds_up_and_is_explained_as_it_was_made(workspace: Workspace) -> None:
    sent = Stream(workspace, random.Random(20_261_121))
    sent.begin(number=12)
    for _ in range(12):
        sent.send(number=20)
        sent.edit()

    totals = stream.account_for(sent)

    outcomes = sum(totals[name] for name in ("fired", "not_matched", "suppressed", "failed"))
    assert totals["candidates"] == outcomes > totals["fired"] > 0
    counted = tallies.of_triggers(list(Trigger.objects.all())).values()
    assert sum(each["seen"] for each in counted) == totals["candidates"]
    assert sum(each["fired"] for each in counted) == totals["fired"]
    assert stream.subscriptions_of(sent) > 12
