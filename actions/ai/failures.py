"""What is said when a model does not give what was asked for. The codes are stable."""

import json
from typing import Any

from actions.base import ActionFailedError

_MAX_QUOTED = 200


def of_status(error: ActionFailedError) -> ActionFailedError:
    """The failure of an answer with an error status, with a code that says what to do.

    1. 401, 403: ai_unauthorized. 2. 429 for want of money: ai_quota_exceeded. 3. any other 429: ai_rate_limited, tried
    again after the time that the service asks for. 4. too long for the model: ai_context_length. 5. 404:
    ai_unknown_model. 6. 408, 425 and 5xx: ai_unavailable, tried again. 7. Everything else: ai_refused_request.
    Failures that are not about a status (timeout, connection_failed, ...) stay as they are.
    """
    if error.code != "http_status" or error.response is None:
        return error
    status, (code, said) = error.response["status"], _said(error.response["body"])
    found, advice, is_retryable = _kind(status, code, said, error.is_retryable)
    return ActionFailedError(
        found,
        f"the AI service answered {status}{': ' if said else ''}{said}; {advice}",
        is_retryable=is_retryable,
        retry_after_seconds=error.retry_after_seconds if is_retryable else None,
        request=error.request,
        response=error.response,
    )


def _kind(status: int, code: str, said: str, is_retryable: bool) -> tuple[str, str, bool]:
    """The code, what to do, and whether the same may succeed later."""
    is_poor = code in {"insufficient_quota", "billing_hard_limit_reached"}
    is_too_long = code == "context_length_exceeded" or (status in {400, 413} and "context length" in said.lower())
    cases = (
        (status in {401, 403}, "ai_unauthorized", "check the API key of the connection", False),
        (status == 429 and is_poor, "ai_quota_exceeded", "the account with the service has no money left", False),
        (status == 429, "ai_rate_limited", "it may be tried again later", True),
        (is_too_long, "ai_context_length", "shorten the text, or choose a model that reads more", False),
        (status == 404, "ai_unknown_model", "check the model, and the base_url of the connection", False),
        (is_retryable, "ai_unavailable", "it may be tried again later", True),
        (True, "ai_refused_request", "the service does not take the request as it is", False),
    )
    return next((found, advice, may_repeat) for holds, found, advice, may_repeat in cases if holds)


def _said(body: str) -> tuple[str, str]:
    """The code and the message in `{"error": {"code", "message"}}`; of anything else, its beginning."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or error.get("type") or ""), _short(str(error.get("message") or ""))
    return "", _short(body)


def malformed(reason: str, *, response: dict[str, Any] | None = None) -> ActionFailedError:
    """What came is no answer of a chat at all; the next one may be, as after a 502."""
    text = f"the answer of the AI service cannot be read: {reason}"
    return ActionFailedError("ai_invalid_answer", text, is_retryable=True, response=response)


def unfit(problems: str) -> ActionFailedError:
    """The model was told what is wrong with its answer and gave another that is wrong; a third would cost as much."""
    text = f"the model did not answer in the form that was asked for, also when told so. {problems}"
    return ActionFailedError("ai_invalid_answer", text, is_retryable=False)


def truncated() -> ActionFailedError:
    """The answer was cut by its limit, so it is no whole document."""
    return ActionFailedError(
        "ai_truncated_answer", "the answer was cut before its end; raise max_tokens or ask for less", is_retryable=False
    )


def declined(reason: str) -> ActionFailedError:
    """The model, or a filter around it, does not want to answer this."""
    text = f"the model declined to answer{': ' if reason else ''}{_short(reason)}"
    return ActionFailedError("ai_declined", text, is_retryable=False)


def over_budget(what: str) -> ActionFailedError:
    """An agent came to the end of what it may use."""
    return ActionFailedError("ai_budget_exceeded", f"the agent was stopped: {what}", is_retryable=False)


def out_of_time() -> ActionFailedError:
    """Everything together took too long."""
    return ActionFailedError("timeout", "the model was not done in time", is_retryable=True)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_QUOTED else f"{line[:_MAX_QUOTED]}..."
