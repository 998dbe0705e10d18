"""The words of messages that name neither a template nor a text: by what happened, to an action or to the run."""

from workflows.engine.notices import NotifyOn

_WHERE = """
Workflow:      {{ workflow.name | default('(unknown)') }}
Run:           {{ run.id }}
Link:          {{ link | default('none') }}
"""
_WHY = """
What happened: {{ error.message | default('no reason was given') }}
Code:          {{ error.code | default('none') }}
"""
_ACTION = "{{ workflow.name }}, action {{ action.name }}"

SHIPPED: dict[tuple[NotifyOn, bool], str] = {
    (NotifyOn.COMPLETED, True): "action_completed",
    (NotifyOn.FAILED, True): "action_failed",
}
APPROVAL = "approval_request"

# By what happened, and whether to an action: subject and text.
OWN: dict[tuple[NotifyOn, bool], tuple[str, str]] = {
    (NotifyOn.READY, True): (f"Ready: {_ACTION}", "The action {{ action.name }} is ready to start.\n" + _WHERE),
    (NotifyOn.STARTED, True): (f"Started: {_ACTION}", "The action {{ action.name }} has started.\n" + _WHERE),
    (NotifyOn.RETRY, True): (
        f"Trying again: {_ACTION}",
        "Try {{ action.attempt }} of the action {{ action.name }} failed; another follows.\n" + _WHY.rstrip() + _WHERE,
    ),
    (NotifyOn.NEEDS_DECISION, True): (
        f"Please decide: {_ACTION}",
        "Nobody can tell whether the action {{ action.name }} was done: say confirm, resend or skip.\n"
        + _WHY.rstrip()
        + _WHERE
        + "Action run:    {{ action.id }}\n",
    ),
    (NotifyOn.PAUSED, False): (
        "Paused: {{ workflow.name }}",
        "The circuit breaker of this workflow opened: events start no more runs of it.\n"
        + _WHY.rstrip()
        + _WHERE
        + "To resume:     POST /api/v1/workflows/{{ workflow.id }}/resume/, or publish a version that is mended\n",
    ),
    (NotifyOn.READY, False): ("New run: {{ workflow.name }}", "A run was made and will start.\n" + _WHERE),
    (NotifyOn.STARTED, False): ("Started: {{ workflow.name }}", "A run has started.\n" + _WHERE),
    (NotifyOn.COMPLETED, False): ("Completed: {{ workflow.name }}", "A run has completed.\n" + _WHERE),
    (NotifyOn.FAILED, False): (
        "Failed: {{ workflow.name }}",
        "A run has failed, at the action {{ error.action | default('(none)') }}.\n" + _WHY.rstrip() + _WHERE,
    ),
}
