"""How the workspace in scope narrows the door: its rules, read again every few seconds."""

from time import monotonic
from uuid import UUID

from core import outbound_rules, tenancy
from core.models import Workspace
from core.outbound_rules import OutboundRules

KEPT_SECONDS = 3.0  # how long a change of the rules may take to hold in every process
_MAX_KEPT = 1000

_kept: dict[UUID, tuple[float, OutboundRules]] = {}


def rules_in_scope() -> OutboundRules | None:
    """The rules of the workspace that the code acts for; None where it acts for none, as operators' commands do.

    Raises Django's database errors: without its rules nothing is sent for a workspace.
    """
    try:
        workspace_id = tenancy.current_workspace_id()
    except tenancy.NoScopeError:
        return None
    read_at, rules = _kept.get(workspace_id, (0.0, None))
    if rules is not None and monotonic() - read_at < KEPT_SECONDS:
        return rules
    rules = outbound_rules.of(Workspace.objects.values_list("outbound", flat=True).get(pk=workspace_id))
    if len(_kept) >= _MAX_KEPT:
        _kept.clear()
    _kept[workspace_id] = (monotonic(), rules)
    return rules


def forget() -> None:
    """Read the rules again with the next request."""
    _kept.clear()
