"""All resources. Written by `make client` from docs/openapi.json: do not edit."""

from sequitur_client.generated.resources.action_roles import ActionRoles, AsyncActionRoles
from sequitur_client.generated.resources.action_types import ActionTypes, AsyncActionTypes
from sequitur_client.generated.resources.api_keys import ApiKeys, AsyncApiKeys
from sequitur_client.generated.resources.audit import AsyncAudit, Audit
from sequitur_client.generated.resources.connection_types import AsyncConnectionTypes, ConnectionTypes
from sequitur_client.generated.resources.connections import AsyncConnections, Connections
from sequitur_client.generated.resources.connectors import AsyncConnectors, Connectors
from sequitur_client.generated.resources.dead_letters import AsyncDeadLetters, DeadLetters
from sequitur_client.generated.resources.event_types import AsyncEventTypes, EventTypes
from sequitur_client.generated.resources.expressions import AsyncExpressions, Expressions
from sequitur_client.generated.resources.graphql import AsyncGraphql, Graphql
from sequitur_client.generated.resources.inbox import AsyncInbox, Inbox
from sequitur_client.generated.resources.invitations import AsyncInvitations, Invitations
from sequitur_client.generated.resources.key_values import AsyncKeyValues, KeyValues
from sequitur_client.generated.resources.members import AsyncMembers, Members
from sequitur_client.generated.resources.message_templates import AsyncMessageTemplates, MessageTemplates
from sequitur_client.generated.resources.monitoring import AsyncMonitoring, Monitoring
from sequitur_client.generated.resources.notifications import AsyncNotifications, Notifications
from sequitur_client.generated.resources.outbound_hosts import AsyncOutboundHosts, OutboundHosts
from sequitur_client.generated.resources.patterns import AsyncPatterns, Patterns
from sequitur_client.generated.resources.plugins import AsyncPlugins, Plugins
from sequitur_client.generated.resources.repairs import AsyncRepairs, Repairs
from sequitur_client.generated.resources.schedules import AsyncSchedules, Schedules
from sequitur_client.generated.resources.secrets import AsyncSecrets, Secrets
from sequitur_client.generated.resources.service_accounts import AsyncServiceAccounts, ServiceAccounts
from sequitur_client.generated.resources.stream import AsyncStream, Stream
from sequitur_client.generated.resources.templates import AsyncTemplates, Templates
from sequitur_client.generated.resources.trigger_types import AsyncTriggerTypes, TriggerTypes
from sequitur_client.generated.resources.triggers import AsyncTriggers, Triggers
from sequitur_client.generated.resources.webhook_deliveries import AsyncWebhookDeliveries, WebhookDeliveries
from sequitur_client.generated.resources.webhooks import AsyncWebhooks, Webhooks
from sequitur_client.generated.resources.workflow_tests import AsyncWorkflowTests, WorkflowTests
from sequitur_client.generated.resources.workflows_template import AsyncWorkflowsTemplate, WorkflowsTemplate
from sequitur_client.generated.resources.workspaces import AsyncWorkspaces, Workspaces
from sequitur_client.helpers.events import AsyncEvents, Events
from sequitur_client.helpers.runs import AsyncRuns, Runs
from sequitur_client.helpers.workflows import AsyncWorkflows, Workflows
from sequitur_client.performing import AsyncPerformer, Performer


class Resources:
    """What a client can do."""

    def __init__(self, performer: Performer) -> None:
        self.action_roles = ActionRoles(performer)
        self.action_types = ActionTypes(performer)
        self.api_keys = ApiKeys(performer)
        self.audit = Audit(performer)
        self.connection_types = ConnectionTypes(performer)
        self.connections = Connections(performer)
        self.connectors = Connectors(performer)
        self.dead_letters = DeadLetters(performer)
        self.event_types = EventTypes(performer)
        self.events = Events(performer)
        self.expressions = Expressions(performer)
        self.graphql = Graphql(performer)
        self.inbox = Inbox(performer)
        self.invitations = Invitations(performer)
        self.key_values = KeyValues(performer)
        self.members = Members(performer)
        self.message_templates = MessageTemplates(performer)
        self.monitoring = Monitoring(performer)
        self.notifications = Notifications(performer)
        self.outbound_hosts = OutboundHosts(performer)
        self.patterns = Patterns(performer)
        self.plugins = Plugins(performer)
        self.repairs = Repairs(performer)
        self.runs = Runs(performer)
        self.schedules = Schedules(performer)
        self.secrets = Secrets(performer)
        self.service_accounts = ServiceAccounts(performer)
        self.stream = Stream(performer)
        self.templates = Templates(performer)
        self.trigger_types = TriggerTypes(performer)
        self.triggers = Triggers(performer)
        self.webhook_deliveries = WebhookDeliveries(performer)
        self.webhooks = Webhooks(performer)
        self.workflow_tests = WorkflowTests(performer)
        self.workflows = Workflows(performer)
        self.workflows_template = WorkflowsTemplate(performer)
        self.workspaces = Workspaces(performer)


class AsyncResources:
    """The same, awaited."""

    def __init__(self, performer: AsyncPerformer) -> None:
        self.action_roles = AsyncActionRoles(performer)
        self.action_types = AsyncActionTypes(performer)
        self.api_keys = AsyncApiKeys(performer)
        self.audit = AsyncAudit(performer)
        self.connection_types = AsyncConnectionTypes(performer)
        self.connections = AsyncConnections(performer)
        self.connectors = AsyncConnectors(performer)
        self.dead_letters = AsyncDeadLetters(performer)
        self.event_types = AsyncEventTypes(performer)
        self.events = AsyncEvents(performer)
        self.expressions = AsyncExpressions(performer)
        self.graphql = AsyncGraphql(performer)
        self.inbox = AsyncInbox(performer)
        self.invitations = AsyncInvitations(performer)
        self.key_values = AsyncKeyValues(performer)
        self.members = AsyncMembers(performer)
        self.message_templates = AsyncMessageTemplates(performer)
        self.monitoring = AsyncMonitoring(performer)
        self.notifications = AsyncNotifications(performer)
        self.outbound_hosts = AsyncOutboundHosts(performer)
        self.patterns = AsyncPatterns(performer)
        self.plugins = AsyncPlugins(performer)
        self.repairs = AsyncRepairs(performer)
        self.runs = AsyncRuns(performer)
        self.schedules = AsyncSchedules(performer)
        self.secrets = AsyncSecrets(performer)
        self.service_accounts = AsyncServiceAccounts(performer)
        self.stream = AsyncStream(performer)
        self.templates = AsyncTemplates(performer)
        self.trigger_types = AsyncTriggerTypes(performer)
        self.triggers = AsyncTriggers(performer)
        self.webhook_deliveries = AsyncWebhookDeliveries(performer)
        self.webhooks = AsyncWebhooks(performer)
        self.workflow_tests = AsyncWorkflowTests(performer)
        self.workflows = AsyncWorkflows(performer)
        self.workflows_template = AsyncWorkflowsTemplate(performer)
        self.workspaces = AsyncWorkspaces(performer)
