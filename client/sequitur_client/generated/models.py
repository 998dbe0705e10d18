"""The shapes of the API. Written by `make client` from docs/openapi.json: do not edit."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from sequitur_client import models as base

ActionStatus = Literal[
    "pending", "queued", "running", "waiting", "completed", "failed", "skipped", "cancelled", "needs_decision"
]
"""How far one action of a run is."""

Allowed = Literal["viewer", "operator", "editor", "admin", "nobody"]
"""Who may use an action type: the least role, or nobody."""

ApiKeyAuthInEnum = Literal["header", "query"]
"""As the API describes it."""

AuthStyleEnum = Literal["basic", "body"]
"""As the API describes it."""

BatchResultStatusEnum = Literal["accepted", "duplicate", "rejected"]
"""As the API describes it."""

CancelMode = Literal["cooperative", "immediate"]
"""Whether what runs at the moment is let end, or interrupted."""

CircuitState = Literal["closed", "open", "half_open"]
"""Closed lets all runs start, open none; half-open one, to try."""

DeadLetterResponseStatusEnum = Literal["open", "redriving", "redriven", "discarded"]
"""As the API describes it."""

DeliveryStatus = Literal["pending", "sent", "failed", "grouped", "skipped"]
"""How far a notification is."""

Effects = Literal["none", "keyed", "once"]
"""What happens outside when an action is performed, and so what may follow a crash in the middle of it."""

FormatEnum = Literal["json", "csv"]
"""As the API describes it."""

ItemStatus = Literal["pending", "done", "failed", "skipped"]
"""How far one item of a repair is."""

Kind = Literal[
    "workflow_changed",
    "trigger_added",
    "trigger_removed",
    "trigger_changed",
    "action_added",
    "action_removed",
    "action_renamed",
    "action_moved",
    "action_changed",
]
"""What kind of difference it is."""

KindEnum = Literal["event", "action", "message"]
"""As the API describes it."""

LetterKind = Literal["event", "action", "message"]
"""What could not be done."""

Needed = Literal["connection", "secret", "variable", "workflow", "action_type", "event_type"]
"""Kinds of what is needed."""

NotifyOn = Literal["ON_READY", "ON_STARTED", "ON_COMPLETED", "ON_FAILED", "ON_RETRY", "ON_NEEDS_DECISION", "ON_PAUSED"]
"""What happens to an action, or to the run, of which people are told."""

OperationMethodEnum = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
"""As the API describes it."""

Outcome = Literal["created", "changed", "unchanged", "kept", "refused"]
"""What was done, or would be."""

ParamInEnum = Literal["path", "query", "header", "json", "form", "body"]
"""As the API describes it."""

PluginResponseStatusEnum = Literal["loaded", "faulty"]
"""As the API describes it."""

RepairStatus = Literal["pending", "running", "paused", "stopped", "completed", "cancelled"]
"""How far a repair is."""

ReplayVersion = Literal["original", "current"]
"""Which version a replay goes by."""

Role = Literal["viewer", "operator", "editor", "admin"]
"""What somebody may do in a workspace; each role includes the ones before it."""

RunStatus = Literal["queued", "running", "waiting", "completed", "failed", "cancelled", "needs_decision"]
"""How far a run is."""

RunsPolicy = Literal["pin", "follow", "migrate"]
"""Which version the runs that have not ended go on with."""

Side = Literal["draft", "template"]
"""Whose change is taken where both changed the same."""

Target = Literal["run", "notification"]
"""What the items of a repair are."""

TestMethodEnum = Literal["GET", "POST", "HEAD"]
"""As the API describes it."""

TickStatus = Literal["fired", "missed", "skipped"]
"""What became of a time."""

TypeEnum = Literal["string", "integer", "number", "boolean", "object", "array", "any"]
"""As the API describes it."""

Validation = Literal["off", "warn", "enforce"]
"""What becomes of an event whose data does not fit the schema of its type."""


class AcceptRequest(base.Model):
    """The token of an invitation."""

    token: str


class AcceptedResponse(base.Model):
    """An event as it was accepted. `id` is the sender's when one was sent, `uid` is ours."""

    warnings: list[Mismatch] = []
    """What does not fit its type; absent when nothing"""
    id: str
    uid: str
    type: str
    source: str
    time: dt.datetime
    duplicate: bool


class ActionRoles(base.Model):
    """The least role of publishers whose workflows may use an action type, by type; one that is not here is for
    all.
    """

    roles: dict[str, Allowed | str]
    """Such as {"db_query": "admin", "ai_agent": "nobody"}"""


class ActionRunResponse(base.Model):
    """One action of a run: its state, what went in and came out, and every try."""

    id: str
    """Of this action in this run: what `decide` takes"""
    key: str
    """Its id in the definition; `<id>.undo` for what makes it undone"""
    type: str
    iteration: str | None
    """The number of its item, behind those of the lists around: 0.2"""
    index: int | None
    """The last number of `iteration`"""
    parent: str | None
    """The `id` of the action that holds it: a loop, one of its items, a parallel"""
    item: Any
    status: ActionStatus | str
    port: str | None
    """The port that fired: done, error, or a port of its type, of one that was left out too. What needs another
    one is skipped. With `allow_failure`, done fires beside error
    """
    attempts: list[AttemptResponse]
    """Its real tries; waiting is none"""
    input: dict[str, Any] | None
    """The parameters of the last try, with their templates filled in"""
    output: dict[str, Any] | None
    """What later actions read; of one whose `if` did not hold, why: {skipped}"""
    reused: dict[str, Any] | None
    """{run, action_run} of another run that it was taken over from: it was not done in this one"""
    error: dict[str, Any] | None
    """{code, message}"""
    usage: dict[str, int | float]
    """What its tries used up, those that failed too"""
    due_at: dt.datetime | None
    """When it goes on by itself"""
    waiting_for: dict[str, Any] | None
    """While it waits: {kind, ...}; the kind is time, retry, event, approval, run, actions or decision. The last
    and approvals have `choices` for `decide`
    """
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    duration_ms: int | None


class ActionTypeResponse(base.Model):
    """An action type, with the JSON Schemas of its parameters and of its output (null: anything)."""

    key: str
    title: str
    description: str
    category: str
    icon: str
    effects: str
    """none, keyed or once: whether it is tried again when nobody knows if it was done. keyed: with the same
    idempotency key; once: a person decides
    """
    ports: list[str]
    """What others may need of it, as `id.port`; a switch has its cases besides"""
    aliases: list[str]
    """Other names that definitions may use"""
    connections: dict[str, list[str]]
    """Parameters that name a connection, each with its kinds"""
    params_schema: dict[str, Any]
    output_schema: dict[str, Any] | None


class ApiKeyAuth(base.Model):
    """A key in a header or in the query."""

    kind: Literal["api_key"]
    in_: ApiKeyAuthInEnum = Field("header", alias="in")
    name: str
    prefix: str = ""
    """What stands before the key, with its space"""
    description: str = "The key."


class ApiKeyChange(base.Model):
    """What is to be changed of a key; what is left out stays."""

    name: str | None = None
    scopes: list[str] | None = None
    """Of events:read, events:write, workflows:read, workflows:write, runs:read, runs:write, connections:read,
    connections:write, data:read, data:write, secrets:read, secrets:write, workspace:read, workspace:write,
    access:read, access:write, audit:read; none: all that the role allows
    """
    expires_at: dt.datetime | None = None


class ApiKeyRequest(base.Model):
    """A key to make."""

    name: str
    role: Role
    scopes: list[str] = []
    """Of events:read, events:write, workflows:read, workflows:write, runs:read, runs:write, connections:read,
    connections:write, data:read, data:write, secrets:read, secrets:write, workspace:read, workspace:write,
    access:read, access:write, audit:read; none: all that the role allows
    """
    expires_at: dt.datetime | None = None
    service_account: UUID | None = None
    """Whose key it is; left out: that of whoever asks"""


class ApiKeyResponse(base.Model):
    """A key without what it is: `prefix` is its beginning."""

    id: UUID
    name: str
    role: str
    created_by: str
    created_at: dt.datetime
    prefix: str
    scopes: list[str]
    status: str
    """`active`, `expired` or `revoked`"""
    user: str | None
    """Whose key it is; it ends when they leave"""
    service_account: UUID | None
    """Whose key it is; it ends with it"""
    last_used_at: dt.datetime | None
    """Exact to a minute"""
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    replaced_by: UUID | None


class AttemptResponse(base.Model):
    """One real try of an action."""

    number: int
    outcome: str
    started_at: dt.datetime
    finished_at: dt.datetime
    duration_ms: int
    input: dict[str, Any] | None
    request: dict[str, Any] | None
    response: dict[str, Any] | None
    error: dict[str, Any] | None
    usage: dict[str, int | float]
    """What this try used up"""


class AuditResponse(base.Model):
    """That somebody changed something. `hash` is made of the entry, `seq` and the hash of the one before it."""

    id: str
    seq: int | None
    at: dt.datetime
    actor: str
    action: str
    target: str
    target_id: str | None
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request_id: str
    address: str
    prev_hash: str
    hash: str


class AuthorizeResponse(base.Model):
    """Where a person agrees; good for ten minutes."""

    url: str


class BacktestDifferenceResponse(base.Model):
    """An event, what became of it (`did`), and what the definition would have done (`would`), by trigger."""

    event: EventName
    would: list[DecisionResponse]
    did: list[DecisionResponse]


class BacktestRequest(base.Model):
    """Which definition decides, and on which events: the draft unless one of the others is given."""

    version: int | Literal["draft", "active"] = "draft"
    """The number of a version, the active one, or the draft"""
    draft: bool = False
    """The same as `version: draft`"""
    definition: dict[str, Any] | None = None
    """In the place of the draft: one that is not saved"""
    since: dt.datetime | None = None
    """Default: seven days before `until`"""
    until: dt.datetime | None = None
    """Not included; default: now"""
    limit: int = 100000
    """The first so many events of that time"""
    sample: int = 20
    """How many events each list shows"""


class BacktestResponse(base.Model):
    """What the definition would have done. Counts are of decisions: one for each event and trigger that it meets.

    `events_seen` are those that the definition, or the workflow as it was, listens to. With `is_complete` false
    there are more than the limit, or than time: nothing is said of what came after `scanned_until`.
    """

    version: int | None
    """null: a draft"""
    since: dt.datetime
    until: dt.datetime
    events_seen: int
    matched: int
    """The sum of the other four"""
    fired: int
    suppressed: int
    pending: int
    """Of which a debounce goes on at the end"""
    failed: int
    held_by: dict[str, int]
    """How many of those that did not fire, by the word for why"""
    not_simulated: list[str]
    """Controls of the definition that would hold back more"""
    would_fire: list[EventDecision]
    """The first that fire"""
    would_not: list[EventDecision]
    """The first that are met, and do not fire"""
    compared: ComparedResponse
    is_complete: bool
    scanned_until: dt.datetime | None


