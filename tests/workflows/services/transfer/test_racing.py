"""Imports and promotions that two processes begin at the same instant."""

import pytest

from core import tenancy
from core.models import AuditEntry, Workspace
from core.services import audit_proof
from tests import factories, rivals
from workflows.models import Workflow, WorkflowVersion

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_broker")]

IMPORT = """
from core import tenancy
from core.actors import Actor
from core.errors import SequiturError
from core.models import Workspace
from workflows.services.transfer import importing
from workflows.services.transfer.importing import Wish
from workflows.services.transfer.outcomes import Conflict
documents = [factories.definition(factories.log_event(f"of {{number}}"), name=name) for name in {names}]
with tenancy.scope(Workspace.objects.get(slug={slug!r}).pk):
    try:
        found = importing.run(documents, Wish(Conflict({conflict!r})), by=Actor("test"))
        print(*(item.done.outcome for item in found.items))
    except SequiturError as error:
        print(error.code, *(problem.code for problem in error.problems))
"""

PROMOTE = """
from core import tenancy
from core.actors import Actor
from core.models import Workspace
from workflows.models import Workflow
from workflows.services.transfer import promoting
from workflows.services.transfer.promoting import Wish
here, there = (Workspace.objects.get(slug=slug) for slug in {slugs}[:: 1 if number else -1])
for turn in range(10):
    with tenancy.scope(here.pk):
        row = Workflow.objects.select_related("active_version").get(name=here.slug)
        promoting.promote(row, Wish(publish=True), to=there, here=Actor("here"), there=Actor("there"))
"""


def race(workspace: Workspace, conflict: str, *names: str) -> list[str]:
    setup = "from tests import factories"
    code = IMPORT.format(slug=workspace.slug, conflict=conflict, names=names)
    return sorted(each.strip() for each in rivals.race(code, setup=setup))


@pytest.mark.long
def test_of_two_imports_of_other_words_under_the_same_names_one_is_refused_whole(workspace: Workspace) -> None:
    said = race(workspace, "refuse", "A", "B")

    assert said == ["created created", "invalid taken taken"]
    with tenancy.scope(workspace.pk):
        assert len({row.draft["actions"][0]["params"]["message"] for row in Workflow.objects.all()}) == 1


@pytest.mark.long
def test_of_two_imports_that_replace_the_second_has_the_last_word(workspace: Workspace) -> None:
    assert race(workspace, "replace", "A", "B") == ["changed changed", "created created"]

    with tenancy.scope(workspace.pk):
        assert set(Workflow.objects.values_list("revision", flat=True)) == {2}


@pytest.mark.long
def test_promotions_in_both_directions_at_once_wait_for_each_other_and_end(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    for each in (workspace, other_workspace):
        factories.published(each, factories.definition(name=each.slug))

    rivals.race(PROMOTE.format(slugs=[workspace.slug, other_workspace.slug]))

    for each in (workspace, other_workspace):
        with tenancy.scope(each.pk):
            assert AuditEntry.objects.filter(action="workflow.promoted").count() == 10
            assert AuditEntry.objects.filter(action="workflow.received").count() == 10
            assert WorkflowVersion.objects.count() == 2
        assert not audit_proof.verify(each).problem
