"""The examples of docs/plugins.md and docs/entities.md, run as they stand there."""

import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from actions import entities
from core import masking
from core.models import Workspace
from examples.crm.models import Contact
from tests import documentation
from tests.core.plugins import packages
from workflows.definitions import check, shorthand
from workflows.definitions.references import Known

PLUGINS = documentation.chapter(documentation.page("docs/plugins.md"), "A plugin in a few files")
ENTITIES = documentation.page("docs/entities.md")


def test_the_plugin_brings_what_it_says(tmp_path: Path) -> None:
    files = {
        "action_types/__init__.py": "",
        "action_types/greet.py": documentation.blocks(PLUGINS, "python")[0],
        "workflow_templates/greet_leads.yaml": documentation.blocks(PLUGINS, "yaml")[0],
    }
    packages.write(tmp_path, "greetings", files)
    command = documentation.blocks(PLUGINS, "sh")[0].replace("python manage.py", f"{sys.executable} manage.py")

    said = documentation.run(command, {"PYTHONPATH": str(tmp_path)}, cwd=settings.BASE_DIR)

    assert said == documentation.blocks(PLUGINS, "text")[0]


@pytest.mark.django_db
def test_the_entity_is_registered_as_it_says() -> None:
    before = masking.fields_of(Contact)
    try:
        exec(documentation.blocks(ENTITIES, "python")[0], {})
        entity: Any = entities.entities.get("person")
        assert (set(entity.writable), entity.masked, entity.creatable) == ({"first_name", "email"}, {"phone"}, True)
    finally:
        entities.unregister("person")
        masking.declare(Contact, before, by="entities")


@pytest.mark.django_db
def test_the_workflow_has_no_problems(scope: Workspace) -> None:
    document = documentation.parsed(documentation.blocks(ENTITIES, "yaml")[0])

    assert check.check(shorthand.normalise(document), Known()) == []