class BasicAuth(base.Model):
    """HTTP Basic: a user name (that of a setting, or a secret of its own) and a password."""

    kind: Literal["basic"]
    username_setting: str | None = None
    """The setting that is the user name; default: a secret"""
    description: str = "The password."


class BatchRequest(base.Model):
    """1 to 1,000 events in short form."""

    events: list[EventRequest]


class BatchResult(base.Model):
    """What became of one event. `uid` is null for one that was rejected, and so may `id` be."""

    warnings: list[Mismatch] = []
    """What does not fit its type; absent when nothing"""
    id: str | None
    uid: str | None
    status: BatchResultStatusEnum | str
    error: Refusal | None


class BearerAuth(base.Model):
    """`Authorization: Bearer <token>`."""

    kind: Literal["bearer"]
    description: str = "The token."


class BulkNotificationsRequest(base.Model):
    """One operation on many notifications: replay."""

    operation: str
    """What is done to each"""
    options: dict[str, Any] | None = None
    """How: of the operation, see docs/bulk-repair.md"""
    reason: str = ""
    """Why; kept with each of them"""
    per_second: float = 10.0
    """The pace, of all workers together"""
    max_errors: int = 10
    """With so many failures it stops"""
    preview: bool = False
    """Say what would happen, and do nothing"""
    expected: int | None = None
    """The `matched` of the preview; needed to have it done"""
    filter: NotificationFilter


class BulkPreviewResponse(base.Model):
    """What would happen. Nothing was done."""

    matched: int
    """To how many it would be done: send it as `expected` to have it done"""
    left_out: int
    """How many meet the filter but are in a state that the operation is not for"""
    by_workflow: list[OfWorkflowResponse]
    effects: EffectsResponse
    refused: int
    """To how many it could not be done, as things are"""
    looked_at: int
    """Of how many of them the effects and refusals are: the first 1,000"""
    estimated_seconds: int
    """At `per_second`, at least"""
    examples: list[ExampleResponse]
    """Up to 20, the oldest first"""
    warnings: list[str]


class BulkRunsRequest(base.Model):
    """One operation on many runs: cancel, retry, replay or move."""

    operation: str
    """What is done to each"""
    options: dict[str, Any] | None = None
    """How: of the operation, see docs/bulk-repair.md"""
    reason: str = ""
    """Why; kept with each of them"""
    per_second: float = 10.0
    """The pace, of all workers together"""
    max_errors: int = 10
    """With so many failures it stops"""
    preview: bool = False
    """Say what would happen, and do nothing"""
    expected: int | None = None
    """The `matched` of the preview; needed to have it done"""
    filter: RunFilter


class BundleImportResponse(base.Model):
    """What the import of a bundle did, or would do."""

    dry_run: bool
    """Whether it was only looked at: then nothing has changed"""
    counts: dict[str, int]
    """How many came to what"""
    items: list[TransferItemResponse]
    warnings: list[str]
    digest: str
    """What this preview showed: for `expected`"""


class BundleRequest(base.Model):
    """A bundle as `GET workspaces/{slug}/export/` gives it, which may also be the whole body, with other names."""

    bundle: dict[str, Any]
    """docs/transfer.md"""
    mapping: Mapped | None = None
    """Names, each with the one that it becomes here"""


class CancelRequest(base.Model):
    """How a run is cancelled, and what is said with it."""

    mode: CancelMode = "cooperative"
    """cooperative: what runs is let end; immediate: it is interrupted"""
    comment: str = ""
    """What is said with it"""


class ChangeRequest(base.Model):
    """What is to be another one; what is not named stays."""

    name: str | None = None
    pins: dict[str, Any] | None = None
    answers: dict[str, Any] | None = None
    expected: ExpectedRequest | None = None
    ignore: list[str] | None = None


class ChangeResponse(base.Model):
    """One difference."""

    kind: Kind | str
    key: str
    """The id of the trigger or action; empty: the workflow itself"""
    pointer: str
    """A JSON pointer into that trigger or action; empty: all of it"""
    path_before: str | None
    """A JSON pointer into the definition `before`"""
    path_after: str | None
    """A JSON pointer into the definition `after`"""
    before: Any
    after: Any
    sentence: str


class CircuitResponse(base.Model):
    """A circuit breaker: open, nothing starts; half open, one run tries. `until` null is until somebody resumes
    it.
    """

    state: CircuitState | str
    failures: int
    """That count at the moment"""
    opened_at: dt.datetime | None
    until: dt.datetime | None
    reason: str
    """Why nothing starts; empty while it is closed"""


class CloudEvent(base.OpenModel):
    """A CloudEvent in the JSON format. Other members are its extensions; null is as good as absent."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    """Names joined by dots; triggers listen to it"""
    subject: str | None = None
    time: str | None = None
    """RFC 3339"""
    datacontenttype: str | None = None
    dataschema: str | None = None
    data: Any = None
    """Any JSON; names of templates are found in objects only"""
    data_base64: str | None = None
    """Bytes, in the place of `data`"""


class ComparedResponse(base.Model):
    """Against what really happened: the events with which the workflow started and would have (`same`), and those
    with which only one of both is so.
    """

    active_version: int | None
    same: int
    would_fire_and_did_not: DifferencesResponse
    fired_and_would_not: DifferencesResponse


class ConflictResponse(base.Model):
    """A place that the workflow and the template changed, each in its own way."""

    path: str
    """A JSON pointer in which triggers and actions are named by their ids"""
    base: Any
    """What stood there when the workflow was made of the template; null: nothing"""
    draft: Any
    template: Any
    sentence: str


class ConnectionChange(base.Model):
    """What is to change. Secret fields that are left out keep their value; settings are replaced as a whole."""

    name: str = ""
    settings: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    """null takes one away"""
    role: Role = "editor"
    expires_at: dt.datetime | None = None


class ConnectionRequest(base.Model):
    """A new connection. The fields of `settings` and `secrets` are those of its kind: see connection-types."""

    name: str
    kind: str
    settings: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    """Never answered again"""
    role: Role = "editor"
    """The least role of publishers whose workflows may use it"""
    expires_at: dt.datetime | None = None
    """When its credentials end, if you know"""


class ConnectionResponse(base.Model):
    """A connection. `secrets` says which secret fields are set, as `{"token": "set"}`, and nothing more."""

    id: str
    name: str
    kind: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    role: Role | str
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    tested_at: dt.datetime | None
    test_error: dict[str, Any] | None
    warnings: list[ConnectionWarning]
    created_at: dt.datetime
    updated_at: dt.datetime


class ConnectionTestResponse(base.Model):
    """What a test found: a sentence, and for a failure its code."""

    ok: bool
    message: str
    code: str | None


class ConnectionTypeResponse(base.Model):
    """A connection type, with the JSON Schemas of its settings and of its secret fields."""

    key: str
    title: str
    description: str
    icon: str
    settings_schema: dict[str, Any]
    secrets_schema: dict[str, Any]
    is_oauth: bool
    """Whether its tokens are fetched from an OAuth server"""


class ConnectionWarning(base.Model):
    """What somebody should look at."""

    code: str
    """expired, expires_soon, authorization_needed, test_failed or unreadable"""
    message: str


class ConnectorDocument(base.Model):
    """An API, how to sign in to it, and what it can do."""

    name: str
    title: str
    description: str = ""
    icon: str = "plug"
    source: str = ""
    """Where the vendor describes the API"""
    base_url: str
    auth: NoAuth | BearerAuth | BasicAuth | ApiKeyAuth | OAuth2Auth | None = None
    settings: dict[str, Setting] = {}
    headers: dict[str, str] = {}
    """Sent with every request"""
    errors: Errors | None = None
    test: Test | None = None
    operations: list[Operation]


class ConnectorOperation(base.Model):
    """An operation, with the JSON Schemas of what it takes and gives."""

    key: str
    title: str
    description: str
    category: str
    effects: str
    params_schema: dict[str, Any]
    output_schema: dict[str, Any]


class ConnectorResponse(base.Model):
    """A connector of the workspace, as it was stored and as it is understood."""

    name: str
    title: str
    description: str
    version: int
    document: dict[str, Any]
    """As it was sent"""
    operations: list[ConnectorOperation]
    created_at: dt.datetime
    updated_at: dt.datetime


class ConnectorSummary(base.Model):
    """A connector in a list."""

    name: str
    title: str
    version: int
    updated_at: dt.datetime


class DashboardResponse(base.Model):
    """How a workspace does at the moment."""

    runs_24h: dict[str, int]
    """Runs that began in the last 24 hours, by status"""
    runs_now: dict[str, int]
    """Runs that have not ended, by status; `held` are among the queued"""
    failing_workflows: list[FailingResponse]
    """The ten with the most failures in 24 hours"""
    queues: list[QueueResponse]
    dead_letters: dict[str, int]
    """Open ones, by kind"""
    paused_workflows: list[Named]
    """Those whose circuit breaker is open, at most ten"""
    counted_to: int
    """No figure is counted any further"""


class DeadLetterFilters(base.Model):
    """Which letters; what is not given is not asked."""

    kind: LetterKind | None = None
    code: str | None = None
    workflow: UUID | None = None
    q: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class DeadLetterResponse(base.Model):
    """What was given up, why, and what was done about it."""

    id: UUID
    kind: KindEnum | str
    source: UUID
    workflow: UUID | None
    run: UUID | None
    queue: str
    task: str
    code: str
    message: str
    attempts: int
    payload: Any
    status: DeadLetterResponseStatusEnum | str
    reason: str
    resolved_by: str
    resolved_at: dt.datetime | None
    redrive_at: dt.datetime | None
    created_at: dt.datetime


class DecisionRequest(base.Model):
    """What a person decides: approved or rejected; confirm, resend or skip where the outcome is unknown."""

    decision: str
    """One of the `choices` of the action's `waiting_for`: approved or rejected; where the outcome is unknown,
    confirm (it was done), resend (do it again, with the same idempotency key) or skip (it, and what needs it)
    """
    comment: str = ""
    """What is said with it"""


class DecisionResponse(base.Model):
    """What became of an event at one trigger.

    `explanation` is the tree of all predicates with what was expected and what was there; `would_fire_if` the
    smallest change of fields that would have made it fire, null when none is known.
    """

    workflow: WorkflowName
    version: int | None
    trigger: TriggerName
    verdict: str
    """fired, not_matched, suppressed, failed, not_listening or pending"""
    code: str
    """A stable word for why it was held back, or waits: loop, debounce, ...; else empty"""
    reason: str
    until: dt.datetime | None
    """When the reason is gone, or what is pending is decided"""
    run: UUID | None
    """The run that it started, or was left out of, by itself or with others"""
    explanation: dict[str, Any] | None
    would_fire_if: list[dict[str, Any]] | None


class DiffResponse(base.Model):
    """What became of one definition in another."""

    before: str
    """What was given as `against`: a number, `draft`, or `nothing`"""
    after: str
    changes: list[ChangeResponse]


class DifferenceResponse(base.Model):
    """One place at which it came out otherwise; what is absent is null."""

    path: str
    expected: Any
    actual: Any
    message: str


class DifferencesResponse(base.Model):
    """How many events, and the first of them."""

    count: int
    sample: list[BacktestDifferenceResponse]


class DigestResponse(base.Model):
    """The message in which others went out."""

    id: str
    status: DeliveryStatus | str
    due_at: dt.datetime | None
    sent_at: dt.datetime | None


class DiscardRequest(base.Model):
    """Why, which has to be said."""

    reason: str


class DocumentsRequest(base.Model):
    """Workflows, each as `GET workflows/{id}/export/` gives it, also drawn for React Flow. One may be the body."""

    documents: list[dict[str, Any]]
    """1 to 100 definitions"""


class DuplicateRequest(base.Model):
    """The name of the copy."""

    name: str = ""
    """Empty: that of the workflow with "(copy)"
    """


class EffectsResponse(base.Model):
    """What would be done outside."""

    executed: int
    """Actions that are executed, or messages that are sent"""
    skipped: int
    """Actions that are not, since they are confirmed already"""
    needs_decision: int
    """Actions that may have been done, nobody knows: a retry asks a person, a replay does them again"""


class Error(base.Model):
    """Every error has this shape. Texts may change, codes do not."""

    detail: str
    """For people"""
    code: str
    """For programs: docs/api.md has them all"""
    errors: list[Problem]


class Errors(base.Model):
    """How the API says what went wrong. Paths are read in the body of the answer."""

    message: str | None = None
    code: str | None = None
    present: str | None = None
    """Where this stands in an answer, it is an error, 200 or not"""
    codes: dict[str, str] = {}
    """Their codes to ours"""
    retryable: list[str] = []
    """Their codes after which to try again"""


class EventDecision(base.Model):
    """What became of an event at one trigger of the workflow."""

    workflow: WorkflowName
    version: int | None
    trigger: TriggerName
    verdict: str
    """fired, not_matched, suppressed, failed, not_listening or pending"""
    code: str
    """A stable word for why it was held back, or waits: loop, debounce, ...; else empty"""
    reason: str
    until: dt.datetime | None
    """When the reason is gone, or what is pending is decided"""
    run: UUID | None
    """The run that it started, or was left out of, by itself or with others"""
    explanation: dict[str, Any] | None
    would_fire_if: list[dict[str, Any]] | None
    event: EventName


class EventName(base.Model):
    """Which event."""

    id: str
    uid: str
    type: str
    received_at: dt.datetime


class EventRequest(base.Model):
    """An event in short form. Without `id` every request is a new event; without `time` it happened now."""

    type: str
    """Names joined by dots; triggers listen to it"""
    data: dict[str, Any] | None = None
    """What templates and conditions read: `lead.score` is `data.lead.score`"""
    id: str = ""
    """The sender's own; with the same one it is accepted once"""
    source: str = ""
    """Default: the slug of the workspace"""
    subject: str = ""
    """What it is about, in the words of the sender"""
    time: dt.datetime | None = None
    """ISO 8601; without an offset it is UTC"""


