"""What listens in each workspace, compiled and kept by every process, and brought up to date by what has changed."""

import threading
from collections import OrderedDict
from uuid import UUID

import structlog
from django.db.models import OuterRef, Q, Subquery

from core.errors import InvalidError
from core.expressions.conditions import InvalidConditionError
from core.expressions.conditions.tree import Node
from triggers import resolving
from triggers.engine import matching
from triggers.engine.detectors.base import Detector
from triggers.engine.matcher import Listener, Matcher
from triggers.models import Catalogue, Subscription

log = structlog.get_logger(__name__)

MAX_LISTENERS = 300_000  # that a process keeps, of all workspaces together: about 1.5 kB each
_NOTHING = -1  # before the first generation
_PAGE = 5_000

_matchers: OrderedDict[UUID, Matcher] = OrderedDict()  # the longest unused first
_lock = threading.Lock()


def matcher(workspace_id: UUID, *, generation: int) -> Matcher:
    """What listens in the workspace in scope, at this generation of its catalogue or a later one.

    Costs nothing when this process has seen the generation; else reads what has changed since the one it knows.
    """
    with _lock:
        known = _matchers.get(workspace_id)
        if known is None:
            known = _matchers[workspace_id] = Matcher(_NOTHING)
        _matchers.move_to_end(workspace_id)
        if known.generation < generation:
            try:
                _refresh(known, generation=generation)
            except BaseException:
                del _matchers[workspace_id]  # half of what changed is worse than nothing
                raise
            _forget_unused()
        return known


def forget(workspace_id: UUID) -> None:
    """Read everything anew the next time."""
    with _lock:
        _matchers.pop(workspace_id, None)


def _refresh(known: Matcher, *, generation: int) -> None:
    """Changes and their generation are read in one statement: of a later publication it sees all or nothing."""
    own = Catalogue.objects.filter(workspace=OuterRef("workspace")).values("generation")
    is_new = Q(until=None, since__gt=known.generation)
    is_over = Q(until__gt=known.generation, since__lte=known.generation)
    rows = Subscription.objects.filter(is_new | is_over).annotate(generation=Subquery(own)).order_by()
    for id_, trigger, workflow, version, key, event_type, filters, conditions, detector, until, at in rows.values_list(
        "pk", "trigger_id", "workflow_id", "version_id", "trigger__key", "event_type", "filters", "conditions",
        "detector", "until", "generation",
    ).iterator(chunk_size=_PAGE):  # fmt: skip
        generation = at
        if until is not None:
            known.remove(id_)
            continue
        root, flaw, counts = ready(filters, conditions, detector)
        known.add(Listener(id_, trigger, workflow, version, key, event_type, root, flaw, counts))
    known.generation = generation


def compiled(filters: dict[str, object], conditions: dict[str, object] | None) -> tuple[Node | None, str]:
    """The condition of a subscription, or None and why it cannot be read: it was published by another release."""
    try:
        return matching.compile_rules(filters, conditions).root, ""
    except InvalidConditionError as error:
        log.warning("a trigger cannot be evaluated", error=error.detail)
        return None, error.detail


def ready(
    filters: dict[str, object], conditions: dict[str, object] | None, detector: dict[str, object] | None
) -> tuple[Node | None, str, Detector | None]:
    """The same, and what counts the events: without the one, nothing is decided by the other."""
    root, flaw = compiled(filters, conditions)
    try:
        return root, flaw, resolving.detector_of(detector)
    except InvalidError as error:
        return None, flaw or error.detail, None


def _forget_unused() -> None:
    while len(_matchers) > 1 and sum(map(len, _matchers.values())) > MAX_LISTENERS:
        _matchers.popitem(last=False)
