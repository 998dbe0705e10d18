"""Who may ask for what: the roles and scopes of the REST views, for every field of the schema that has a rule."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from rest_framework.test import APIClient

from core import tenancy
from core.models import Role, Workspace
from core.services import api_keys
from tests import factories
from tests.conftest import ClientFor
from tests.test_admin import history
from tests.test_foreign_ids import MARK, _ids, _rows
from tests.workflows import asking
from tests.workflows.graphql.asked import ask, data, refused
from workflows.graphql.fields import RULE, Rule
from workflows.graphql.schema import schema
from workflows.models import ActionRun, Workflow

__all__ = ("history",)

pytestmark = pytest.mark.django_db

# The least role, and the scope, of every field at the top. One line for each, as in the table of REST.
MUTATIONS = {
    "createWorkflow": ("editor", "workflows:write"),
    "updateWorkflow": ("editor", "workflows:write"),
    "patchWorkflow": ("editor", "workflows:write"),
    "deleteWorkflow": ("editor", "workflows:write"),
    "publishWorkflow": ("editor", "workflows:write"),
    "rollbackWorkflow": ("editor", "workflows:write"),
    "pauseWorkflow": ("editor", "workflows:write"),
    "resumeWorkflow": ("editor", "workflows:write"),
    "archiveWorkflow": ("editor", "workflows:write"),
    "restoreWorkflow": ("editor", "workflows:write"),
    "executeWorkflow": ("operator", "runs:write"),
    "testWorkflow": ("editor", "workflows:read"),
    "cancelRun": ("operator", "runs:write"),
    "retryRun": ("operator", "runs:write"),
    "replayRun": ("operator", "runs:write"),
    "retryAction": ("operator", "runs:write"),
    "skipAction": ("operator", "runs:write"),
    "decideAction": ("operator", "runs:write"),
}
QUERIES = {
    "workflows": ("viewer", "workflows:read"),
    "workflow": ("viewer", "workflows:read"),
    "runs": ("viewer", "runs:read"),
    "run": ("viewer", "runs:read"),
}
# The same of what is below.
NESTED = {
    "Workflow": {"runs:read": {"runs", "stats"}},
    "Run": {"workflows:read": {"decisions"}},
    "RunEvent": {}, "Version": {},
}  # fmt: skip
INPUTS: dict[str, Any] = {
    "SkipInput": {"reason": "mine now"},
    "DecisionInput": {"decision": "approved"},
    "RollbackInput": {"version": 1},
    "TestInput": {"event": {"type": "lead.created"}},
    "WorkflowInput": {"definition": factories.definition(name="New")},
}


def top(kind: str) -> dict[str, GraphQLField]:
    found = schema._schema.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    fields: dict[str, GraphQLField] = found.fields
    return fields


def rule_of(field: GraphQLField) -> Rule | None:
    found: Rule | None = field.extensions["strawberry-definition"].metadata.get(RULE)
    return found


def call(kind: str, name: str, uid: object, only: str = "") -> tuple[str, dict[str, Any]]:
    """A query of one field with this id for every id that it takes, and what is needed else."""
    field = top(kind)[name]
    given: dict[str, Any] = {}
    for key, argument in field.args.items():
        type_ = get_named_type(argument.type)
        if type_.name == "ID" and only in {"", key}:
            given[key] = str(uid)
        elif isinstance(type_, GraphQLInputObjectType):
            given[key] = {**INPUTS.get(type_.name, {})}
        elif is_non_null_type(argument.type) and key != "first":
            given[key] = str(uid)
    types = ", ".join(f"${key}: {field.args[key].type}" for key in given)
    passed = ", ".join(f"{key}: ${key}" for key in given)
    shape = get_named_type(field.type)
    selected = "" if is_leaf_type(shape) else "{ nodes { id } }" if "Connection" in shape.name else "{ __typename }"
    head = f"({types})" if types else ""
    return f"{kind.lower()} {head} {{ {name}{f'({passed})' if passed else ''} {selected} }}", given


def scoped(workspace: Workspace, *scopes: str) -> APIClient:
    client = APIClient()
    key = api_keys.issue(workspace, name="scoped", role=Role.ADMIN, scopes=list(scopes))[1]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of refusals are no news."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def test_every_field_has_the_role_and_the_scope_of_the_table() -> None:
    for kind, table in (("Mutation", MUTATIONS), ("Query", QUERIES)):
        found = {
            name: (rule.role.value, f"{rule.area}:{'write' if rule.is_change else 'read'}")
            for name, field in top(kind).items()
            if (rule := rule_of(field))
        }
        assert found == table
        assert found.keys() == top(kind).keys()


def test_what_is_below_needs_its_own_scope_and_may_be_null() -> None:
    for kind, others in NESTED.items():
        own = "runs:read" if kind in {"Run", "RunEvent"} else "workflows:read"
        for name, field in top(kind).items():
            if rule := rule_of(field):
                expected = next((scope for scope, names in others.items() if name in names), own)
                assert (f"{rule.area}:read", rule.is_change, rule.role) == (expected, False, Role.VIEWER), name
                assert not isinstance(field.type, GraphQLNonNull), name
    objects = [it for it in schema._schema.type_map.values() if isinstance(it, GraphQLObjectType)]
    taking = {it.name for it in objects for field in it.fields.values() if field.args and not it.name.startswith("__")}
    assert taking == {"Query", "Mutation", *NESTED} - {"RunEvent", "Version"}


def test_a_lesser_role_changes_nothing_and_the_needed_one_may(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    row = factories.published(workspace)
    run = asking.started(workspace, asking.asking(), type_="lead.asked", name="Asks")
    clients = {role: (client_for(workspace, role), client_for(other_workspace, role)) for role in Role}
    before = _rows(workspace)
    for role, (own, stranger) in clients.items():
        for name, (needed, _) in MUTATIONS.items():
            about = run.pk if name.endswith("Run") else row.pk
            if not role.includes(Role(needed)):
                query, given = call("Mutation", name, about)
                assert refused(own, query, **given) == [(403, "forbidden")], (name, role)
            elif name != "createWorkflow":
                query, given = call("Mutation", name, run.pk)
                assert refused(stranger, query, **given) == [(404, "not_found")], (name, role)

    assert _rows(workspace) == before


def test_a_key_does_what_its_scopes_name(workspace: Workspace) -> None:
    row = factories.published(workspace)
    run = asking.started(workspace, asking.asking(), type_="lead.asked", name="Asks")
    words = ("workflows:read", "workflows:write", "runs:read", "runs:write")
    keys = {word: scoped(workspace, word) for word in words}
    before = _rows(workspace)
    for kind, table in (("Mutation", MUTATIONS), ("Query", QUERIES)):
        for name, (_, needed) in table.items():
            query, given = call(kind, name, run.pk if name.lower().endswith("run") else row.pk)
            for word in words:
                if word != needed:
                    assert refused(keys[word], query, **given) == [(403, "forbidden")], (name, word)

    assert _rows(workspace) == before
    assert data(keys["runs:write"], 'mutation { executeWorkflow(id: "greet") { duplicate } }')
    nested = ask(keys["workflows:read"], "{ workflows { nodes { slug runs { nodes { id } } stats { fired } } } }")
    assert [(each["slug"], each["runs"], each["stats"]) for each in nested["data"]["workflows"]["nodes"]] == [
        ("asks", None, None), ("greet", None, None),
    ]  # fmt: skip
    assert {each["extensions"]["code"] for each in nested["errors"]} == {"forbidden"}


@pytest.mark.usefixtures("history")
def test_an_id_of_another_workspace_is_null_and_not_found(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    stranger = client_for(other_workspace)
    ids, before = _ids(workspace), _rows(workspace)
    with tenancy.scope(workspace.pk):
        slugs = {"slug": Workflow.objects.values_list("slug", flat=True)[0]}
    kinds = {name: ids[name] for name in ("Workflow", "Run", "ActionRun")} | slugs
    asked = 0
    for kind in ("Mutation", "Query"):
        for name, field in top(kind).items():
            for argument in [key for key, it in field.args.items() if get_named_type(it.type).name == "ID"]:
                for uid in kinds.values():
                    query, given = call(kind, name, uid, argument)
                    found = ask(stranger, query, **given)
                    asked += 1
                    assert _is_nothing(found, name), (name, argument, uid, found)
                    assert MARK not in str(found)

    assert asked > 80
    assert _rows(workspace) == before


def _is_nothing(found: dict[str, Any], name: str) -> bool:
    """Null and not found, or a list without rows."""
    if "errors" not in found:
        return name == "runs" and found["data"] == {"runs": {"nodes": []}}
    (error,) = found["errors"]
    is_no_id = error["extensions"]["code"] == "invalid" and name == "runs"
    return found["data"] == {name: None} and (error["extensions"]["code"] == "not_found" or is_no_id)


@pytest.mark.usefixtures("history")
def test_what_an_input_names_of_another_workspace_is_of_nothing(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    stranger, ids = client_for(other_workspace), _ids(workspace)
    own = factories.published(other_workspace)
    run = asking.started(other_workspace, asking.asking(), type_="lead.asked", name="Asks")
    before = _rows(workspace)
    test = "mutation ($id: ID!, $input: TestInput!) { testWorkflow(id: $id, input: $input) { status } }"
    publish = "mutation ($id: ID!, $input: PublishInput) { publishWorkflow(id: $id, input: $input) { runs { total } } }"

    tried = {
        (kind, key): ask(stranger, test, id=str(own.pk), input={key: str(uid)})
        for kind, uid in ids.items()
        for key in ("eventId", "runId")
        if kind in {"Event", "Run"}
    }
    moved = ask(stranger, publish, id=str(own.pk), input={"runs": "migrate", "runIds": [str(ids["Run"])]})

    assert {each["errors"][0]["extensions"]["code"] for each in tried.values()} == {"not_found"}
    assert moved["data"]["publishWorkflow"] in (None, {"runs": {"total": 0}})
    inputs = [it for it in schema._schema.type_map.values() if isinstance(it, GraphQLInputObjectType)]
    assert {key for it in inputs for key, field in it.fields.items() if get_named_type(field.type).name == "ID"} == {
        "eventId", "runId", "runIds", "id",  # the last: the sender's own, of an event that may come
    }  # fmt: skip
    assert _rows(workspace) == before
    with tenancy.scope(other_workspace.pk):
        assert ActionRun.objects.get(run=run).status == "waiting"


def test_a_row_of_another_workspace_is_in_no_list(
    client_for: ClientFor, workspace: Workspace, other_workspace: Workspace
) -> None:
    asking.started(workspace, asking.asking())
    query = "{ workflows { nodes { id } } runs { nodes { id } } }"

    assert data(client_for(other_workspace), query) == {"workflows": {"nodes": []}, "runs": {"nodes": []}}
    assert [len(each["nodes"]) for each in data(client_for(workspace), query).values()] == [1, 1]