class EventResponse(base.Model):
    """An event as it is stored. What it does not have, such as `request`, is left out."""

    warnings: list[Mismatch] = []
    """What does not fit its type; absent when nothing"""
    id: str
    uid: str
    type: str
    source: str
    subject: str
    time: dt.datetime
    received_at: dt.datetime
    matched_at: dt.datetime | None
    data: Any
    request: dict[str, Any] = {}
    """Of a webhook: method, headers, query"""
    extensions: dict[str, Any] = {}
    """The other attributes of a CloudEvent"""
    sent_by_run: str = ""
    """Of an event that a run sent: the run"""
    root: str = ""
    """Of an event that a run sent: our `uid` of the event that all began with"""
    dead_at: dt.datetime | None = None
    """Of an event that nobody could decide on: when it was given up"""
    depth: int = 0
    """Of an event that a run sent: how many runs led to it, one after the other"""


class EventSummary(base.Model):
    """An event in a list. `matched_at` is null until all triggers have decided."""

    id: str
    uid: str
    type: str
    source: str
    subject: str
    time: dt.datetime
    received_at: dt.datetime
    matched_at: dt.datetime | None


class EventTypeChange(base.Model):
    """What can be said about a type of events."""

    description: str = ""
    producer: str = ""
    """Who sends it"""
    labels: list[str] = []
    """Words that go with it, e.g. what a detector can find"""
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    """JSON Schema (2020-12) of the data"""
    sample: Any = None
    """Data of such an event; fits the schema"""
    validation: Validation = "off"
    """Whether data that does not fit is accepted, accepted with warnings, or refused"""


class EventTypeRequest(base.Model):
    """A type of events to register."""

    description: str = ""
    producer: str = ""
    """Who sends it"""
    labels: list[str] = []
    """Words that go with it, e.g. what a detector can find"""
    schema_: dict[str, Any] | None = Field(None, alias="schema")
    """JSON Schema (2020-12) of the data"""
    sample: Any = None
    """Data of such an event; fits the schema"""
    validation: Validation = "off"
    """Whether data that does not fit is accepted, accepted with warnings, or refused"""
    name: str
    """The `type` of its events; never changes"""


class EventTypeResponse(base.Model):
    """A type of events: one that was registered, or only seen. `seen` counts those whose triggers have decided."""

    name: str
    registered: bool
    description: str
    producer: str
    labels: list[str]
    schema_: dict[str, Any] | None = Field(alias="schema")
    sample: Any
    validation: Validation | str
    seen: int
    last_seen_at: dt.datetime | None
    created_at: dt.datetime | None
    updated_at: dt.datetime | None


class ExampleResponse(base.Model):
    """One of them."""

    id: str
    workflow: str
    status: str
    created_at: dt.datetime
    error: dict[str, Any] | None
    effects: EffectsResponse
    refusal: str | None
    """Why nothing would be done to it"""


class ExecuteRequest(base.Model):
    """What a workflow is started with."""

    data: dict[str, Any] | None = None
    """The data of its event; it fits the `input` of its manual trigger, if it has one"""
    idempotency_key: str = ""
    """With the same one there is one run; or the header `Idempotency-Key`"""


class ExecutionPage(base.Model):
    """Runs, newest first, and the hours of the whole period."""

    results: list[RunSummary]
    next: str | None
    previous: str | None
    hours: list[HourResponse]
    """Hours in UTC in which a run began, oldest first"""


class ExpectedRequest(base.Model):
    """What a test has to come to. Only what is named is compared."""

    status: str | None = None
    """Of the run"""
    error: str | None = None
    """The code of the run's error; null for none"""
    actions: dict[str, dict[str, Any]] | None = None
    """By id or `id[3]`: {status, output, would, error}"""


class ExplainRequest(base.Model):
    """An event: the id of one that came, or one as it could come, in short form."""

    event: str | EventRequest
    """The id of an event, or an event in short form"""
    draft: bool = False
    """Ask the draft and not what is, or was, active"""
    trigger: str = ""
    """Of a new event: the key of the trigger that it is for, as from its own webhook or schedule"""
    at: dt.datetime | None = None
    """The instant that `now` and `time` are read at; default: now"""


class FailingResponse(base.Model):
    """A workflow of which runs failed in the last 24 hours."""

    workflow: Named
    failed: int
    runs: int
    """All that began in that time"""
    failure_percent: float
    last_run: str
    last_error: dict[str, Any] | None
    """{code, message, action} of the newest that failed"""


class FateResponse(base.Model):
    """What would become of a run."""

    run: str
    status: str
    version: int
    created_at: dt.datetime
    moves: bool
    because: str | None
    """Why it would stay with its version"""


class FillRequest(base.Model):
    """What the new workflow is to be called, and the parameters."""

    name: str = ""
    """By default the template's name"""
    parameters: dict[str, Any] | None = None
    """Values by name, as the template's `parameters` ask for them"""


class FollowingResponse(base.Model):
    """An action whose turn comes next."""

    action: str
    iteration: str
    status: str


class GraphqlError(base.Model):
    """What went wrong with one field, or with the request."""

    message: str
    """For people"""
    locations: list[GraphqlPlace] | None = None
    path: list[str | int] | None = None
    """The field of `data` that is null for it"""
    extensions: GraphqlExtensions


class GraphqlExtensions(base.Model):
    """What the envelope of REST says of an error."""

    code: str
    """For programs: docs/api.md has them all"""
    status: int
    """The status that REST answers with"""
    errors: list[dict[str, str]]
    """{path, code, message} of everything that is wrong"""
    retryAfter: int | None = None
    """So many seconds later"""


class GraphqlPlace(base.Model):
    """Where in the query."""

    line: int
    column: int


class GraphqlRequest(base.Model):
    """A document of GraphQL, and the values of its variables."""

    query: str
    variables: dict[str, Any] | None = None
    """By name, without the $"""
    operationName: str | None = None
    """Which, where there are several"""
    extensions: dict[str, Any] | None = None
    """What clients send along; it is not read"""


class GraphqlResponse(base.Model):
    """What was asked for, and what went wrong with it."""

    data: dict[str, Any] | None
    """By field; null where nothing was done"""
    errors: list[GraphqlError] | None = None
    """Absent where nothing went wrong"""


class HeldResponse(base.Model):
    """That a run may not start yet."""

    since: dt.datetime
    until: dt.datetime | None
    """It does not start before; null: until there is room"""
    reason: str


class HourResponse(base.Model):
    """The runs that began in one hour."""

    at: dt.datetime
    runs: int
    completed: int
    failed: int
    avg_duration_ms: int | None
    """Of those that ended"""


class ImportResponse(base.Model):
    """What an import did, or would do."""

    dry_run: bool
    """Whether it was only looked at: then nothing has changed"""
    counts: dict[str, int]
    """How many came to what"""
    items: list[TransferItemResponse]
    warnings: list[str]


class InboxItemResponse(base.Model):
    """A message inside the product. `user` is null for what the whole workspace is told."""

    id: UUID
    user: str | None
    kind: str
    title: str
    message: str
    link: str
    run_id: UUID | None
    created_at: dt.datetime
    read_at: dt.datetime | None


class InvitationRequest(base.Model):
    """Whom to ask to join, and as what."""

    email: str
    role: Role


class InvitationResponse(base.Model):
    """That somebody was asked. `mailed_at` is null while the mail has not left."""

    id: UUID
    email: str
    role: str
    status: str
    """`open`, `expired`, `accepted` or `revoked`"""
    invited_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    mailed_at: dt.datetime | None
    accepted_at: dt.datetime | None
    accepted_by: str
    revoked_at: dt.datetime | None


class ItemResponse(base.Model):
    """One run or notification of a repair."""

    id: str
    target_id: str
    """The run or notification"""
    status: ItemStatus | str
    error: dict[str, Any] | None
    """{code, message}: why it failed or was skipped"""
    result_id: str | None
    """The new run or notification"""
    finished_at: dt.datetime | None


class JoinedResponse(base.Model):
    """The new member, and where."""

    id: UUID
    user: str
    email: str
    role: str
    is_owner: bool
    created_at: dt.datetime
    workspace: str


