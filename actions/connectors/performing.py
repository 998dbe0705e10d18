"""Do one operation of a connector: build the request, send it through the door, read the answer."""

from actions import outbound, usage
from actions.base import ActionCall, ActionFailedError, ActionResult
from actions.connections.base import Authorization
from actions.connectors import answers, requests
from actions.connectors.document import ConnectorDocument, Operation
from actions.connectors.requests import Values


def perform(
    document: ConnectorDocument,
    operation: Operation,
    values: Values,
    call: ActionCall,
    *,
    base_url: str,
    authorization: Authorization,
) -> ActionResult:
    """The output of the operation.

    Raises `ActionFailedError`: what the door raises; unauthorized, forbidden, not_found, conflict, rate_limited,
    http_status, api_error or a code that the connector maps; outcome_unknown where it must not be done twice.
    """
    request = requests.build(
        document,
        operation,
        values,
        base_url=base_url,
        authorization=authorization,
        idempotency_key=call.idempotency_key,
    )
    seen = request.as_json(call.redactor)
    expected = frozenset(operation.expected_status)
    is_answered = False
    try:
        response = outbound.call(
            request,
            timeout_seconds=call.timeout_seconds,
            redactor=call.redactor,
            is_expected=lambda status: status in expected if expected else status // 100 == 2,
        )
        is_answered = True
        answers.check(document, operation, response, redactor=call.redactor)
    except ActionFailedError as error:
        error.request = error.request or seen
        explained = answers.explained(document, operation, error)
        explained.usage = {usage.HTTP_CALLS: 1} if is_answered or error.response is not None else {}
        raise explained from error
    return ActionResult(
        output=answers.output(operation, response),
        request=seen,
        response=response.as_json(call.redactor),
        usage={usage.HTTP_CALLS: 1},
    )
