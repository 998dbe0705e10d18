"""Ask for JSON of a schema, and believe nothing: the answer is checked here, and the model told once what is wrong."""

import json
from collections.abc import Sequence
from typing import Any

from actions.ai import failures, prompts
from actions.ai.answers import Reply
from actions.ai.session import Session
from actions.base import ActionFailedError
from core import documents, schemas
from core.errors import InvalidError, Problem, SequiturError
from core.schemas import Schema

Json = dict[str, Any]
MAX_ANSWER_BYTES = 1024 * 1024
MAX_TOLD = 10  # problems that the model is told


def ask(session: Session, messages: Sequence[Json], *, schema: Json, is_strict: bool = False, **more: Any) -> Any:
    """A value that fits the schema; after a first answer that does not, the model is asked once more.

    `is_strict` tells the service to force the form, for schemas of the few words that services know.
    Raises `ActionFailedError`: ai_invalid_answer when the second does not fit either, ai_truncated_answer, and what
    `Session.ask` raises.
    """
    compiled = compile_or_fail(schema)
    said = with_schema(messages, schema, session)
    asked = {**wanted(session, schema, is_strict=is_strict), **more}
    return settled(session, session.ask(said, **asked), said, compiled=compiled, asked=asked)


def settled(session: Session, reply: Reply, said: Sequence[Json], *, compiled: Schema, asked: Json) -> Any:
    """The value of a reply to what was said; when it does not fit, that of the reply to what is wrong with it."""
    value, problems = read(reply, compiled)
    if not problems:
        return value
    repair = prompts.user(
        f"That answer does not fit. {told(problems)}\nAnswer again, with the whole JSON document and nothing else."
    )
    second = session.ask([*said, reply.message, repair], **asked)
    value, problems = read(second, compiled)
    if problems:
        raise failures.unfit(told(problems))
    return value


def read(reply: Reply, compiled: Schema) -> tuple[Any, list[Problem]]:
    """The value of an answer, or what is wrong with it. Raises `ActionFailedError` (ai_truncated_answer)."""
    if reply.is_truncated:
        raise failures.truncated()
    try:
        value = documents.parse_json(_bare(reply.text).encode("utf-8", "replace"), max_bytes=MAX_ANSWER_BYTES)
    except SequiturError as error:
        return None, [Problem("", "malformed", error.detail)]
    return value, compiled.problems(value)


def compile_or_fail(schema: Json) -> Schema:
    """The schema, compiled. Raises `ActionFailedError` (invalid_parameters)."""
    try:
        return schemas.compile_schema(schema)
    except InvalidError as error:
        text = f"The schema cannot be used. {told(error.problems)}"
        raise ActionFailedError("invalid_parameters", text, is_retryable=False) from None


def check(schema: Any, *, path: str) -> list[Problem]:
    """What is wrong with a schema as it is written in the parameters; nothing for one that is not there."""
    if not isinstance(schema, dict):
        return []  # the model of the parameters says so
    try:
        schemas.compile_schema(schema, path=path)
    except (InvalidError, TypeError, ValueError) as error:
        return list(error.problems) if isinstance(error, InvalidError) else []
    return []


def wanted(session: Session, schema: Json, *, is_strict: bool = False) -> Json:
    """The fields of a request that say that JSON is wanted, in the way that this service knows."""
    match session.opened.settings.response_format:
        case "json_schema":
            form = {"name": "answer", "schema": schema, "strict": is_strict}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        case "json_object":
            return {"response_format": {"type": "json_object"}}
    return {}


def told(problems: Sequence[Problem]) -> str:
    """The problems as one line."""
    return " ".join(f"{problem.path or '/'}: {problem.message}" for problem in problems[:MAX_TOLD])


def with_schema(messages: Sequence[Json], schema: Json, session: Session) -> list[Json]:
    """The messages, with the schema in words for services that take none."""
    if session.opened.settings.response_format == "json_schema":
        return list(messages)
    text = f"Answer with one JSON document that fits this JSON Schema, and nothing else:\n{json.dumps(schema)}"
    return [prompts.system(text), *messages]


def _bare(text: str) -> str:
    """Without the fence that models like to put around JSON."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        return stripped.partition("\n")[2].removesuffix("```")
    return stripped