class KeepRequest(base.Model):
    """A test to keep: of a past run (`run_id` alone), or what is tested, with what it has to come to."""

    pins: dict[str, Any] | None = None
    """What actions come to without being performed, by id, or `id[3]` for one item of a loop: an output, or
    {"error": {"code", "message", "is_retryable"}}
    """
    answers: dict[str, Any] | None = None
    """What waits are answered: {"decision": "approved"}, {"event": {"type", "data"}} or "timeout"
    """
    event: EventRequest | None = None
    """An event as it could come"""
    event_id: str = ""
    """The id of an event that came"""
    run_id: str = ""
    """A past run of the workflow: its event, its actions' outputs"""
    version: int | Literal["draft"] = "draft"
    """The number of a version, or the draft"""
    definition: dict[str, Any] | None = None
    """In the place of the draft: one that is not saved"""
    trigger: str = ""
    """The key of the trigger that the event is for"""
    until: str = ""
    """The last action that has its turn"""
    steps: int | None = None
    """How many turns there are; the answer says what is next"""
    now: dt.datetime | None = None
    """When it begins, by its own clock; default: now, or when the past run did"""
    name: str
    expected: ExpectedRequest | None = None
    """Default: what the test comes to now"""
    ignore: list[str] | None = None
    """Paths in `expected` that may differ: /actions/*/output/id"""


class KeptTestResponse(base.Model):
    """A test that is kept with a workflow."""

    id: str
    name: str
    run: str | None
    """The run that it was made of"""
    event_type: str
    created_by: str
    created_at: dt.datetime
    updated_at: dt.datetime
    event: dict[str, Any]
    trigger: str
    now: dt.datetime
    pins: dict[str, Any]
    answers: dict[str, Any]
    expected: dict[str, Any]
    ignore: list[str]


class KeptTestSummary(base.Model):
    """A test in a list."""

    id: str
    name: str
    run: str | None
    """The run that it was made of"""
    event_type: str
    created_by: str
    created_at: dt.datetime
    updated_at: dt.datetime


class KeyValueChangeRequest(base.Model):
    """A value to keep."""

    value: Any
    """At most 256 KB as JSON"""
    expires_in_seconds: float | None = None
    """null: never"""
    if_version: int | None = None
    """Only when this is the version; 0: only when there is none"""


class KeyValueName(base.Model):
    """That a value is kept; a list does not show it."""

    namespace: str
    key: str
    version: int
    expires_at: dt.datetime | None
    updated_at: dt.datetime


class KeyValueResponse(base.Model):
    """A kept value."""

    namespace: str
    key: str
    value: Any
    version: int
    expires_at: dt.datetime | None


class LastTick(base.Model):
    """What became of the newest time."""

    scheduled_for: dt.datetime
    status: TickStatus | str
    reason: str


class Mapped(base.Model):
    """Names as they are written, each with the one that it becomes. What is not named stays."""

    connections: dict[str, str] | None = None
    secrets: dict[str, str] | None = None
    variables: dict[str, str] | None = None
    event_types: dict[str, str] | None = None
    message_templates: dict[str, str] | None = None
    connectors: dict[str, str] | None = None
    patterns: dict[str, str] | None = None
    workflows: dict[str, str] | None = None


class MemberResponse(base.Model):
    """Somebody in the workspace."""

    id: UUID
    user: str
    email: str
    role: str
    is_owner: bool
    created_at: dt.datetime


class MessagePreviewRequest(base.Model):
    """With what a message is filled in: these values over the template's sample variables."""

    variables: dict[str, Any] = {}
    version: int | None = None
    """Default: the newest"""


class MessagePreviewResponse(base.Model):
    """The message as it would be sent; null for a part that cannot be filled in."""

    subject: str | None
    text: str | None
    html: str | None
    problems: list[MessageProblem]


class MessageProblem(base.Model):
    """What is wrong with a message; `path` is `/subject`, `/text` or `/html`."""

    path: str
    code: str
    message: str


class MessageRollbackRequest(base.Model):
    """Which version is to be said again."""

    number: int


class MessageTemplateChange(base.Model):
    """What a message says. Values that expressions in `html` give are escaped."""

    subject: str
    text: str = ""
    """Plain text; made from the HTML when there is none"""
    html: str = ""
    """HTML, at most 64 KiB"""
    sample_variables: dict[str, Any] = {}
    """What a preview is filled in with"""
    title: str | None = None
    """What it is called in lists; null: as it was"""


class MessageTemplateRequest(base.Model):
    """A message template to store."""

    subject: str
    text: str = ""
    """Plain text; made from the HTML when there is none"""
    html: str = ""
    """HTML, at most 64 KiB"""
    sample_variables: dict[str, Any] = {}
    """What a preview is filled in with"""
    title: str | None = None
    """What it is called in lists; null: as it was"""
    name: str
    """What actions call it; never changes"""


class MessageTemplateResponse(base.Model):
    """A message template as it is sent now. `number` is null for one of the product."""

    name: str
    title: str
    is_shipped: bool
    """It comes with the product; the workspace has none of its own in its place"""
    updated_at: dt.datetime | None
    number: int | None
    subject: str
    text: str
    html: str
    sample_variables: dict[str, Any]


class MessageTemplateSummary(base.Model):
    """A message template in a list."""

    name: str
    title: str
    is_shipped: bool
    """It comes with the product; the workspace has none of its own in its place"""
    updated_at: dt.datetime | None


class MessageVersionResponse(base.Model):
    """What a message said from some moment on."""

    number: int
    subject: str
    text: str
    html: str
    sample_variables: dict[str, Any]
    created_by: str
    created_at: dt.datetime


class Mismatch(base.Model):
    """What does not fit the schema of the event's type."""

    path: str
    code: str
    message: str


class MissedResponse(base.Model):
    """The times of the newest `ticks` that did not fire because nothing looked in time: `slots` of them,
    `is_exact` false when there were more.
    """

    slots: int
    is_exact: bool
    last_slot: dt.datetime | None


class MissingResponse(base.Model):
    """Something that a workflow names and this workspace does not have; `path` is where it is named."""

    kind: str
    name: str
    path: str
    message: str
    blocking: bool
    """Whether it keeps the workflow from being published, or from working"""


class MovePreviewResponse(base.Model):
    """What would become of the runs that have not ended. Nothing was done."""

    version: int
    """The number of the version that would be active"""
    policy: RunsPolicy | str
    matched: int
    """How many runs of other versions have not ended"""
    looked_at: int
    """Of how many of them the rest speaks: the first 1,000"""
    moves: int
    stays: list[StayResponse]
    examples: list[FateResponse]
    """Up to 50, the oldest first"""


class MovedResponse(base.Model):
    """What becomes of the runs that have not ended."""

    policy: RunsPolicy | str
    repair: str | None
    """What moves them (`repairs/{id}/`); null when there is none to move"""
    total: int
    """How many it tries to move; its items say which stayed, and why"""


class NameResponse(base.Model):
    """A path that a template may read there."""

    path: str
    type: str
    """text, number, boolean, list or object; empty where it is not known"""
    example: Any
    about: str
    """Whose it is: event lead.created, action call, vars, workspace, loop, secret"""


class Named(base.Model):
    """A thing by id and name."""

    id: str
    name: str


class NewApiKeyResponse(base.Model):
    """A key, with itself: shown this once."""

    id: UUID
    name: str
    role: str
    created_by: str
    created_at: dt.datetime
    prefix: str
    scopes: list[str]
    status: str
    """`active`, `expired` or `revoked`"""
    user: str | None
    """Whose key it is; it ends when they leave"""
    service_account: UUID | None
    """Whose key it is; it ends with it"""
    last_used_at: dt.datetime | None
    """Exact to a minute"""
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    replaced_by: UUID | None
    key: str


class NoAuth(base.Model):
    """The API takes no credentials."""

    kind: Literal["none"]


class NotificationFilter(base.Model):
    """Which notifications."""

    workflow: str | None = None
    """The workflow's id or slug"""
    since: dt.datetime | None = None
    """Made at this time or later; ISO 8601, UTC without an offset"""
    until: dt.datetime | None = None
    """Made before this time"""
    error_code: str | None = None
    """The code of its error"""
    ids: list[UUID] | None = None
    """These alone, of those that meet the rest; ids that there are not here are left out"""
    status: list[DeliveryStatus] | None = None
    """One status or a list"""
    channel: str | None = None
    """The channel's name"""
    trigger: NotifyOn | None = None
    """What happened"""
    run: UUID | None = None
    """The run that it tells of"""


class NotificationResponse(base.Model):
    """One message to one address."""

    id: str
    workflow: str
    run: str | None
    """Null for a digest, which is of many"""
    action: str | None
    """The action's id in the definition; null for the run as a whole"""
    action_run: str | None
    iteration: str | None
    policy: str
    """<action>/<id of the policy>, or its id alone for those of the workflow"""
    trigger: NotifyOn | str
    channel: str
    to: str | None
    """Null until it is filled in"""
    subject: str
    text: str
    status: DeliveryStatus | str
    attempts: list[dict[str, Any]]
    """Its tries: {number, outcome, started_at, finished_at, error, request, response}"""
    error: dict[str, Any] | None
    """{code, message}: of the last try"""
    due_at: dt.datetime | None
    """When it is sent, or tried again"""
    created_at: dt.datetime
    sent_at: dt.datetime | None
    is_digest: bool
    digest: DigestResponse | None
    """Of one that is grouped: the message in which it goes out"""
    replay_of: str | None


class OAuth2Auth(base.Model):
    """An access token, sent as a bearer: with `token_url` it is fetched and renewed, without it is one of long
    life.

    `connections` names kinds that bring and renew one, too.
    """

    kind: Literal["oauth2"]
    authorize_url: str | None = None
    """Where people agree; without, nobody has to"""
    token_url: str | None = None
    scopes: list[str] = []
    auth_style: AuthStyleEnum = "basic"
    """How the client's secret is sent"""
    authorize_params: dict[str, str] = {}
    """More parameters of authorize_url"""
    connections: list[str] | None = None
    description: str = "The access token."


class OfWorkflowResponse(base.Model):
    """How many of them are of a workflow."""

    id: str
    name: str
    matched: int


class Operation(base.Model):
    """One thing that the API can do: it becomes an action type."""

    key: str
    title: str
    description: str = ""
    category: str = "integrations"
    effects: Effects | None = None
    """Default: none for GET, keyed with an idempotency header or PUT"""
    method: OperationMethodEnum = "POST"
    path: str
    params: dict[str, Param] = {}
    headers: dict[str, str] = {}
    """Sent as they are"""
    json_: dict[str, Any] | None = Field(None, alias="json")
    """What the JSON body has beside the parameters"""
    idempotency_header: str | None = None
    expected_status: list[int] = []
    """Default: any from 200 to 299"""
    response: dict[str, str | Output] = {}
    """Default: `status` and `body`"""
    errors: Errors | None = None


