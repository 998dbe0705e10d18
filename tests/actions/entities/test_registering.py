from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured

from actions import entities
from core import masking
from core.models import Membership, Role
from core.registry import AlreadyRegisteredError
from examples.crm.models import Contact, Deal


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    entities.unregister("thing")


def test_all_stored_fields_but_the_masked_are_readable_and_none_writable() -> None:
    entity = entities.register(Membership, "thing", masked=["role"])

    assert dict.fromkeys(["id", "workspace_id", "user_id", "is_owner", "created_at"], Role.VIEWER) == entity.readable
    assert not entity.writable
    assert entity.masked == {"role"}
    assert entity.attribute("user") == entity.attribute("user_id") == "user_id"
    assert entity.attribute("password") is None


def test_what_is_said_neither_readable_nor_writable_is_not_known() -> None:
    entity = entities.register(Membership, "thing", readable={"role": Role.ADMIN})

    assert entity.known() == ("role",)
    assert entity.attribute("user") is None


@pytest.mark.parametrize(
    ("model", "said", "text"),
    [
        (Group, {}, "is_global=True"),
        (Deal, {"workspace": "account"}, "no foreign key to core.Workspace"),
        (Deal, {"workspace": "nope"}, "no foreign key to core.Workspace"),
        (Deal, {"workspace": ""}, "no foreign key to core.Workspace"),
        (Deal, {"readable": ["nope"]}, "no stored field 'nope'"),
        (Deal, {"masked": ["labels"]}, "no stored field 'labels'"),
        (Deal, {"owner": "nope"}, "no stored field 'nope'"),
        (Deal, {"writable": ["workspace"]}, "cannot be writable"),
    ],
)
def test_what_would_leak_or_cannot_work_is_refused(model: Any, said: dict[str, Any], text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=text):
        entities.register(model, "thing", **said)

    assert "thing" not in entities.entities


def test_shared_rows_and_rows_that_belong_by_another_are_registered_so() -> None:
    assert entities.register(Group, "thing", is_global=True).workspace is None
    entities.unregister("thing")

    assert entities.register(Contact, "thing", workspace="account__workspace").workspace == "account__workspace"


def test_a_name_is_taken_once() -> None:
    with pytest.raises(AlreadyRegisteredError):
        entities.register(Contact, "lead")


def test_a_forgotten_entity_masks_nothing() -> None:
    entities.register(Membership, "thing", masked=["role"])
    entities.unregister("thing")

    assert masking.fields_of(Membership) == frozenset()
