"""The workflows of the chaos test. `SHAPES` must publish; `LATER` join them as soon as their types are installed.

To add one: a name, a definition on `chaos.<name>` with the receiver's address as RECEIVER, and the action types it
needs. Calls name themselves by `/<manner>/<run>/<action>/<iteration>` (see `receiver`); time-outs are short, because a
lease lasts as long.
"""

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One workflow. `starts`: whether events of the test start it; other workflows start the rest."""

    name: str
    actions: str
    types: tuple[str, ...] = ()
    starts: bool = True

    @property
    def event_type(self) -> str:
        return f"chaos.{self.name}"

    def document(self, receiver: str) -> str:
        """The definition as YAML."""
        head = (
            f"name: {self.name}\ntrigger: {self.event_type}\n"
            "settings: { retry: { max_attempts: 8, initial_seconds: 0.2, max_seconds: 1 } }\nactions:\n"
        )
        return head + textwrap.indent(textwrap.dedent(self.actions).strip(), "  ").replace("RECEIVER", receiver) + "\n"


def call(key: str, more: str = "", *, manner: str = "ok", iteration: str = "0") -> str:
    """An `http_request` to the receiver, as one line of YAML; `more` begins with a comma."""
    url = f"RECEIVER/{manner}/{{{{ run.id }}}}/{key}/{iteration}"
    params = f'{{ method: POST, url: "{url}" }}'
    return f"- {{ id: {key}, type: http_request, timeout_seconds: 3, params: {params}{more} }}"


LOG = '- { id: note, type: log_event, timeout_seconds: 3, params: { message: "done {{ event.id }}" } }'

ONCE = """
- { id: once, type: chaos_once, timeout_seconds: 3, params: { url: "RECEIVER/slow/{{ run.id }}/once/0" } }
""".strip()
KEEP = """
- { id: keep, type: set_variables, timeout_seconds: 3, params: { variables: { at: "{{ event.id }}" } } }
""".strip()
WAIT = """
- id: wait
  type: wait_for_event
  params: { event: chaos.reply, timeout_seconds: 300, correlation: { number: "{{ number }}" }, look_back_seconds: 60 }
""".strip()

SHAPES = (
    Shape("line", "\n".join([call("first"), call("second"), LOG, call("third")])),
    Shape("retried", "\n".join([call("first"), call("flaky", manner="flaky"), call("last"), LOG])),
    Shape(
        "once",
        "\n".join(
            [
                call("first"),
                ONCE,
                call("last"),
            ]
        ),
    ),
    Shape(
        "variables",
        "\n".join(
            [
                KEEP,
                call("read", ", allow_failure: true"),
                *(LOG.replace("id: note", f"id: note_{number}") for number in range(4)),
            ]
        ),
    ),
)

LATER = (
    Shape(
        "branches",
        "\n".join(
            [
                "- { id: ask, type: condition, params: { if: { field: number, operator: gte, value: 500 } } }",
                call("high", ", needs: [ask.true]"),
                call("low", ", needs: [ask.false]"),
                call("after", ", needs: [high, low], join: any"),
            ]
        ),
        types=("condition",),
    ),
    Shape(
        "side_by_side",
        f"""
- id: both
  type: parallel
  params:
    branches:
      left:
        {call("left_1")}
        {call("left_2")}
      right:
        {call("right_1")}
{call("after")}
        """,
        types=("parallel",),
    ),
    Shape(
        "loops",
        f"""
- id: each
  type: loop
  for_each: {{ items: "{{{{ items }}}}", max_parallel: 2 }}
  params:
    actions:
      {call("in_loop_1", iteration="{{ index }}")}
      {call("in_loop_2", iteration="{{ index }}")}
{call("after")}
        """,
        types=("loop",),
    ),
    Shape(
        "for_each",
        "\n".join(
            [
                call("each", ', for_each: { items: "{{ items }}", max_parallel: 3 }', iteration="{{ index }}"),
                call("after"),
            ]
        ),
        types=("loop",),
    ),
    Shape(
        "delayed",
        "\n".join([call("before"), "- { id: wait, type: delay, params: { seconds: 1 } }", call("after")]),
        types=("delay",),
    ),
    Shape(
        "parent",
        "\n".join(
            [
                call("before"),
                '- { id: child, type: workflow, params: { workflow: child, data: { number: "{{ number }}" } } }',
                call("after"),
            ]
        ),
        types=("workflow",),
    ),
    Shape("child", "\n".join([call("inner_1"), call("inner_2")]), types=("workflow",), starts=False),
    Shape(
        "handled",
        "\n".join(
            [
                call("bad", manner="refuse"),
                call("well", ", needs: [bad.done]"),
                call("trouble", ", needs: [bad.error]"),
                call("after", ", needs: [well, trouble], join: any"),
            ]
        ),
        types=("condition",),
    ),
    Shape(
        "undone",
        f"""
- id: reserve
  type: http_request
  timeout_seconds: 3
  params: {{ method: POST, url: "RECEIVER/ok/{{{{ run.id }}}}/reserve/0" }}
  undo:
    type: http_request
    timeout_seconds: 3
    params: {{ method: POST, url: "RECEIVER/ok/{{{{ run.id }}}}/reserve.undo/0" }}
{call("bad", manner="refuse")}
        """,
        types=("fail",),
    ),
    Shape(
        "answered",
        "\n".join(
            [
                call("before"),
                WAIT,
                call("after", ", needs: [wait.done]"),
            ]
        ),
        types=("wait_for_event",),
    ),
    Shape(
        "approved",
        "\n".join(
            [
                call("before"),
                "- { id: ask, type: approval, params: { message: May it?, expires_seconds: 300 } }",
                call("yes", ", needs: [ask.approved]"),
                call("no", ", needs: [ask.rejected]"),
            ]
        ),
        types=("approval",),
    ),
)

# A turn of these that ends in waiting gives its attempt back: the only way in which an attempt may decrease.
HAND_BACK = frozenset({"delay", "wait_for_event", "approval", "workflow", "parallel", "loop"})