class OriginDetail(base.Model):
    """What a workflow was made of, and what became of that since."""

    slug: str
    name: str
    plugin: str
    """The plugin that brought it; empty: it came with Sequitur"""
    digest: str
    """Of the template that the workflow was made of, or brought up to"""
    current_digest: str | None
    """Of the template now; null: it is not there any more"""
    is_outdated: bool
    """Whether the template has changed since; `workflows/{id}/template/` says how"""
    made_by: str
    made_at: dt.datetime
    """When it was made of the template, or brought up to it"""
    parameters: dict[str, Any]
    """With which it was made. Secrets are named in them, never contained"""
    changes: list[ChangeResponse]
    """From the template then to the template now, with the same ones"""
    problems: list[ProblemResponse]
    """Why nothing can be said of changes: parameters that the template asks for by now"""


class OriginResponse(base.Model):
    """The template that a workflow was made of."""

    slug: str
    name: str
    plugin: str
    """The plugin that brought it; empty: it came with Sequitur"""
    digest: str
    """Of the template that the workflow was made of, or brought up to"""
    current_digest: str | None
    """Of the template now; null: it is not there any more"""
    is_outdated: bool
    """Whether the template has changed since; `workflows/{id}/template/` says how"""
    made_by: str
    made_at: dt.datetime
    """When it was made of the template, or brought up to it"""


class OutboundHostResponse(base.Model):
    """What is remembered of a host. One that is not listed is well, and called as often as is wanted."""

    host: str
    """With the port where it is not the scheme's own"""
    state: str
    """closed (it is called), open (it is left alone) or half_open (one call probes it)"""
    failures: int
    """Failures within the window, without a success between them"""
    last_failure: str | None
    """The code of the last failure"""
    next_probe_at: dt.datetime | None
    """From when on one call may probe it"""
    calls: int
    """Calls that the rate limit counts"""
    updated_at: dt.datetime


class Output(base.Model):
    """One name of an operation's output."""

    path: str
    """`status`, `headers.<name>`, `body`, or a path below `body`"""
    type: TypeEnum = "any"
    description: str = ""


class Param(base.Model):
    """One parameter of an operation, and where it goes."""

    type: TypeEnum = "string"
    description: str = ""
    required: bool = False
    nullable: bool = False
    """Whether null is sent; otherwise null means that nothing is"""
    enum: list[str | int | float | bool] | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int | None = None
    """Of text in characters, of a list in items"""
    max_length: int | None = None
    items: Shape | None = None
    """What a list holds; default: anything"""
    properties: dict[str, Shape] | None = None
    """What an object holds; other names are passed on as they are"""
    in_: ParamInEnum = Field("json", alias="in")
    name: str | None = None
    """What the API calls it, by default as we do; in json a path such as `variables.input.title`"""
    default: Any = None
    """Used when it is not given; may be a template, such as {{ lead.email }}"""
    wrap: str | None = None
    """Each item of the list is sent as an object with this one name"""
    separator: str | None = None
    """Joins the items of a list in a query or a header"""


class PatternPatch(base.Model):
    """What is to change of a pattern. All who name it follow at once."""

    name: str | None = None
    """Only while no workflow names it"""
    description: str | None = None
    type: str | None = None
    params: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None
    conditions: dict[str, Any] | list[Any] | None = None
    """What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md); null: nothing"""
    is_active: bool | None = None


class PatternRequest(base.Model):
    """What has to happen, under a name: the type, parameters, filters and conditions of a trigger."""

    name: str
    """As triggers name it: `{type: pattern, params: {pattern: <name>}}`"""
    description: str = ""
    type: str
    """The type of an event, or a trigger type"""
    params: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None
    conditions: dict[str, Any] | list[Any] | None = None
    """What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md)"""
    is_active: bool = True
    """Whether those that name it listen"""
    workflow: str | None = None
    """Id or slug of a workflow, whose draft is given a trigger for it"""


class PatternResponse(base.Model):
    """A pattern, and the first hundred workflows that name it."""

    id: str
    name: str
    description: str
    type: str
    params: dict[str, Any]
    filters: dict[str, Any]
    conditions: dict[str, Any] | None
    event_type: str
    """What it listens to; may hold * and **"""
    is_active: bool
    revision: int
    edited_by: str
    created_at: dt.datetime
    updated_at: dt.datetime
    used_by: list[PatternUse]


class PatternSummary(base.Model):
    """A pattern in a list, its filters and conditions in canonical form."""

    id: str
    name: str
    description: str
    type: str
    params: dict[str, Any]
    filters: dict[str, Any]
    conditions: dict[str, Any] | None
    event_type: str
    """What it listens to; may hold * and **"""
    is_active: bool
    revision: int
    edited_by: str
    created_at: dt.datetime
    updated_at: dt.datetime


class PatternUse(base.Model):
    """A workflow that names the pattern: in its active version, in its draft, or in both."""

    id: str
    name: str
    slug: str
    is_published: bool
    in_draft: bool


class PerformedResponse(base.Model):
    """One action, in the order in which it first had its turn."""

    action: str
    iteration: str
    """The number of its item in a loop: 3, or 3.0 in a loop in a loop"""
    type: str
    status: str
    attempts: int
    source: str | None
    """Where the output came from: computed, pinned, past_run, sample, answer or assumed"""
    input: dict[str, Any] | None
    """The parameters, rendered"""
    output: dict[str, Any] | None
    would: dict[str, Any] | None
    """What would have been sent, without secrets"""
    error: dict[str, Any] | None
    ports: list[str]
    """The ports that fired"""
    why: str
    """Why it was left out; else empty"""
    waits_for: dict[str, Any] | None
    """What it would have waited for"""
    is_cut: bool
    """Whether what went in and came out is left out, since the answer is long"""


class PluginResponse(base.Model):
    """A plugin of the installation, with what it brings by kind."""

    name: str
    """As the operator named it"""
    title: str
    status: PluginResponseStatusEnum | str
    reason: str
    """Why it is faulty; empty when it is not"""
    brings: dict[str, list[str]]
    """The keys that it registered, by kind"""


class Problem(base.Model):
    """One thing that is wrong."""

    path: str
    """Where: a JSON pointer into the body, empty for all of it"""
    code: str
    """A stable word"""
    message: str
    """What was found, what was expected, what to do"""


class ProblemResponse(base.Model):
    """What keeps a draft from being published; `path` is a JSON pointer into `draft`."""

    path: str
    code: str
    message: str


class PromoteRequest(base.Model):
    """Where a version goes, and what is to become of it there."""

    to: str
    """The slug of the other workspace"""
    version: int | Literal["active"] = "active"
    """The number of a version, or `active`"""
    mapping: Mapped | None = None
    """Names, each with the one that it becomes there"""
    dry_run: bool = False
    """Say what would happen, and do nothing"""
    publish: bool = False
    """Make it the active version there, if nothing is missing for it"""
    revision: int | None = None
    """Of the workflow there, as the preview showed it; 412 if there is another by now"""
    reason: str = ""
    """Why; kept in the audit of both workspaces"""


class PromotionResponse(base.Model):
    """What a promotion did, or would do, in the other workspace."""

    dry_run: bool
    """Whether it was only looked at: then nothing has changed"""
    version: int
    """The version that is promoted"""
    against: str
    """What `changes` compare with: `active` or `draft` of there, or `nothing`"""
    changes: list[ChangeResponse]
    revision: int | None
    """Of the workflow there before: for `revision`. Null: there is none"""
    has_unpublished_changes: bool
    """Whether somebody there is editing what would be replaced"""
    item: TransferItemResponse


class PublishRequest(base.Model):
    """Why it is published, and whether its tests are to pass."""

    reason: str = ""
    """Why; kept with the version"""
    runs: RunsPolicy | None = None
    """Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: what the
    definition says (`settings.on_publish`)
    """
    run_ids: list[UUID] | None = None
    """Of `migrate`: these alone"""
    matched: int | None = None
    """Of `migrate` without `run_ids`: the `matched` of the preview"""
    revision: int | None = None
    """The revision that the change begins with; 412 if there is another by now. Like `If-Match`"""
    skip_tests: bool = False
    """Publish without running the workflow's tests; needs a reason"""


class PublishedResponse(base.Model):
    """A workflow, the version that is active now, and what becomes of the runs that go on."""

    id: str
    name: str
    slug: str
    description: str
    status: str
    active_version: int | None
    has_unpublished_changes: bool
    """Whether the draft is not what the active version says"""
    revision: int
    """Grows with every change of the draft; for `revision` of a change"""
    edited_by: str
    """Who changed the draft last"""
    archived_at: dt.datetime | None
    circuit: CircuitResponse | None
    """Of `settings.circuit_breaker`; null where there is none"""
    template: OriginResponse | None
    """The template that it was made of; null: it was made of none"""
    created_at: dt.datetime
    updated_at: dt.datetime
    draft: dict[str, Any]
    """In canonical form, of which `problems` speak"""
    layout: dict[str, dict[str, int | float]]
    """Where React Flow's nodes stand"""
    problems: list[ProblemResponse]
    """What keeps it from being published; empty when nothing does"""
    version: VersionResponse
    runs: MovedResponse


class QueryColumn(base.Model):
    """A column of the answer, with PostgreSQL's name of its type."""

    name: str
    type: str


class QueryRequest(base.Model):
    """A question in PostgreSQL's SQL."""

    sql: str
    """One SELECT over `events(id, type, source, subject, time, received_at, data)`"""
    parameters: list[str | bool | int | float | None] | None = None
    """The values of $1, $2 and so on, in order"""
    format: FormatEnum = "json"


class QueryResponse(base.Model):
    """Rows in the order of the columns. `is_truncated`: there are more; numbers of unlimited precision are text."""

    columns: list[QueryColumn]
    rows: list[list[Any]]
    row_count: int
    is_truncated: bool
    duration_ms: float
    warnings: list[QueryWarning]


class QueryWarning(base.Model):
    """What is good to know about the answer."""

    code: str
    """`no_time_bound` or `truncated`"""
    message: str


class QueueResponse(base.Model):
    """What workers have to do."""

    name: str
    """events, actions or notifications"""
    waiting: int
    backlog: int
    """Those that wait until the workspace has room among the others"""
    oldest_at: dt.datetime | None
    """Since when the oldest of `waiting` does"""


class QuotaResponse(base.Model):
    """How much is used of a limit. `used` is null where nothing is counted, `limit` where there is none."""

    name: str
    used: int | None
    limit: int | None
    resets_at: dt.datetime | None


class ReasonRequest(base.Model):
    """Why, for the records."""

    reason: str = ""


class RedriveRequest(base.Model):
    """Try all open letters again that are meant, so many in a second. `preview` only says how many."""

    filters: DeadLetterFilters | None = None
    per_second: float = 10
    preview: bool = False
    reason: str = ""


class RedriveResponse(base.Model):
    """How many letters are open and meant, how many of them are tried again, and when the last one is."""

    matching: int
    scheduled: int
    last_at: dt.datetime | None
    preview: bool


class Refusal(base.Model):
    """Why an event was rejected; paths are within the event."""

    detail: str
    code: str
    errors: list[Mismatch]


