"""What is wrong with notifications that their shape cannot say: channels, addresses, templates, names in them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from actions import messages
from actions.channels.base import Channel
from actions.channels.registry import channels
from core import pointers, validation
from core.errors import Problem
from core.expressions import templates
from workflows.definitions import calls, permissions
from workflows.definitions.references import FIXED, Names

MAX_CHECKED = 20  # as many as the shape lets pass

# The names that only notifications see, with their fields.
ALSO: Mapping[str, frozenset[str]] = {
    "notification": frozenset({"id", "trigger", "channel", "policy"}),
    "action": frozenset({"id", "key", "name", "title", "type", "iteration", "status", "error", "attempt"}),
    "run": FIXED["run"] | {"status", "error", "link"},
    "error": frozenset({"code", "message", "action"}),
    "link": frozenset(),
}


def check(written: Any, *, path: str, names: Names) -> Iterator[Problem]:
    """Every problem of a list of notifications; `names` are those that the action sees, and its own."""
    if not isinstance(written, list):
        return
    seen: set[str] = set()
    names = replace(names, has_secrets=False, also=ALSO)
    for index, part in enumerate(written[:MAX_CHECKED]):
        if isinstance(part, dict):
            where = pointers.join(path, index)
            yield from _policy(part, path=where, names=names)
            if isinstance(key := part.get("id"), str):
                if key in seen:
                    yield Problem(f"{where}/id", "duplicate_id", f"Another notification here has the id {key!r}.")
                seen.add(key)


def _policy(part: Mapping[str, Any], *, path: str, names: Names) -> Iterator[Problem]:
    yield from _channel(part, path=path, names=names)
    for name in ("subject", "message"):
        if isinstance(part.get(name), str):
            yield from calls.check_templates(part[name], path=f"{path}/{name}", names=names)
    if isinstance(part.get("template"), str):
        yield from _template(part, path=path)


def _channel(part: Mapping[str, Any], *, path: str, names: Names) -> Iterator[Problem]:
    name = part.get("channel")
    if not isinstance(name, str):
        return
    channel = channels.find(name)
    if channel is None:
        have = sorted(channels.keys())
        guess = validation.did_you_mean(name, have) or f" There are {', '.join(have)}."
        yield Problem(f"{path}/channel", "unknown_channel", f"There is no channel {name[:100]!r}.{guess}")
    elif isinstance(connection := part.get("connection"), str):
        yield from _connection(connection, channel, path=f"{path}/connection", names=names)
    to = part.get("to")
    for where, text in _addresses(to, path=f"{path}/to"):
        yield from _address(text, channel, path=where, names=names)


def _addresses(to: Any, *, path: str) -> Iterator[tuple[str, str]]:
    for index, text in enumerate(to if isinstance(to, list) else [to]):
        if isinstance(text, str):
            yield (pointers.join(path, index) if isinstance(to, list) else path), text


def _address(text: str, channel: Channel | None, *, path: str, names: Names) -> Iterator[Problem]:
    if templates.is_template(text):
        yield from calls.check_templates(text, path=path, names=names)
    elif channel is not None:
        try:
            channel.check_to(text)
        except ValueError as error:
            yield Problem(path, "invalid_address", f"{error}.")


def _connection(name: str, channel: Channel, *, path: str, names: Names) -> Iterator[Problem]:
    if not channel.kinds:
        yield Problem(path, "unknown_parameter", f"The channel {channel.key!r} needs no connection; take it out.")
    elif templates.is_template(name):
        yield Problem(path, "invalid", "Expected the name of a connection; it is not filled in.")
    else:
        yield from permissions.check_connection(name, channel.kinds, path=path, known=names.known)


def _template(part: Mapping[str, Any], *, path: str) -> Iterator[Problem]:
    if part.get("message") is not None:
        yield Problem(f"{path}/template", "conflict", "Give a template or a message, not both.")
    yield from messages.check_name(part["template"], path=f"{path}/template")
