"""Notes of what was done: found again, told apart, swept."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction

from actions import effects
from core import tenancy
from core.models import Workspace

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_what_was_noted_is_known_in_its_workspace_only(workspace: Workspace, other_workspace: Workspace) -> None:
    with tenancy.scope(workspace.pk):
        effects.note("run:a:0", "add_note", {"id": "1"})

        assert (effects.known("run:a:0"), effects.known("run:a:1")) == ({"id": "1"}, None)
    with tenancy.scope(other_workspace.pk):
        assert effects.known("run:a:0") is None


def test_a_second_note_is_refused(scope: Workspace) -> None:
    effects.note("run:a:0", "add_note", {"id": "1"})

    with pytest.raises(IntegrityError), transaction.atomic():
        effects.note("run:a:0", "add_note", {"id": "2"})

    assert effects.known("run:a:0") == {"id": "1"}


def test_notes_are_swept_when_no_attempt_can_follow(scope: Workspace) -> None:
    with time_machine.travel(BEGIN, tick=False):
        effects.note("run:a:0", "add_note", {})
    with tenancy.unscoped("as the task does"):
        with time_machine.travel(BEGIN + effects.KEPT_FOR / 2, tick=False):
            assert effects.sweep() == 0
        with time_machine.travel(BEGIN + effects.KEPT_FOR, tick=False):
            assert (effects.sweep(), effects.sweep()) == (1, 0)