class RenderRequest(base.Model):
    """A template, or any value with templates in it, and where its names come from: a sample, an event that came,
    or the draft of a workflow up to one of its actions.
    """

    template: str | None = None
    value: Any = None
    sample: dict[str, Any] | None = None
    """Names with values: `event`, `actions`, `item`, ...; others are data of the event"""
    event_id: str = ""
    """The id of an event that came"""
    workflow: str = ""
    """The id or slug of a workflow"""
    action: str = ""
    """The action of its draft at which the value stands"""


class RenderResponse(base.Model):
    """What it gives. With problems there is no result."""

    result: Any
    type: str
    """text, number, boolean, list, object or nothing; empty without a result"""
    unknown_paths: list[str]
    """Paths that lead nowhere and are needed"""
    problems: list[ProblemResponse]


class RepairPreviewResponse(base.Model):
    """How many effects an operation would have. Nothing was done."""

    executed: int
    """Effects that would be executed, at most"""
    skipped: int
    """Effects that are done already, and stay"""
    needs_decision: int
    """Effects that may have happened: a retry asks, a replay repeats them"""
    is_estimate: bool
    """Whether loops are among them whose items are not known yet"""
    actions: list[TouchedResponse]


class RepairResponse(base.Model):
    """A repair with its last errors."""

    id: str
    target: Target | str
    operation: str
    filter: dict[str, Any]
    options: dict[str, Any]
    reason: str
    requested_by: str
    status: RepairStatus | str
    status_reason: str
    """Why it stopped, or was paused or cancelled"""
    total: int
    done: int
    failed: int
    skipped: int
    pending: int
    percent: float
    rate: float | None
    """Items in a second, so far"""
    eta: dt.datetime | None
    """When it will be over if it goes on so"""
    per_second: float
    max_errors: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    last_errors: list[ItemResponse]
    """Up to 10, the newest first"""


class RepairSummary(base.Model):
    """A repair, and how far it is."""

    id: str
    target: Target | str
    operation: str
    filter: dict[str, Any]
    options: dict[str, Any]
    reason: str
    requested_by: str
    status: RepairStatus | str
    status_reason: str
    """Why it stopped, or was paused or cancelled"""
    total: int
    done: int
    failed: int
    skipped: int
    pending: int
    percent: float
    rate: float | None
    """Items in a second, so far"""
    eta: dt.datetime | None
    """When it will be over if it goes on so"""
    per_second: float
    max_errors: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class ReplayRequest(base.Model):
    """From where a run is done again, and by which version."""

    from_action: str | None = None
    """The key of the action; what it does not lead to is taken over. Default: all"""
    version: ReplayVersion = "original"
    """That of the run, or the active one"""
    reason: str = ""
    """Why"""
    idempotency_key: str = ""
    """With the same one there is one replay; or the header `Idempotency-Key`"""


class ReplayedResponse(base.Model):
    """The run that was started, and whether it had been before."""

    run: str
    replay_of: str
    from_action: str | None
    status: str
    duplicate: bool


class RequirementResponse(base.Model):
    """Something that a workflow needs."""

    kind: Needed | str
    name: str
    """Empty while the parameter that says it has no value"""
    parameter: str
    """The parameter that says it; empty: it is always the same"""
    connection_kinds: list[str]
    """Of a connection: the kinds that fit"""
    is_met: bool
    """Whether the workspace has it; without a name, whether it has any that fits"""


class RetryRequest(base.Model):
    """Why it is tried again."""

    reason: str = ""
    """Why"""


class RoleChange(base.Model):
    """The role that a member is to have."""

    role: Role


class RollbackRequest(base.Model):
    """To which version, and why. What was active before is not tested again."""

    reason: str = ""
    """Why; kept with the version"""
    runs: RunsPolicy | None = None
    """Runs that go on: `pin` to their version, `follow` where they can, `migrate` those chosen; null: what the
    definition says (`settings.on_publish`)
    """
    run_ids: list[UUID] | None = None
    """Of `migrate`: these alone"""
    matched: int | None = None
    """Of `migrate` without `run_ids`: the `matched` of the preview"""
    revision: int | None = None
    """The revision that the change begins with; 412 if there is another by now. Like `If-Match`"""
    version: int
    """The number of an earlier version"""
    draft: bool = False
    """Whether the draft says again what the version says, too"""


class RotateRequest(base.Model):
    """How long the old key stays valid beside the new one."""

    overlap_seconds: int = 0


class RotatedResponse(base.Model):
    """The new key, shown this once, and the old one with its end."""

    new: NewApiKeyResponse
    old: ApiKeyResponse


class RunFilter(base.Model):
    """Which runs."""

    workflow: str | None = None
    """The workflow's id or slug"""
    since: dt.datetime | None = None
    """Made at this time or later; ISO 8601, UTC without an offset"""
    until: dt.datetime | None = None
    """Made before this time"""
    error_code: str | None = None
    """The code of its error"""
    ids: list[UUID] | None = None
    """These alone, of those that meet the rest; ids that there are not here are left out"""
    status: list[RunStatus] | None = None
    """One status or a list"""
    event_type: str | None = None
    """The type of the event that started it"""
    action: str | None = None
    """The action whose error the run failed with"""
    version: int | None = None
    """The number of the version that it is of"""
    besides_version: int | None = None
    """Of any other version than this number"""


class RunResponse(base.Model):
    """A run with all its actions in order."""

    id: str
    workflow: Named
    version: int
    status: RunStatus | str
    ending: str | None
    """How it will end, if that is decided while something still runs"""
    held: HeldResponse | None
    """Why it may not start yet, and until when; its status is `queued`"""
    event: dict[str, Any]
    """The event that started it: `id` is the sender's, `uid` ours"""
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    deadline_at: dt.datetime | None
    """When it fails by `settings.timeout_seconds`"""
    duration_ms: int | None
    error: dict[str, Any] | None
    """{code, message, action}: the first error that nothing handled"""
    trigger: dict[str, Any] | None
    """The trigger that fired; null for a run that another run started"""
    output: dict[str, Any] | None
    """What its `stop` gave"""
    variables: dict[str, Any]
    """What `set_variables` kept"""
    usage: dict[str, int | float]
    """What its actions used up, in tries that failed too: ai_tokens, estimated_cost, webhooks_called, http_calls,
    emails_sent and others; `actions` is the number of actions that were tried at all
    """
    actions: list[ActionRunResponse]
    """In the order of the definition; each item of a list is a row of its own, below its `parent`"""
    actions_next: str | None
    """Where more than 500 actions go on: a page of `actions/`"""
    notifications: list[NotificationResponse]
    """Who was told of what: the oldest 500; `notifications/?run=` has all"""
    lineage: dict[str, Any]
    """Runs around it: `root` (the event that all began with, if not its own), `parent` (whose action started it),
    `children` (that the shown actions started), `cause` (whose failure it handles by `on_failure`),
    `consequences` (that handle its own), `replay_of` (that it does again, from `replayed_from` on), `replays`
    (of it), `events` ({uid, type}, that it sent). Of the last three and `consequences` the newest 20; `more`
    has, by name, the list of all where there are more. `repairs` are what people did about it: [{what, at, by,
    reason, actions}]
    """


class RunSummary(base.Model):
    """A run in a list."""

    id: str
    workflow: Named
    version: int
    status: RunStatus | str
    ending: str | None
    """How it will end, if that is decided while something still runs"""
    held: HeldResponse | None
    """Why it may not start yet, and until when; its status is `queued`"""
    event: dict[str, Any]
    """The event that started it: `id` is the sender's, `uid` ours"""
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    deadline_at: dt.datetime | None
    """When it fails by `settings.timeout_seconds`"""
    duration_ms: int | None
    error: dict[str, Any] | None
    """{code, message, action}: the first error that nothing handled"""


class RunTestsRequest(base.Model):
    """Which tests, against what."""

    ids: list[str] | None = None
    """Default: all"""
    version: int | Literal["draft"] = "draft"


class ScheduleDetailResponse(base.Model):
    """A schedule with its parameters, its next ten times with their offset, and what became of the last twenty.

    `next` is empty when no time is left, and while it is paused. Jitter is in `next_fire_at` alone.
    """

    id: str
    trigger: str
    workflow: ScheduleWorkflow
    sentence: str
    timezone: str
    is_active: bool
    next_fire_at: dt.datetime | None
    last_tick: LastTick | None
    params: dict[str, Any]
    next: list[str]
    ticks: list[TickResponse]
    missed: MissedResponse


class SchedulePreviewRequest(base.Model):
    """A trigger as a definition has it."""

    type: str
    params: dict[str, Any] | None = None


class SchedulePreviewResponse(base.Model):
    """What a schedule means: in words, and the next ten times with their offset, fewer when there are no more.

    With problems, the rest is empty. Jitter is not shown: it is not known before there is a schedule.
    """

    sentence: str
    next: list[str]
    timezone: str
    problems: list[ScheduleProblemResponse]


class ScheduleProblemResponse(base.Model):
    """Something wrong with the parameters."""

    path: str
    code: str
    message: str


class ScheduleResponse(base.Model):
    """A schedule. `next_fire_at` is null when no time is left, and while it is paused."""

    id: str
    trigger: str
    workflow: ScheduleWorkflow
    sentence: str
    timezone: str
    is_active: bool
    next_fire_at: dt.datetime | None
    last_tick: LastTick | None


class ScheduleWorkflow(base.Model):
    """The workflow that a schedule starts."""

    id: str
    name: str


class ScopeRequest(base.Model):
    """The same for a definition that is not saved."""

    workflow: str
    """The id or slug of the workflow that it belongs to"""
    action: str
    """The id of an action of the definition"""
    definition: dict[str, Any] | None = None
    """Default: the draft"""


class SecretDetailResponse(base.Model):
    """That a secret exists, and who reads it."""

    name: str
    created_at: dt.datetime
    updated_at: dt.datetime
    used_by: list[SecretUseResponse]


class SecretRequest(base.Model):
    """A secret to store. Templates of parameters read it as `secrets.<name>`."""

    name: str
    value: str


class SecretResponse(base.Model):
    """That a secret exists; its value is never shown."""

    name: str
    created_at: dt.datetime
    updated_at: dt.datetime


class SecretUseResponse(base.Model):
    """A workflow that reads the secret: in the version that is active, or only in its draft."""

    workflow: str
    is_active: bool


class ServiceAccountChange(base.Model):
    """What is to be changed; what is left out stays."""

    name: str | None = None
    role: Role | None = None


class ServiceAccountRequest(base.Model):
    """A service account to make."""

    name: str
    role: Role


class ServiceAccountResponse(base.Model):
    """A member that is no person. Its keys: `api-keys/?service_account=`."""

    id: UUID
    name: str
    role: str
    created_by: str
    created_at: dt.datetime


class Setting(base.Model):
    """Something about an account that is not secret, and that `base_url` or a user name is made of."""

    title: str | None = None
    description: str = ""
    default: str | None = None


