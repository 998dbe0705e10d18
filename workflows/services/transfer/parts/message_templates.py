"""Messages that a workspace wrote, as they are now."""

from collections.abc import Iterator
from typing import Any

from actions import messages
from actions.models import MessageTemplate
from actions.services import message_templates
from actions.services.message_templates import Draft
from workflows.services.transfer import outcomes
from workflows.services.transfer.bundle import MessageTemplateItem
from workflows.services.transfer.outcomes import Conflict, Done, Outcome

KIND = "message_template"
_CONTENT = ("subject", "text", "html", "sample_variables")


def items() -> Iterator[dict[str, Any]]:
    """All of them by name, with what the newest version says."""
    for row in sorted(MessageTemplate.objects.all(), key=lambda row: row.name):
        if (newest := messages.newest(row.name)) is not None:
            yield {"name": row.name, "title": row.title, **{part: getattr(newest, part) for part in _CONTENT}}


def put(item: MessageTemplateItem, conflict: Conflict, by: str) -> Done:
    """Write it, or a new version of it. Raises as `message_templates.create` and `change`, and `ConflictError`."""
    draft = Draft(item.subject, item.text, item.html, item.sample_variables, item.title)
    newest = messages.newest(item.name)
    if newest is None:
        message_templates.create(item.name, draft, by=by)
        return Done(Outcome.CREATED, item.name)
    was = {"title": newest.template.title, **{part: getattr(newest, part) for part in _CONTENT}}
    before = message_templates.state(newest)
    changed = sorted(part for part, value in was.items() if getattr(item, part) != value)
    if not changed:
        return Done(Outcome.UNCHANGED, item.name, before)
    if conflict is Conflict.KEEP:
        return Done(Outcome.KEPT, item.name, before)
    outcomes.refuse_taken(conflict, f"the message template {item.name!r}", changed)
    message_templates.change(item.name, draft, by=by)
    return Done(Outcome.CHANGED, item.name, before, changes=(f"{', '.join(changed)} changed.",))
