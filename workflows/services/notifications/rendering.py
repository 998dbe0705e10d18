"""Fill in to whom and what: the names that templates see, addresses, and the words.

Templates here read no secrets, which the check of definitions refuses. What they are given of events and errors is
anybody's: it is only ever a value, never a template, an address is checked by its channel, and so no value becomes
another header, another recipient or markup.
"""

from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings

from actions import messages
from actions.base import ActionFailedError
from actions.channels.base import Channel
from actions.messages import Message
from core.errors import SequiturError
from core.expressions import templates
from core.expressions.scope import RESERVED, Scope
from core.models import Membership, Role
from core.redaction import Redactor
from workflows.definitions.document import Notification
from workflows.engine.notices import NotifyOn
from workflows.models import NotificationDelivery, Run
from workflows.selectors import waiting
from workflows.selectors.waiting import Written
from workflows.services import claims, context
from workflows.services.notifications import wording
from workflows.services.versions import Published

Json = dict[str, Any]

MAX_ADDRESSES = 50
MAX_ADDRESS_CHARACTERS = 1000  # of the column
MAX_TEXT_CHARACTERS = 100_000
MAX_SUBJECT_CHARACTERS = 500
_SHOWN = Redactor()


class Rendering:
    """What one delivery says to whom. Raises `ActionFailedError` for what cannot be filled in: it never can."""

    def __init__(self, row: NotificationDelivery, run: Run, published: Published, part: Notification) -> None:
        self._row = row
        self._run = run
        self._published = published
        self._part = part

    def addresses(self, channel: Channel, *, now: datetime) -> list[str]:
        """The addresses that stand at the row's place; none where a template gives none."""
        written = self._part.addresses[self._row.place]
        found = self._rendered(written, now=now)
        listed = found if isinstance(found, list) else [found]
        if len(listed) > MAX_ADDRESSES:
            text = f"there are {len(listed)} addresses; at most {MAX_ADDRESSES} are accepted"
            raise ActionFailedError("too_many_addresses", text, is_retryable=False)
        return list(dict.fromkeys(_address(each, channel) for each in listed if each not in (None, "")))

    def message(self, *, now: datetime) -> Message:
        """Subject, text and HTML, without anything that looks like a secret."""
        try:
            found = self._message(now)
        except (SequiturError, messages.UnknownMessageError) as error:
            raise ActionFailedError("template_error", str(error), is_retryable=False) from None
        return Message(
            subject=_SHOWN.clean_text(found.subject)[:MAX_SUBJECT_CHARACTERS],
            text=_SHOWN.clean_text(found.text)[:MAX_TEXT_CHARACTERS],
            html=_SHOWN.clean_text(found.html)[:MAX_TEXT_CHARACTERS],
        )

    def _message(self, now: datetime) -> Message:
        part, is_action = self._part, self._row.action_run_id is not None
        name = part.template or self._default_template(is_action)
        if part.message is not None:
            found = Message(subject="", text=self._text(part.message, now))
        elif name is not None:
            names = self._scope(now).as_json()
            variables = {key: names.pop(key) for key in (*self.variables, "run")}
            found = messages.render(name, variables=variables, context=names)
        else:
            subject, text = wording.OWN[NotifyOn(self._row.trigger), is_action]
            found = Message(subject=self._text(subject, now), text=self._text(text, now))
        if part.subject is not None:
            found = replace(found, subject=self._text(part.subject, now))
        if not found.subject:
            found = replace(found, subject=f"{self._published.definition.name}: {self._row.trigger}")
        return found

    def _default_template(self, is_action: bool) -> str | None:
        if self._asked:
            return wording.APPROVAL
        return wording.SHIPPED.get((NotifyOn(self._row.trigger), is_action))

    def _text(self, source: str, now: datetime) -> str:
        return str(templates.compile(source).render(self._scope(now)))

    def _rendered(self, source: str, *, now: datetime) -> Any:
        try:
            return templates.render_structure(source, self._scope(now))
        except SequiturError as error:
            raise ActionFailedError("template_error", error.detail, is_retryable=False) from None

    def _scope(self, now: datetime) -> Scope:
        """What the action sees, its own outcome, and the names of notifications; those win over the event's data."""
        action_run = self._row.action_run
        if action_run is None:
            base = context.of_run(self._run, self._published, now=now)
        else:
            base = context.build(claims.of(action_run, claimed_at=now), secrets={})
            own = {"status": action_run.status, "output": action_run.output, "error": self._row.about["error"]}
            base = base.having(actions={**base.names["actions"], action_run.key: own})
        names = base.names
        return Scope(
            names={
                **names,
                "run": {**names["run"], **run_names(self._run)},
                "workspace": self._workspace(names["workspace"]),
                "tenant": self._workspace(names["workspace"]),
            },
            fallback={**base.fallback, **self.variables},
        )

    @cached_property
    def variables(self) -> Json:
        """The names that are no reserved ones."""
        row = self._row
        found: Json = {
            "notification": {
                "id": str(row.pk), "trigger": row.trigger, "channel": row.channel, "policy": row.policy,
            },
            "action": self._action(),
            "error": row.about.get("error"),
            "link": link_of(self._run),
            "action_run": {"id": str(row.action_run_id)} if row.action_run_id else None,
            **self._asked,
        }  # fmt: skip
        assert not found.keys() & RESERVED  # noqa: S101  else they would not be found
        return found

    @cached_property
    def _asked(self) -> Json:
        """What people are asked by an approval; nothing for anything else."""
        row = self._row
        if row.trigger != NotifyOn.NEEDS_DECISION or row.action_run is None or row.action_run.type != "approval":
            return {}
        found = waiting.waiting_for(row.action_run, Written(self._run.version.definition)) or {}
        if found.get("kind") != "approval":
            return {}
        return {
            "message": found.get("message"),
            "expires_at": found.get("until"),
            **({"title": found["title"]} if found.get("title") else {}),
        }

    def _action(self) -> Json | None:
        row, action_run = self._row, self._row.action_run
        if action_run is None:
            return None
        title = self._published.plan.actions[action_run.key].part.title
        return {
            "id": str(action_run.pk),
            "key": action_run.key,
            "name": title or action_run.key,
            "title": title,
            "type": action_run.type,
            "iteration": action_run.iteration or None,
            **row.about,
        }

    def _workspace(self, names: Json) -> Json:
        """`owner_email` is what the settings say, or else the address of the admin who has been there the longest."""
        if "owner_email" in names:
            return names
        admins = Membership.objects.filter(role=Role.ADMIN).exclude(user__email="").order_by("created_at")
        email = admins.values_list("user__email", flat=True).first()
        return {**names, "owner_email": email} if email else names


def run_names(run: Run) -> Json:
    """What only notifications know of a run."""
    return {"status": run.status, "error": run.error, "link": link_of(run)}


def link_of(run: Run) -> str | None:
    """Where people find the run; None where nobody said where this server is reached."""
    base = settings.SEQUITUR_PUBLIC_URL.rstrip("/")
    return f"{base}/api/v1/workflow-runs/{run.pk}/" if base else None


def _address(value: Any, channel: Channel) -> str:
    if not isinstance(value, str):
        text = f"an address of the channel {channel.key} is text; the template gave {type(value).__name__}"
        raise ActionFailedError("invalid_address", text, is_retryable=False)
    try:
        found = channel.check_to(value)
    except ValueError as error:
        raise ActionFailedError("invalid_address", str(error), is_retryable=False) from None
    if len(found) > MAX_ADDRESS_CHARACTERS:
        text = f"the address has {len(found):,} characters; at most {MAX_ADDRESS_CHARACTERS:,} are accepted"
        raise ActionFailedError("invalid_address", text, is_retryable=False)
    return found