class Shape(base.Model):
    """What a value is: a small part of JSON Schema."""

    type: TypeEnum = "string"
    description: str = ""
    required: bool = False
    nullable: bool = False
    """Whether null is sent; otherwise null means that nothing is"""
    enum: list[str | int | float | bool] | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    min_length: int | None = None
    """Of text in characters, of a list in items"""
    max_length: int | None = None
    items: Shape | None = None
    """What a list holds; default: anything"""
    properties: dict[str, Shape] | None = None
    """What an object holds; other names are passed on as they are"""


class SkipRequest(base.Model):
    """Why an action is left out, and what later actions read in the place of its output."""

    reason: str
    """Why"""
    output: dict[str, Any] | None = None
    """What later actions read in the place of its output; default: {}"""


class StartedResponse(base.Model):
    """The run that was started, and whether it had been before. `event` is our `uid` of its event."""

    run: str
    workflow: str
    event: str
    status: str
    duplicate: bool


class StatsResponse(base.Model):
    """What a workflow did in a period."""

    since: dt.datetime
    until: dt.datetime
    events_seen: int
    """Events that its triggers listened to and decided on"""
    matched: int
    """Those that met everything that was asked for: fired, suppressed and pending"""
    fired: int
    """Those that started a run"""
    suppressed: int
    """Those that were held back"""
    pending: int
    """Those that wait for others to start a run with"""
    undecided: int
    """Those on which a trigger could not be asked: its predicates failed"""
    runs: dict[str, int]
    """{total, completed, failed, ...}: every status, all ways to start"""
    avg_duration_ms: int | None
    """Of the runs that ended; null where none did"""
    p95_duration_ms: int | None
    """19 of 20 runs that ended took so long; up to 2 % more"""
    usage: dict[str, int | float]
    """As of a run, added up"""
    is_estimate: bool
    """Whether over 10,000 runs were not counted yet: `usage.actions` is an estimate"""


class StayResponse(base.Model):
    """Why runs would stay with their version."""

    because: str
    runs: int


class SteeringRequest(base.Model):
    """Why it is paused, resumed or cancelled."""

    reason: str = ""


class TemplateDetail(base.Model):
    """A template, and what it needs."""

    slug: str
    name: str
    description: str
    category: str
    tags: list[str]
    plugin: str
    """The plugin that brings it; empty: it comes with Sequitur"""
    digest: str
    """Another one when the template makes something else of the same parameters"""
    parameters: dict[str, Any]
    """A JSON Schema of what is asked for; `x-kind` says what a value is, `x-connection` of which kinds"""
    definition: dict[str, Any]
    """In canonical form, with `${name}` where parameters stand"""
    requires: list[RequirementResponse]
    """What it needs, whether this workspace has it"""
    example: dict[str, Any]
    """Parameters as an example; empty where the template asks for none"""


class TemplatePreviewResponse(base.Model):
    """What a fork would be."""

    definition: dict[str, Any]
    """In canonical form"""
    parameters: dict[str, Any]
    """With the defaults"""
    problems: list[ProblemResponse]
    """What would keep it from being published"""
    requires: list[RequirementResponse]


class TemplateResponse(base.Model):
    """A definition to begin with."""

    slug: str
    name: str
    description: str
    category: str
    tags: list[str]
    plugin: str
    """The plugin that brings it; empty: it comes with Sequitur"""
    digest: str
    """Another one when the template makes something else of the same parameters"""
    parameters: dict[str, Any]
    """A JSON Schema of what is asked for; `x-kind` says what a value is, `x-connection` of which kinds"""
    definition: dict[str, Any]
    """In canonical form, with `${name}` where parameters stand"""


class Test(base.Model):
    """A request without an effect that tells whether a connection works."""

    method: TestMethodEnum = "GET"
    path: str
    json_: dict[str, Any] | None = Field(None, alias="json")


class TestRequest(base.Model):
    """What is tested, with what. One of `event`, `event_id` and `run_id` is needed."""

    pins: dict[str, Any] | None = None
    """What actions come to without being performed, by id, or `id[3]` for one item of a loop: an output, or
    {"error": {"code", "message", "is_retryable"}}
    """
    answers: dict[str, Any] | None = None
    """What waits are answered: {"decision": "approved"}, {"event": {"type", "data"}} or "timeout"
    """
    event: EventRequest | None = None
    """An event as it could come"""
    event_id: str = ""
    """The id of an event that came"""
    run_id: str = ""
    """A past run of the workflow: its event, its actions' outputs"""
    version: int | Literal["draft"] = "draft"
    """The number of a version, or the draft"""
    definition: dict[str, Any] | None = None
    """In the place of the draft: one that is not saved"""
    trigger: str = ""
    """The key of the trigger that the event is for"""
    until: str = ""
    """The last action that has its turn"""
    steps: int | None = None
    """How many turns there are; the answer says what is next"""
    now: dt.datetime | None = None
    """When it begins, by its own clock; default: now, or when the past run did"""


class TestResponse(base.Model):
    """The test of a workflow. Nothing of it happened."""

    status: str
    """completed, failed or cancelled, as of a run; stopped when it did not end"""
    stopped_by: str
    """until, steps, limit or waiting; empty when it ended"""
    output: dict[str, Any] | None
    error: dict[str, Any] | None
    variables: dict[str, Any]
    actions: list[PerformedResponse]
    next: list[FollowingResponse]
    problems: list[ProblemResponse]
    """Paths in templates that led nowhere"""
    version: int | None
    """Null for a draft"""
    trigger: str
    """The trigger as which it was tested; empty when none fires"""
    would_start: bool
    """Whether a trigger fires on the event"""
    triggers: list[DecisionResponse]
    """What each trigger would do, and why"""


class TestResultResponse(base.Model):
    """How one test went."""

    id: str
    name: str
    passed: bool
    status: str
    differences: list[DifferenceResponse]


class TestResultsResponse(base.Model):
    """How the tests went."""

    passed: int
    failed: int
    results: list[TestResultResponse]


class TickResponse(base.Model):
    """What became of a time, or of `slots` of them, up to `last_slot`; more when `is_exact` is false.

    `event` is the uid of the event that was sent.
    """

    id: str
    scheduled_for: dt.datetime
    status: TickStatus | str
    reason: str
    event: str | None
    last_slot: dt.datetime | None
    slots: int
    is_exact: bool
    created_at: dt.datetime


class TouchedResponse(base.Model):
    """An action with effects that would be touched."""

    key: str
    iteration: str | None
    type: str
    fate: str
    """executed, skipped (confirmed already) or needs_decision (nobody knows)"""
    effects: int


class TransferItemResponse(base.Model):
    """What one thing came to, or would come to."""

    kind: str
    """`workflow`, `event_type`, ..."""
    path: str
    """Where it stands in what was sent: a JSON pointer"""
    name: str
    """What it is called here"""
    outcome: Outcome | str
    id: str | None
    """Of a workflow that is there"""
    changes: list[str]
    """What differs from the draft that was there; at most 20 sentences"""
    published: int | None
    """The version that became active"""
    problems: list[ProblemResponse]
    """Why it is refused, or what keeps a workflow from publishing"""
    missing: list[MissingResponse]
    """What it names and this workspace does not have"""


class TriggerName(base.Model):
    """Which of its triggers."""

    id: UUID | None
    key: str
    type: str


class TriggerPatch(base.Model):
    """What is to change of a trigger: what is given replaces what the draft says. A switch holds at once."""

    type: str | None = None
    params: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None
    conditions: dict[str, Any] | list[Any] | None = None
    """What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md); null: nothing"""
    is_active: bool | None = None
    """In the draft, and at once where it is published"""
    is_enabled: bool | None = None
    """At once, until the workflow is published again; not in the draft"""
    title: str | None = None
    note: str | None = None


class TriggerRequest(base.Model):
    """A trigger for the draft of a workflow, as a definition has it."""

    workflow: str
    """Id or slug of the workflow that it starts"""
    type: str
    """A trigger type, or the type of an event"""
    key: str = ""
    """Its id in the definition; empty: the first that is free"""
    params: dict[str, Any] | None = None
    filters: dict[str, Any] | None = None
    conditions: dict[str, Any] | list[Any] | None = None
    """What has to hold besides: a condition, or a list of them, joined by and (docs/definition.md)"""
    is_active: bool = True
    """Whether it listens once it is published"""
    title: str = ""
    note: str = ""


class TriggerResponse(base.Model):
    """A trigger as it was published; one that waits to be published, as the draft has it (`is_published` is
    false).

    `draft` is what the draft of its workflow says of it, in canonical form: null where it was taken out of it.
    `url` and `webhook` are null but for webhooks; `url` for viewers, too. `watch` is null but for published
    SQL.
    """

    id: str
    key: str
    workflow: TriggerWorkflow
    type: str
    params: dict[str, Any]
    event_type: str
    filters: dict[str, Any]
    conditions: dict[str, Any] | None
    """Its own, joined with those of its workflow"""
    is_enabled: bool
    is_active: bool
    is_published: bool
    has_unpublished_changes: bool
    """Whether the draft says something else of it"""
    draft: dict[str, Any] | None
    statistics: TriggerStatistics
    url: str | None
    webhook: WebhookStatistics | None
    watch: WatchResponse | None


class TriggerStatistics(base.Model):
    """What became of the events that it has seen: those of its type and those for it alone, while it listened.

    `matched` is what it fired on or would have, had it not been held back (`suppressed`) or did it not wait for
    others (`pending`).
    """

    seen: int
    matched: int
    fired: int
    suppressed: int
    failed: int
    pending: int
    last_fired_at: dt.datetime | None


class TriggerTypeResponse(base.Model):
    """A trigger type, with the JSON Schema of its parameters."""

    key: str
    title: str
    description: str
    params_schema: dict[str, Any]


class TriggerWorkflow(base.Model):
    """The workflow that it starts."""

    id: str
    name: str


class UnreadResponse(base.Model):
    """How many items are unread."""

    unread: int


class UnsavedPreviewRequest(base.Model):
    """A message that need not be stored, nor be right."""

    subject: str = ""
    text: str = ""
    html: str = ""
    variables: dict[str, Any] = {}


class UpdatePreviewResponse(base.Model):
    """What an update would make of the draft."""

    definition: dict[str, Any]
    """In canonical form; where there are conflicts, as `prefer` says, or as it is"""
    parameters: dict[str, Any]
    changes: list[ChangeResponse]
    """In the draft"""
    conflicts: list[ConflictResponse]
    problems: list[ProblemResponse]
    """What would keep it from being published"""


class UpdateRequest(base.Model):
    """With what a workflow is brought up to its template."""

    parameters: dict[str, Any] | None = None
    """Those that are to be others than before; null: none"""
    prefer: Side | None = None
    """Whose change is taken where the workflow and the template changed the same; null: 409"""
    revision: int | None = None
    """The revision that the change begins with; 412 if there is another by now. Like `If-Match`"""


class UsageResponse(base.Model):
    """What the runs of a workflow that began on one day used up."""

    on: dt.date
    """In UTC"""
    workflow: Named
    runs: int
    usage: dict[str, int | float]
    """As of a run, added up"""


