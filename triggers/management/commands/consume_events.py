"""`manage.py consume_events --broker redis://... --queue orders --workspace acme`: take events from a broker."""

import signal
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import SequiturError
from core.models import Workspace
from triggers.bus import mapping
from triggers.bus.kafka_source import KafkaSource
from triggers.bus.kombu_source import KombuSource
from triggers.bus.mapping import Route
from triggers.bus.redis_source import RedisSource
from triggers.bus.source import Source
from triggers.services import consuming

KAFKA = "kafka://"


class Command(BaseCommand):
    """Runs until it is told to stop (SIGTERM, SIGINT), and finishes its batch then. Several may run at once."""

    help = "Take events from queues of Redis or RabbitMQ, or from topics of Kafka."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--broker", required=True, help="redis://..., amqp://..., or kafka://host:9092,host:9092")
        parser.add_argument("--queue", "--topic", action="append", default=[], help="may be given several times")
        parser.add_argument("--workspace", default="", help="slug of the workspace that the events belong to")
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument("--type", default="", help="the type of all events")
        kind.add_argument("--type-field", default="", help="where the type stands in the message: meta.kind")
        parser.add_argument("--map", help="a YAML file in the place of these four: a list of queues with all they mean")
        parser.add_argument("--prefetch", type=int, default=100, help="messages of one batch, 1 to 1000")
        parser.add_argument("--group", default="sequitur", help="of Kafka: those that share the work")
        parser.add_argument("--option", action="append", default=[], help="of Kafka: security.protocol=SASL_SSL")
        parser.add_argument("--visibility-seconds", type=float, default=60.0,
                            help="of Redis: how long what a killed process had read stays with it")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            routes = _routes(options)
            counts = consuming.consume(
                partial(_connect, options, [route.queue for route in routes]),
                routes,
                max_messages=options["prefetch"],
                is_stopping=_stopping(),
            )
        except SequiturError as error:
            problems = "".join(f"\n  {problem.path}: {problem.message}" for problem in error.problems)
            raise CommandError(error.detail + problems) from None
        self.stdout.write(f"{counts.accepted} accepted, {counts.duplicates} known already, {counts.poison} poison.")


def _routes(options: dict[str, Any]) -> tuple[Route, ...]:
    if not 1 <= options["prefetch"] <= 1000:
        raise CommandError("--prefetch is from 1 to 1000.")
    if options["map"]:
        try:
            routes = mapping.parse(Path(options["map"]).read_bytes())
        except OSError as error:
            raise CommandError(f"The map cannot be read: {error}") from None
    elif options["queue"] and options["workspace"]:
        common = {"workspace": options["workspace"], "type": options["type"], "type_field": options["type_field"]}
        routes = mapping.of([{"queue": name, **common} for name in options["queue"]])
    else:
        raise CommandError("Say what to read, and for whom: --queue NAME --workspace SLUG, or --map FILE.")
    known = set(Workspace.objects.values_list("slug", flat=True).filter(slug__in={each.workspace for each in routes}))
    for route in routes:
        if route.workspace not in known:
            raise CommandError(f"There is no workspace {route.workspace!r}.")
    return routes


def _connect(options: dict[str, Any], queues: list[str]) -> Source:
    broker: str = options["broker"]
    if broker.startswith(KAFKA):
        pairs = (each.partition("=") for each in options["option"])
        settings = {name: value for name, _, value in pairs}
        return KafkaSource(broker.removeprefix(KAFKA), queues, group=options["group"], options=settings)
    if broker.startswith(("amqp", "pyamqp")):
        return KombuSource(broker, queues, prefetch=options["prefetch"])
    return RedisSource(broker, queues, visibility_seconds=options["visibility_seconds"])


def _stopping() -> Callable[[], bool]:
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: told.append(received))
    return lambda: bool(told)
