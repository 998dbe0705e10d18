"""Every template: its own tests, in memory; and published in a workspace that has what it needs."""

import pytest

from core import tenancy
from core.models import Workspace
from workflows.services.templates import library, trying

pytestmark = pytest.mark.django_db

SLUGS = sorted(library.known())


@pytest.mark.parametrize("slug", SLUGS)
def test_a_template_does_what_its_tests_say(workspace: Workspace, slug: str) -> None:
    template = library.find(slug)

    with tenancy.scope(workspace.pk):
        found = {each.name: trying.differences(template, each, workspace=workspace) for each in template.trials}

    assert found == {each.name: [] for each in template.trials}
