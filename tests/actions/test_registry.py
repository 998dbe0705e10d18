import pkgutil
import re
from typing import Any

from actions import types
from actions.base import ActionType
from actions.connections.registry import connection_types
from actions.connectors.operations import OperationAction
from actions.connectors.registering import SHIPPED
from actions.registry import action_types
from tests.documentation import chapter, page


def test_every_file_of_types_is_registered() -> None:
    files = {module.name for module in pkgutil.iter_modules(types.__path__)}

    assert files <= {action_type.key for action_type in action_types}


def shipped() -> list[ActionType[Any]]:
    """The types of the product: not those of plugins and of tests."""
    connectors = {path.stem for path in SHIPPED.glob("*.yaml")}
    by_key = {item.key: item for item in action_types}  # once, whatever its aliases
    ours = [item for item in by_key.values() if type(item).__module__.startswith(("actions.", "workflows."))]
    return [item for item in ours if not isinstance(item, OperationAction) or item.document.name in connectors]


def undescribed(schema: dict[str, Any]) -> list[str]:
    """The fields without a description, those of inner objects too."""
    parts = [schema, *schema.get("$defs", {}).values()]
    fields = [(name, field) for part in parts for name, field in part.get("properties", {}).items()]
    return [name for name, field in fields if not field.get("description")]


def test_every_parameter_is_described_for_forms() -> None:
    found = {item.key: undescribed(item.params_model.model_json_schema()) for item in shipped()}

    assert {key: names for key, names in found.items() if names} == {}


def test_every_setting_and_secret_of_a_connection_is_described_for_forms() -> None:
    models = {item.key: (item.settings_model, item.secrets_model) for item in connection_types}
    found = {key: [undescribed(model.model_json_schema()) for model in both] for key, both in models.items()}

    assert {key: names for key, names in found.items() if any(names)} == {}


def test_every_type_stands_in_one_of_the_categories_of_the_readme() -> None:
    table = chapter(page("actions/README.md"), "Categories")
    known = set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))

    assert {item.category for item in shipped()} == known


def test_titles_and_descriptions_are_in_one_style() -> None:
    for item in [*shipped(), *connection_types]:
        assert item.title == item.title.strip(" ."), item.key
        assert not re.search(r"^(Send|Add|Create|Read|Make|Update) an? ", item.title), f"{item.key}: without an article"
        assert re.fullmatch(r"[A-Z].*\.", item.description), f"{item.key}: a sentence"
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.icon), f"{item.key}: a name of lucide.dev"


def test_titles_tell_types_apart() -> None:
    for titles in ([item.title for item in shipped()], [item.title for item in connection_types]):
        assert sorted(titles) == sorted(set(titles))
