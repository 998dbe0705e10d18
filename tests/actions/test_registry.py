import pkgutil

import pytest

from actions import types
from actions.registry import action_types


def test_every_file_of_types_is_registered() -> None:
    files = {module.name for module in pkgutil.iter_modules(types.__path__)}

    assert files <= {action_type.key for action_type in action_types}


@pytest.mark.parametrize("key", ["http_request", "send_webhook", "send_email", "log_event", "set_variables"])
def test_every_parameter_is_described_for_forms(key: str) -> None:
    schema = action_types.get(key).params_model.model_json_schema()

    undescribed = [name for name, field in schema["properties"].items() if not field.get("description")]

    assert undescribed == []
    assert all([action_types.get(key).title, action_types.get(key).description, action_types.get(key).icon])
