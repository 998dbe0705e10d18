"""Who of the staff may see and do what in the admin: every page and every action, by every role."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import admin_access, tenancy
from core.admin_lists import OnePageAhead
from core.admin_site import RowAdmin
from core.models import Role, Workspace
from core.services import workspaces
from tests import factories
from tests.test_admin import WITH_PAGES, history, page
from tests.workflows.asking import action_of, asking, started
from triggers.models import Event
from workflows.models import ActionRun, Run, Workflow

__all__ = ("history",)

pytestmark = pytest.mark.django_db

DELETES = {("Secret", Role.ADMIN), ("ApiKey", Role.ADMIN), ("OutboundHost", Role.OPERATOR)}
CHANGES = {("ApiKey", Role.ADMIN)}
# What a role sees is what it may read over the API.
SEES = {
    "ApiKey": Role.ADMIN, "AuditEntry": Role.ADMIN, "InboxItem": Role.ADMIN, "Secret": Role.EDITOR,
    "Connection": Role.EDITOR, "KeyValue": Role.OPERATOR, "Heartbeat": None,
    "Invitation": Role.ADMIN, "ServiceAccount": Role.ADMIN, "IdempotentAnswer": Role.ADMIN,
}  # fmt: skip


def staff(**roles: Role) -> Client:
    """One of the staff, with roles in workspaces by their slugs."""
    user = factories.UserFactory.create(is_staff=True)
    for slug, role in roles.items():
        workspaces.add_member(Workspace.objects.get(slug=slug.replace("_", "-")), user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def member(workspace: Workspace, role: Role) -> Client:
    return staff(**{workspace.slug.replace("-", "_"): role})


def pages() -> Iterator[tuple[type[Model], RowAdmin[Any]]]:
    for model in WITH_PAGES:
        found = admin.site._registry[model]
        assert isinstance(found, RowAdmin)
        yield model, found


def first(model: type[Model], workspace: Workspace) -> Model | None:
    with tenancy.unscoped("the test looks at any row"):
        column = admin_access.column_of(model)
        return model._default_manager.filter(**{column: workspace.pk} if column else {}).first()


def snapshot() -> dict[str, Any]:
    with tenancy.unscoped("the test looks at every row"):
        return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in WITH_PAGES}


def includes(role: Role, needed: Role | None) -> bool:
    return needed is not None and role.includes(needed)


@pytest.mark.long
@pytest.mark.parametrize("role", list(Role))
def test_every_page_is_seen_by_the_roles_that_may_read_it(history: None, workspace: Workspace, role: Role) -> None:
    client, found, expected = member(workspace, role), {}, {}
    for model, _ in pages():
        row = first(model, workspace)
        if row is None:
            continue
        is_seen = includes(role, SEES.get(model.__name__, Role.VIEWER))
        answers = client.get(page(model, "changelist")), client.get(page(model, "change", row.pk))
        found[model.__name__] = [each.status_code for each in answers]
        expected[model.__name__] = [200, 200] if is_seen else [403, 403]

    assert len(found) > 30
    assert found == expected


def test_nobody_sees_or_touches_rows_of_other_workspaces(
    history: None, workspace: Workspace, other_workspace: Workspace
) -> None:
    client, before = member(other_workspace, Role.ADMIN), snapshot()
    shown, told = {}, []
    for model, found in pages():
        row = first(model, workspace)
        if row is None:
            continue
        one, url = page(model, "change", row.pk), page(model, "changelist")
        answers = [client.get(one), client.post(one, {}), client.post(page(model, "delete", row.pk), {"post": "yes"})]
        told += [
            client.post(url, {"action": name, "_selected_action": [str(row.pk)], "confirmed": "yes", "reason": "x"})
            for name in [*(found.actions or ()), "delete_selected"]
        ]
        shown[model.__name__] = {answer.status_code for answer in answers}
        told.append(client.get(url))

    assert {status for statuses in shown.values() for status in statuses} <= {302, 403}
    assert [answer for answer in told if answer.status_code == 200 and b"alert(" in answer.content] == []
    assert snapshot() == before


@pytest.mark.long
@pytest.mark.parametrize("role", list(Role))
def test_actions_are_offered_and_taken_from_the_role_on_that_they_need(
    history: None, workspace: Workspace, role: Role
) -> None:
    client, before = member(workspace, role), snapshot()
    for model, found in pages():
        row = first(model, workspace)
        if row is None or not includes(role, SEES.get(model.__name__, Role.VIEWER)):
            continue
        text = client.get(page(model, "changelist")).content.decode()
        for name in map(str, found.actions or ()):
            [permission] = getattr(found, name).allowed_permissions
            is_allowed = includes(role, {"repair": Role.OPERATOR, "edit": Role.EDITOR}[permission])
            answer = client.post(page(model, "changelist"), {"action": name, "_selected_action": [str(row.pk)]})
            asks = b'name="confirmed"' in answer.content
            assert (model.__name__, name, f'value="{name}"' in text, asks) == (
                model.__name__, name, is_allowed, is_allowed,
            )  # fmt: skip
            assert b"<script>alert" not in answer.content

    assert snapshot() == before


def test_pages_are_for_the_roles_that_they_name_in_their_workspace_alone(
    history: None, workspace: Workspace, other_workspace: Workspace
) -> None:
    """What the long tests ask over HTTP, asked of the pages themselves."""
    for model, found in pages():
        row = first(model, workspace)
        for role in Role:
            mine, others = asking_as({workspace.pk: role}), asking_as({other_workspace.pk: Role.ADMIN})
            changes = any(model.__name__ == name and role.includes(needed) for name, needed in CHANGES)
            deletes = any(model.__name__ == name and role.includes(needed) for name, needed in DELETES)
            expected = [includes(role, SEES.get(model.__name__, Role.VIEWER)), False, changes, deletes]
            assert (model.__name__, role, may(found, mine, row)) == (model.__name__, role, expected)
            if row is not None and model.__name__ != "Heartbeat":
                assert (model.__name__, may(found, others, row)) == (model.__name__, [False] * 4)


def asking_as(roles: dict[UUID, Role]) -> Any:
    request: Any = type("Request", (), {"user": None})()
    request._reach = admin_access.Reach(roles)
    return request


def may(found: RowAdmin[Any], request: Any, row: Model | None) -> list[bool]:
    """See, add, change, delete."""
    asked = (found.has_view_permission, found.has_change_permission, found.has_delete_permission)
    sees, changes, deletes = (each(request, row) for each in asked)
    return [sees, found.has_add_permission(request), changes, deletes]


def test_an_action_on_rows_of_two_workspaces_needs_the_role_in_both(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    mine, others = started(workspace, asking()), started(other_workspace, asking())
    client = staff(**{
        workspace.slug.replace("-", "_"): Role.OPERATOR,
        other_workspace.slug.replace("-", "_"): Role.VIEWER,
    })  # fmt: skip
    form = {"action": "cancel", "_selected_action": [str(mine.pk), str(others.pk)], "confirmed": "yes", "comment": ""}

    answer = client.post(page(Run, "changelist"), form)

    said = [str(each) for each in get_messages(answer.wsgi_request)]
    assert said == ["Your role does not allow this with all of them; nothing was done."]
    with tenancy.unscoped("the test looks at both workspaces"):
        assert {*Run.objects.values_list("status", flat=True)} == {"waiting"}


def test_what_was_not_selected_is_never_meant(workspace: Workspace) -> None:
    run = started(workspace, asking())
    form = {"action": "approve", "select_across": "1", "confirmed": "yes", "comment": ""}
    chosen = str(action_of(run, "ask").pk)

    for more in ({"_selected_action": [chosen]}, {"_selected_action": ["'; --"], "select_across": "0"}):
        member(workspace, Role.ADMIN).post(page(ActionRun, "changelist"), {**form, **more})

    assert action_of(run, "ask").status == "waiting"


def test_a_permission_of_django_opens_no_workspace(workspace: Workspace, history: None) -> None:
    user = User.objects.create_user("granted", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(user)

    assert client.get(page(Run, "changelist")).status_code == 403
    workspaces.add_member(factories.WorkspaceFactory.create(), user=user, role=Role.VIEWER)
    assert list(client.get(page(Run, "changelist")).context["cl"].result_list) == []


@pytest.mark.long
def test_no_list_counts_or_compares_all_rows_whatever_is_filtered(history: None, workspace: Workspace) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    asked = 0
    for model, _ in pages():
        url = page(model, "changelist")
        specs = client.get(url).context["cl"]
        links = [choice["query_string"] for spec in specs.filter_specs for choice in spec.choices(specs)]
        for query in {"", "?_facets=True", "?o=1.2", "?all=", "?q=x", "?p=2", *links}:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                status = client.get(f"{url}{query}").status_code
            asked += 1
            statements = [each["sql"] for each in queries.captured_queries]
            counting = [each for each in statements if "COUNT(" in each or "SELECT DISTINCT" in each]
            assert (model.__name__, query, status in {200, 302}, counting) == (model.__name__, query, True, [])

    assert asked > 200


def test_a_page_knows_of_itself_and_one_row_more(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        factories.event(workspace, number=number)
    monkeypatch.setattr(RowAdmin, "list_per_page", 3)
    client = member(workspace, Role.VIEWER)

    seen = [client.get(page(Event, "changelist"), {"p": number}) for number in (1, 2, 3)]

    numbers = [[row.data["number"] for row in each.context["cl"].result_list] for each in seen]
    assert numbers == [[6, 5, 4], [3, 2, 1], [0]]
    links = [('rel="prev"' in (text := each.content.decode()), 'rel="next"' in text) for each in seen]
    assert links == [(False, True), (True, True), (True, False)]
    with tenancy.scope(workspace.pk):
        assert [OnePageAhead(Event.objects.order_by("id"), 3, wanted=each).count for each in (1, 2, 3)] == [4, 7, 7]


def test_runs_are_found_by_exact_words_of_theirs(workspace: Workspace, other_workspace: Workspace) -> None:
    run = started(workspace, asking())
    started(other_workspace, asking())
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    with tenancy.scope(workspace.pk):
        workflow, event = Workflow.objects.get(), Event.objects.get()

    terms = {str(run.pk), str(workflow.pk), str(event.pk), event.event_id, workflow.slug}
    found = {
        term: [row.pk for row in client.get(page(Run, "changelist"), {"q": term}).context["cl"].result_list]
        for term in (*terms, "no-such", workflow.slug[:-1])
    }
    of = client.get(page(Run, "changelist"), {"of": workspace.slug}).context["cl"].result_list

    assert {term for term, pks in found.items() if run.pk in pks} == terms
    assert {len(pks) for term, pks in found.items() if term not in {*terms}} == {0}
    assert [row.pk for row in of] == [run.pk]


def test_a_nul_in_the_url_of_a_page_is_refused(workspace: Workspace) -> None:
    client = member(workspace, Role.VIEWER)

    answers = [client.get(f"/admin/workflows/workflow/?{name}=%00") for name in ("of", "status__exact", "q")]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
