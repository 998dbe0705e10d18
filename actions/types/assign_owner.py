"""`assign_owner`: say whose a record is: a person, or one of several by a strategy."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from actions.base import ActionCall, ActionResult, ActionType, Effects
from actions.entities import checking, people, rows
from actions.entities.checking import RecordParams
from actions.entities.entity import Actor, Entity
from actions.entities.failures import failed
from actions.entities.once import once
from actions.entities.registry import find
from actions.registry import register
from core import pointers
from core.errors import Problem

Json = dict[str, Any]


class AssignOwnerParams(RecordParams):
    """A record, and who may become its owner."""

    owner: str | None = Field(None, min_length=1, max_length=320, description="An e-mail address or a login.")
    candidates: list[str] = Field([], max_length=100, description="Several people, one of whom becomes the owner.")
    strategy: Literal["round_robin", "least_loaded"] = Field(
        "round_robin", description="Of candidates: the next in turn, or the one who owns the fewest such records."
    )
    only_if_unowned: bool = Field(False, description="Leave a record that has an owner as it is.")

    @model_validator(mode="after")
    def _one_way(self) -> "AssignOwnerParams":
        if (self.owner is None) == (not self.candidates):
            raise ValueError("give either owner or candidates")
        return self


class AssignOwnerOutput(BaseModel):
    """Whose it is."""

    entity_type: str
    entity_id: str
    owner: str | None = Field(description="The login of the owner; null where an owner was there and was left.")
    email: str | None
    changed: bool


class AssignOwner(ActionType[AssignOwnerParams]):
    """The turn is taken and the record changed in one transaction, so an attempt that is repeated takes no second."""

    key = "assign_owner"
    title = "Assign owner"
    description = "Say whose a record is."
    category = "records"
    icon = "user-plus"
    effects = Effects.KEYED
    params_model = AssignOwnerParams
    output_model = AssignOwnerOutput

    def check(self, params: Mapping[str, Any], *, path: str) -> list[Problem]:
        found = [*checking.check_entity(params, path=path)]
        entity = checking.entity_of(params)
        if entity is not None and entity.owner is None:
            message = f"A {entity.name} has no owner: its registration names no `owner` field."
            found.append(Problem(pointers.join(path, "entity_type"), "no_owner", message))
        return found

    def perform(self, params: AssignOwnerParams, call: ActionCall) -> ActionResult:
        entity, actor = find(params.entity_type), Actor(self.key, call.role)
        owner = entity.owner
        if owner is None:
            raise failed("no_owner", f"A {entity.name} has no owner: its registration names no `owner` field.")

        def do() -> Json:
            row = rows.find(entity, params.entity_id, lock=True)
            answer = {"entity_type": entity.name, "entity_id": str(row.pk)}
            if params.only_if_unowned and getattr(row, owner) is not None:
                return {**answer, "owner": None, "email": None, "changed": False}
            user = _chosen(params, entity, owner)
            value = user.pk if entity.fields[owner].is_relation else user.email
            changed = rows.change(entity, row, {owner: value}, actor)
            return {**answer, "owner": user.username, "email": user.email, "changed": bool(changed)}

        return ActionResult(output=once(call, self.key, do))


def _chosen(params: AssignOwnerParams, entity: Entity, owner: str) -> Any:
    if params.owner is not None:
        return people.find(params.owner)
    candidates = [people.find(each) for each in params.candidates]
    if params.strategy == "least_loaded" and entity.fields[owner].is_relation:
        return people.least_loaded(candidates, entity, owner=owner)
    return people.next_in_turn(candidates, of=entity.name)


register(AssignOwner())
