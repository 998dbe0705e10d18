from typing import Any

import pytest
from django.core.exceptions import ValidationError

from core.models import ApiKey, Role, Workspace


@pytest.mark.parametrize(
    ("role", "needed", "included"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.OPERATOR, False),
        (Role.OPERATOR, Role.VIEWER, True),
        (Role.OPERATOR, Role.EDITOR, False),
        (Role.EDITOR, Role.OPERATOR, True),
        (Role.EDITOR, Role.ADMIN, False),
        (Role.ADMIN, Role.EDITOR, True),
        (Role.ADMIN, Role.ADMIN, True),
    ],
)
def test_a_role_includes_those_before_it(role: Role, needed: Role, included: bool) -> None:
    assert role.includes(needed) is included


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Base"),
        ("time_zone", ""),
        ("time_zone", "../../etc/passwd"),
        ("settings", []),
        ("settings", None),
        ("settings", "text"),
        ("variables", [1]),
        ("limits", []),
        ("limits", {"max_event_bytes": -1}),
        ("limits", {"other": 1}),
        ("slug", "Not a slug"),
        ("slug", "x" * 64),
        ("name", ""),
    ],
)
def test_a_workspace_is_refused_at_values_that_events_would_fail_at(db: None, field: str, value: Any) -> None:
    workspace = Workspace(**{"slug": "acme", "name": "Acme", field: value})

    with pytest.raises(ValidationError) as raised:
        workspace.full_clean()

    assert set(raised.value.message_dict) == {field}


def test_a_workspace_with_settings_and_a_time_zone_is_valid(db: None) -> None:
    Workspace(slug="acme", name="Acme", time_zone="Europe/Amsterdam", settings={"a": [1]}, variables={}).full_clean()


def test_a_key_shows_its_name_and_prefix_only() -> None:
    assert str(ApiKey(name="ci", prefix="sq_abcdefgh", key_hash="0" * 64)) == "ci (sq_abcdefgh…)"
