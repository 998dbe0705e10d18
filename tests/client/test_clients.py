"""What callers do with the client, against the product."""

import httpx
import pytest
from sequitur_client import (
    Changed,
    Client,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    UnexpectedAnswer,
)
from sequitur_client.generated import models as m

from core import tenancy
from core.models import Role, Secret, Workspace
from tests.client.conftest import NO_PAUSE, Connect
from tests.factories import definition, log_event
from workflows.models import Workflow

ONE = "SELECT 1 AS one"


def test_a_workflow_is_created_published_and_read_in_types(sequitur: Client) -> None:
    made = sequitur.workflows.create(definition=definition())
    published = sequitur.workflows.publish(made, reason="first")
    found = sequitur.workflows.retrieve(made.id)

    assert isinstance(found, m.WorkflowResponse)
    assert (made.status, published.version.number, found.status, found.name) == ("draft", 1, "active", "Greet")
    assert (made.response_etag.startswith('"r1.'), made.response_request_id != "") == (True, True)


def test_a_row_that_was_changed_meanwhile_is_not_overwritten(sequitur: Client) -> None:
    made = sequitur.workflows.create(definition=definition())
    mine, theirs = sequitur.workflows.retrieve(made), sequitur.workflows.retrieve(made)

    changed = sequitur.workflows.update(theirs, definition=definition(log_event("theirs")))
    with pytest.raises(Conflict) as refused:
        sequitur.workflows.update(mine, definition=definition(log_event("mine")))

    assert isinstance(refused.value, Changed)
    assert (refused.value.status, refused.value.code) == (412, "precondition_failed")
    now = sequitur.workflows.retrieve(made)
    assert (now.revision, now.draft["actions"][0]["params"]) == (2, {"message": "theirs"})
    again = sequitur.workflows.update(changed, definition=definition(log_event("again")))  # it carries the new tag
    last = sequitur.workflows.update(made.id, definition=definition(log_event("by id")))  # an id knows no revision
    assert (again.revision, last.revision) == (3, 4)


def test_a_change_leaves_what_is_not_given(sequitur: Client) -> None:
    made = sequitur.event_types.create(name="lead.created", description="A lead", producer="crm")

    changed = sequitur.event_types.partial_update(made, description="One lead")

    assert (changed.description, changed.producer) == ("One lead", "crm")


def test_errors_are_types_that_say_which_request_it_was(
    sequitur: Client, connect: Connect, workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = connect(other_workspace).workflows.create(definition=definition())

    with pytest.raises(NotFound) as absent:
        sequitur.workflows.retrieve(theirs.id)
    with pytest.raises(Invalid) as wrong:
        sequitur.events.send(type="no good type!", data={})
    with pytest.raises(Forbidden):
        connect(workspace, Role.VIEWER).secrets.create(name="token", value="x")
    with pytest.raises(Unauthenticated) as stranger:
        Client("http://testserver", "sq_wrong", transport=sequitur._http._transport).workflows.list().first()
    with pytest.raises(Conflict):
        [sequitur.workflows.create(definition=definition()) for _ in range(2)]

    assert (absent.value.code, absent.value.status) == ("not_found", 404)
    assert f"(request {absent.value.request_id})" in str(absent.value)
    assert [each.path for each in wrong.value.errors] == ["/type"]
    assert "/type: " in str(wrong.value)
    assert "sq_wrong" not in str(stranger.value)


def test_a_list_is_read_over_its_pages(sequitur: Client) -> None:
    names = [f"lead.type{number}" for number in range(5)]
    for name in names:
        sequitur.event_types.create(name=name)

    found = sequitur.event_types.list(limit=2)

    assert sorted(row.name for row in found if row.registered) == names
    assert [len(page.results) for page in found.pages()] == [2, 2, 1]
    assert sequitur.workflows.list().first() is None
    assert sequitur.connections.list() == []


def test_a_key_of_the_caller_makes_one_of_two_requests(sequitur: Client, workspace: Workspace) -> None:
    first = sequitur.workflows.create(definition=definition(), idempotency_key="k-1")
    second = sequitur.workflows.create(definition=definition(), idempotency_key="k-1")

    with tenancy.scope(workspace.pk):
        assert (first.id == second.id, Workflow.objects.count()) == (True, 1)


def test_what_has_no_answer_and_what_is_no_json_is_read(sequitur: Client, workspace: Workspace) -> None:
    sequitur.secrets.create(name="token", value="v")

    assert sequitur.secrets.destroy("token") is None
    assert sequitur.key_values.update("default/a/b", value=1).version > 0
    assert sequitur.key_values.retrieve(sequitur.key_values.retrieve("default/a/b")).value == 1
    with tenancy.scope(workspace.pk):
        assert not Secret.objects.filter(name="token").exists()


def test_an_answer_of_several_kinds_is_what_it_says_that_it_is(sequitur: Client, workspace: Workspace) -> None:
    made = sequitur.workflows.create(definition=definition())

    drawn, text = sequitur.workflows.export(made, as_="react_flow"), sequitur.workflows.export(made, as_="yaml")
    export = sequitur.workspaces.export
    wholes = [export(workspace.slug), export(workspace.slug, as_="yaml"), export(workspace.slug, as_="zip")]
    rows, table = sequitur.events.query(sql=ONE), sequitur.events.query(sql=ONE, format="csv")

    assert isinstance(drawn, dict)
    assert (set(drawn) >= {"nodes", "edges"}, str(text).startswith("name: Greet\n")) == (True, True)
    assert [type(each) for each in wholes] == [dict, str, bytes]
    assert isinstance(wholes[2], bytes)
    assert wholes[2].startswith(b"PK")
    assert (isinstance(rows, m.QueryResponse), table) == (True, "one\r\n1\r\n")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_an_id_that_leads_elsewhere_is_not_sent(name: str) -> None:
    client = Client("http://testserver", "sq_x")

    with pytest.raises(ValueError, match="names nothing"):
        client.workflows.destroy(name)
    with pytest.raises(ValueError, match="names nothing"):
        client.key_values.destroy(f"default/{name}/b")


def test_a_slash_in_an_id_stays_in_its_place(sequitur: Client) -> None:
    with pytest.raises(NotFound):
        sequitur.workflows.retrieve("x/../../secrets")


def test_where_and_who_have_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQUITUR_URL", raising=False)
    monkeypatch.delenv("SEQUITUR_API_KEY", raising=False)

    with pytest.raises(ValueError, match="SEQUITUR_URL"):
        Client(api_key="sq_x")
    with pytest.raises(ValueError, match="SEQUITUR_API_KEY"):
        Client("http://testserver")
    monkeypatch.setenv("SEQUITUR_URL", "http://testserver")
    monkeypatch.setenv("SEQUITUR_API_KEY", "sq_canary")

    assert repr(Client(retries=NO_PAUSE)) == "Client('http://testserver/')"


def test_an_answer_that_is_not_as_described_is_an_error_that_shows_nothing_of_it() -> None:
    answer = httpx.Response(200, json={"results": [{"name": "canary-c4n4ry"}]})
    client = Client("http://testserver", "sq_x", transport=httpx.MockTransport(lambda request: answer))

    with pytest.raises(UnexpectedAnswer, match=r"secrets_list: .* results/0/created_at: Field required") as shown:
        client.secrets.list()

    assert "canary" not in str(shown.value)
