"""The example of the public contract, with all that a definition may say."""

from core import documents
from workflows.definitions import react_flow
from workflows.definitions.check import check
from workflows.definitions.references import Known
from workflows.definitions.shorthand import normalise

EXAMPLE = """\
name: Welcome a good lead
trigger:
  type: lead.created
  filters:
    annual_revenue: { gte: 1000000 }
    source: { in: [referral, partner] }
    country: NL
conditions:
  - { field: lead.score, operator: gte, value: 80 }
settings:
  timeout_seconds: 300
  retry: { max_attempts: 4, backoff: exponential, initial_seconds: 1, max_seconds: 300, jitter: true }
  on_failure: Clean up
actions:
  - id: check
    type: condition
    params: { if: { field: lead.country, operator: eq, value: NL } }
  - id: greet
    type: send_email
    needs: [check.true]
    params: { to: "{{lead.email}}", subject: "Welcome {{lead.first_name}}", template: welcome_email }
    retry: { max_attempts: 3 }
    timeout_seconds: 30
    allow_failure: false
  - id: crm
    type: http_request
    needs: [check.false]
    params: { method: POST, url: "{{vars.crm_url}}/leads", json: { id: "{{lead.id}}" } }
  - id: trouble
    type: log_event
    needs: [greet.error, crm.error]
    join: any
    params: { message: "Lead {{lead.id}}: {{actions.greet.error.message}}" }
  - id: lines
    type: loop
    needs: []
    for_each: "{{ lead.lines }}"
    max_parallel: 3
    actions:
      - type: parallel
        branches:
          left: [{ type: log_event, params: { message: "{{ item.sku }}" } }]
          right: [{ type: log_event, params: { message: "{{ index }}" } }]
"""
KNOWN = Known(variables=frozenset({"crm_url"}), workflows=lambda: frozenset({"Clean up", "clean-up"}))


def test_the_example_of_the_contract_has_no_problems_and_can_be_drawn() -> None:
    definition = normalise(documents.parse_yaml(EXAMPLE.encode(), max_bytes=100_000))

    assert check(definition, KNOWN) == []
    assert normalise(react_flow.to_graph(definition)) == definition
