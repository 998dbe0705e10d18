"""The examples of docs/fairness.md, run as they stand there."""

import pytest
import redis
from django.db import connection
from pytest_django import Settings

from config.environment import Environment
from core import tenancy
from core.backlogs import MAX_WEIGHT
from core.models import Workspace
from tests import factories
from tests.documentation import blocks, page, parsed
from triggers.services import dispatching, matching
from workflows.definitions import shorthand
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.services import execution

TEXT = page("docs/fairness.md")
(EXAMPLE,) = blocks(TEXT, "yaml")
(QUERY,) = blocks(TEXT, "sql")


def test_the_example_has_no_problems() -> None:
    assert check(shorthand.normalise(parsed(EXAMPLE)), Known()) == []


def test_the_page_has_the_numbers_of_the_code() -> None:
    window = Environment.model_fields["fair_window"].default

    assert f"`SEQUITUR_FAIR_WINDOW` ({window})" in TEXT
    assert f"or up to {dispatching.BATCH_OF_BACKLOG} of a backlog" in TEXT
    assert f"1 to {MAX_WEIGHT}." in TEXT
    assert f"for {execution.GIVE_WAY_SECONDS * 1000:g} ms at a time" in TEXT


@pytest.mark.django_db
def test_the_query_counts_messages_and_backlogs(
    workspace: Workspace, settings: Settings, empty_broker: redis.Redis
) -> None:
    settings.SEQUITUR_FAIR_WINDOW = 4
    factories.published(workspace)
    with tenancy.scope(workspace.pk):
        matching.match_many([factories.event(workspace).pk for _ in range(10)])

    with connection.cursor() as cursor:
        cursor.execute(QUERY)
        assert cursor.fetchall() == [(workspace.slug, 1, 4, 6)]