class VersionDetail(base.Model):
    """A version with its definition."""

    number: int
    published_by: str
    created_at: dt.datetime
    reason: str
    """Why it was published"""
    role: Role | str
    """Of who published it: what its actions may use"""
    is_active: bool
    runs_going: int
    """How many of its runs have not ended"""
    definition: dict[str, Any]


class VersionResponse(base.Model):
    """A published version."""

    number: int
    published_by: str
    created_at: dt.datetime
    reason: str
    """Why it was published"""


class VersionSummary(base.Model):
    """A version in a list."""

    number: int
    published_by: str
    created_at: dt.datetime
    reason: str
    """Why it was published"""
    role: Role | str
    """Of who published it: what its actions may use"""
    is_active: bool
    runs_going: int
    """How many of its runs have not ended"""


class WatchResponse(base.Model):
    """The query of a trigger of the type `sql`, or of a pattern of it. `next_run_at` is null while it is not
    asked.

    `rows` are those of the last answer, at `last_run_at`; with an `error`, the last of `failures` tries has
    none.
    """

    last_run_at: dt.datetime | None
    next_run_at: dt.datetime | None
    rows: int | None
    error: WatchSaid | None
    failures: int
    """In a row, up to the last try"""
    warnings: list[WatchSaid]


class WatchSaid(base.Model):
    """An error of the query of a trigger, or a warning about its answer."""

    code: str
    message: str


class WebhookDeliveryResponse(base.Model):
    """One try of a `send_webhook`."""

    id: str
    run: str
    action: str
    """The action's id in its workflow"""
    attempt: int
    outcome: str
    url: str | None
    status: int | None
    """Of the answer; null where there was none"""
    started_at: dt.datetime
    duration_ms: int
    request: dict[str, Any] | None
    response: dict[str, Any] | None
    error: dict[str, Any] | None
    """{code, message}"""


class WebhookStatistics(base.Model):
    """What arrived at the URL of a webhook. `last_refusal` says why; senders are not told."""

    last_received_at: dt.datetime | None
    accepted: int
    duplicates: int
    refused: int
    last_refused_at: dt.datetime | None
    last_refusal: str
    rotated_at: dt.datetime | None


class WebhookTestRequest(base.Model):
    """A message to send once, to see how the receiver answers."""

    url: str
    payload: Any = None
    """What to send as JSON; a short example without one"""
    signing_secret: str | None = None
    """whsec_...; without one it goes unsigned"""


class WebhookTestResponse(base.Model):
    """How the receiver answered; `error` in place of `status` when it did not."""

    status: int | None
    duration_ms: int
    response: dict[str, Any] | None
    """{status, headers, body, ...}, with secrets redacted"""
    error: dict[str, str] | None
    """{code, message}"""


class WorkflowName(base.Model):
    """Whose trigger it is."""

    id: UUID
    name: str


class WorkflowPatch(base.Model):
    """What is to change of a workflow; the rest stays as it is."""

    name: str | None = None
    description: str | None = None
    definition: dict[str, Any] | None = None
    """A JSON merge patch (RFC 7396) of the draft: objects are merged, null takes a part away, a list is replaced
    as a whole
    """
    revision: int | None = None
    """The revision that the change begins with; 412 if there is another by now. Like `If-Match`"""


class WorkflowReasonRequest(base.Model):
    """Why it is done."""

    reason: str = ""


class WorkflowRequest(base.Model):
    """A workflow: its definition, and its name unless the definition says it."""

    name: str = ""
    definition: dict[str, Any]
    """See docs/definition.md. As YAML, and as JSON where it has `actions` or `nodes` on top, the definition is the
    whole body
    """
    revision: int | None = None
    """The revision that the change begins with; 412 if there is another by now. Like `If-Match`"""


class WorkflowResponse(base.Model):
    """A workflow with its draft in canonical form, where React Flow's nodes of it stand (`{node id: {x, y}}`), and
    what keeps it from being published.
    """

    id: str
    name: str
    slug: str
    description: str
    status: str
    active_version: int | None
    has_unpublished_changes: bool
    """Whether the draft is not what the active version says"""
    revision: int
    """Grows with every change of the draft; for `revision` of a change"""
    edited_by: str
    """Who changed the draft last"""
    archived_at: dt.datetime | None
    circuit: CircuitResponse | None
    """Of `settings.circuit_breaker`; null where there is none"""
    template: OriginResponse | None
    """The template that it was made of; null: it was made of none"""
    created_at: dt.datetime
    updated_at: dt.datetime
    draft: dict[str, Any]
    """In canonical form, of which `problems` speak"""
    layout: dict[str, dict[str, int | float]]
    """Where React Flow's nodes stand"""
    problems: list[ProblemResponse]
    """What keeps it from being published; empty when nothing does"""


class WorkflowSummary(base.Model):
    """A workflow in a list."""

    id: str
    name: str
    slug: str
    description: str
    status: str
    active_version: int | None
    has_unpublished_changes: bool
    """Whether the draft is not what the active version says"""
    revision: int
    """Grows with every change of the draft; for `revision` of a change"""
    edited_by: str
    """Who changed the draft last"""
    archived_at: dt.datetime | None
    circuit: CircuitResponse | None
    """Of `settings.circuit_breaker`; null where there is none"""
    template: OriginResponse | None
    """The template that it was made of; null: it was made of none"""
    created_at: dt.datetime
    updated_at: dt.datetime


class WorkspaceChange(base.Model):
    """What is to be changed, each as a whole; what is left out stays."""

    name: Any = None
    """Text"""
    time_zone: Any = None
    """An IANA name, such as Europe/Amsterdam"""
    settings: Any = None
    """An object; templates see it as `workspace.<name>`"""
    variables: Any = None
    """An object; templates see it as `vars.<name>`"""
    limits: Any = None
    """An object; none above the server's"""
    flow: Any = None
    """An object: defaults and ceilings of flow control"""
    outbound: Any = None
    """An object: what requests may reach"""
    action_roles: Any = None
    """An object: which role may use an action type"""
    weight: Any = None
    """1 to 100; for operators alone"""


class WorkspaceRequest(base.Model):
    """A workspace to make."""

    slug: str
    """Letters, digits, - and _; it stays"""
    name: str


class WorkspaceResponse(base.Model):
    """A workspace with all that its admins write."""

    id: str
    slug: str
    name: str
    time_zone: str
    settings: dict[str, Any]
    variables: dict[str, Any]
    limits: dict[str, Any]
    flow: dict[str, Any]
    outbound: dict[str, Any]
    action_roles: dict[str, Any]
    weight: int
    created_at: dt.datetime


class WorkspaceSummary(base.Model):
    """A workspace, and what the caller is in it."""

    slug: str
    name: str
    role: str
    is_owner: bool


class ActionPage(base.Page[ActionRunResponse]):
    """Actions of a run, in the order in which they came to be."""


class ActionTypeListing(base.Listing[ActionTypeResponse]):
    """All action types."""


class ApiKeyPage(base.Page[ApiKeyResponse]):
    """Keys, newest first."""


class AuditPage(base.Page[AuditResponse]):
    """Entries, newest first."""


class BatchResponse(base.Listing[BatchResult]):
    """What became of each event, in the order in which they were sent."""


class ConnectionListing(base.Listing[ConnectionResponse]):
    """All connections of the workspace, by name."""


class ConnectionTypeListing(base.Listing[ConnectionTypeResponse]):
    """All connection types."""


class ConnectorListing(base.Listing[ConnectorSummary]):
    """All connectors of the workspace, by name."""


class DeadLetterPage(base.Page[DeadLetterResponse]):
    """Dead letters, newest first."""


class DecisionListing(base.Listing[DecisionResponse]):
    """What each trigger of the workflow does with the event."""


class DecisionPage(base.Page[DecisionResponse]):
    """What became of an event, the youngest subscriptions first."""


class EventDecisionPage(base.Page[EventDecision]):
    """What became of the events that the workflow may have started for, newest first.

    A page is one of events, each with a decision for every trigger of the workflow.
    """


class EventPage(base.Page[EventSummary]):
    """Events, newest first."""


class EventTypePage(base.Page[EventTypeResponse]):
    """Types of events, by name. `previous` is always null."""


class InboxPage(base.Page[InboxItemResponse]):
    """Items, the newest first."""


class InvitationPage(base.Page[InvitationResponse]):
    """Invitations, newest first."""


class ItemPage(base.Page[ItemResponse]):
    """Items of a repair, the last first."""


class KeptTestPage(base.Page[KeptTestSummary]):
    """The tests of a workflow, newest first."""


class KeyValuePage(base.Page[KeyValueName]):
    """A page of kept values, those with the newest keys first."""


class MemberPage(base.Page[MemberResponse]):
    """Members, newest first."""


class MessageTemplateListing(base.Listing[MessageTemplateSummary]):
    """All message templates."""


class MessageVersionPage(base.Page[MessageVersionResponse]):
    """Versions, the newest first."""


class NotificationPage(base.Page[NotificationResponse]):
    """Notifications, newest first."""


class OutboundHostPage(base.Page[OutboundHostResponse]):
    """Hosts, the newest in trouble first."""


class PatternPage(base.Page[PatternSummary]):
    """Patterns, newest first."""


class PluginListing(base.Listing[PluginResponse]):
    """All plugins."""


class QuotaListing(base.Listing[QuotaResponse]):
    """All quotas."""


class RepairPage(base.Page[RepairSummary]):
    """Repairs, newest first."""


class RunPage(base.Page[RunSummary]):
    """Runs, newest first."""


class SchedulePage(base.Page[ScheduleResponse]):
    """Schedules, newest first."""


class ScopeResponse(base.Listing[NameResponse]):
    """The names at an action: those of loops, of actions before it, of the event, of the workspace."""


class SecretListing(base.Listing[SecretResponse]):
    """All secrets of the workspace."""


class ServiceAccountPage(base.Page[ServiceAccountResponse]):
    """Service accounts, newest first."""


class TemplateListing(base.Listing[TemplateResponse]):
    """All templates."""


class TickPage(base.Page[TickResponse]):
    """Ticks, newest first."""


class TriggerPage(base.Page[TriggerResponse]):
    """Triggers, newest first."""


class TriggerTypeListing(base.Listing[TriggerTypeResponse]):
    """All trigger types."""


class UsageListing(base.Listing[UsageResponse]):
    """Days and workflows with runs, the newest day first."""


class VersionPage(base.Page[VersionSummary]):
    """Versions, the newest first."""


class WebhookDeliveryPage(base.Page[WebhookDeliveryResponse]):
    """Deliveries, newest first."""


class WorkflowPage(base.Page[WorkflowSummary]):
    """Workflows, newest first."""


class WorkspaceListing(base.Listing[WorkspaceSummary]):
    """All workspaces of the caller."""


ExportResponse = dict[str, Any]
"""A definition, to be created again from as it is."""

RepairedResponse = RunResponse | RepairPreviewResponse
"""The run; with `preview`, what would happen outside."""

ReplayResponse = ReplayedResponse | RepairPreviewResponse
"""The run that was started; with `preview`, what would happen outside."""
