"""Registration of the app with Django."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """Receives what fires in `triggers`, and says what came of it."""

    name = "workflows"

    def ready(self) -> None:
        from actions import ports as action_ports
        from core import discovery, plugins
        from triggers import ports
        from workflows.selectors import responses, usage
        from workflows.selectors import runs as selectors
        from workflows.services import arriving, runs, templates

        discovery.import_all("workflows.types")
        plugins.reads(templates.FOLDER, templates.PATTERN, templates.read)
        ports.connect(runs.start)
        action_ports.connect_users(usage.workflows_with_connection)
        ports.connect_arrivals(arriving.event_arrived)
        ports.connect_responses(responses.of_firing)
        ports.connect_still_running(selectors.still_running)
