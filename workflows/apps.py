"""Registration of the app with Django."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Receives what fires in `triggers`, and says what came of it."""

    name = "workflows"

    def ready(self) -> None:
        from actions import ports as action_ports
        from core import discovery, plugins
        from core import ports as core_ports
        from core.models import LetterKind
        from core.redrivers import redrivers
        from triggers import ports
        from workflows.selectors import gatherings, quotas, responses, secret_usage, usage
        from workflows.selectors import runs as selectors
        from workflows.services import arriving, runs
        from workflows.services.flow import effective, gate
        from workflows.services.repair import redriving
        from workflows.services.templates import library, reading

        discovery.import_all("workflows.types")
        plugins.reads(library.FOLDER, library.PATTERN, reading.read)
        core_ports.connect_flow(effective.problems)
        core_ports.connect_count("max_workflows", quotas.workflows)
        core_ports.connect_count("max_runs_per_day", quotas.runs_of_day)
        core_ports.connect_secret_users(secret_usage.workflows_with_secret)
        redrivers.register(LetterKind.ACTION, redriving.redrive)
        ports.connect_gate(gate.admit)
        ports.connect(runs.start)
        action_ports.connect_users(usage.workflows_with_connection)
        action_ports.connect_message_users(usage.workflows_with_message)
        ports.connect_arrivals(arriving.event_arrived)
        ports.connect_responses(responses.of_firing)
        ports.connect_gatherings(gatherings.told)
        ports.connect_still_running(selectors.still_running)
