"""The Celery application: JSON only, ids only, no results, seven queues. Why each setting: docs/execution.md."""

import os

from celery import Celery, signals
from celery.schedules import crontab
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config import environment, lifelines, stopping
from core import dead_queues
from core.worker import correlation

QUEUES = ("events_express", "events", "runs", "actions_express", "actions", "notifications", "maintenance")
TICKS = "maintenance"
BROKER_SOCKET_TIMEOUT_SECONDS = 3
CONNECTION_REUSES = 1000
SWEEP_SECONDS = 2.0
SUM_UP_SECONDS = 60.0  # reads all that was counted since the last time
TICK_SECONDS = 1.0
SWEEP_VALUES_SECONDS = 30.0
COLLECT_SECONDS = 5.0
SWEEP_ANSWERS_SECONDS = 60.0
TASK_TIME_LIMIT_SECONDS = 3900  # over the longest time-out of an action, an hour: the wall behind workflows' own

BROKER_URL = environment.load().broker_url or "redis://localhost:6379/0"


def is_rabbitmq(url: str) -> bool:
    """Whether the URL is of a RabbitMQ."""
    return url.startswith(("amqp", "pyamqp"))


def transport_options(url: str) -> dict[str, object]:
    """What the broker's transport needs to be told, by the scheme of its URL.

    Redis: kombu's default is to wait for ever on a hung server. RabbitMQ: without confirms, what is published while it
    goes down is lost without an error.
    """
    no_retries = {"max_retries": 0}  # of a connection: a hint is worth no wait, and workers reconnect by other settings
    if is_rabbitmq(url):
        return {"confirm_publish": True, **no_retries}
    return {
        **no_retries,
        "socket_timeout": BROKER_SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": BROKER_SOCKET_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "visibility_timeout": 3600,
    }


def task_queues(url: str) -> list[Queue]:
    """The queues of tasks, those of RabbitMQ with its dead-letter exchange.

    Not that of ticks: they expire, and RabbitMQ would take each that nobody consumed in time for a dead letter.
    """
    dead_lettered = dead_queues.task_queues([name for name in QUEUES if name != TICKS], is_rabbitmq=is_rabbitmq(url))
    return [*dead_lettered, Queue(TICKS)]


app = Celery("sequitur", task_cls="core.worker.tasks:Task")
app.conf.update(
    broker_url=BROKER_URL,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_queues=task_queues(BROKER_URL),
    task_default_queue="maintenance",
    task_create_missing_queues=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_publish_retry=False,  # hints only: the sweeper repairs
    task_time_limit=TASK_TIME_LIMIT_SECONDS,
    worker_consumer="core.worker.consumer:Consumer",  # gives messages up that no worker can take: docs/dead-letters.md
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_max_tasks_per_child=10_000,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=BROKER_SOCKET_TIMEOUT_SECONDS,
    broker_transport_options=transport_options(BROKER_URL),
    timezone="UTC",
    enable_utc=True,
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_max_loop_interval=1,
    # Ticks that nobody consumed in time are worth nothing: the next one looks again.
    beat_schedule={
        "sweep-events": {
            "task": "triggers.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * SWEEP_SECONDS},
        },
        "tick-schedules": {
            "task": "triggers.tick",
            "schedule": TICK_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * TICK_SECONDS},
        },
        "notice-absences": {
            "task": "triggers.notice",
            "schedule": TICK_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * TICK_SECONDS},
        },
        "find-watches": {
            "task": "triggers.find_watches",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * SWEEP_SECONDS},
        },
        "sum-up-tallies": {
            "task": "triggers.sum_up",
            "schedule": SUM_UP_SECONDS,
            "options": {"queue": "maintenance", "expires": SUM_UP_SECONDS},
        },
        "warn-of-expiry": {
            "task": "actions.warn_of_expiry",
            "schedule": crontab(hour=6, minute=0),
            "options": {"queue": "maintenance", "expires": 3600},
        },
        "sweep-values": {
            "task": "actions.sweep_values",
            "schedule": SWEEP_VALUES_SECONDS,
            "options": {"queue": "maintenance", "expires": SWEEP_VALUES_SECONDS},
        },
        "sweep-runs": {
            "task": "workflows.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * SWEEP_SECONDS},
        },
        "close-gatherings": {
            "task": "workflows.close_gatherings",
            "schedule": TICK_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * TICK_SECONDS},
        },
        "collect-dead-letters": {
            "task": "core.collect_dead_letters",
            "schedule": COLLECT_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * COLLECT_SECONDS},
        },
        "sweep-answers": {
            "task": "core.sweep_answers",
            "schedule": SWEEP_ANSWERS_SECONDS,
            "options": {"queue": "maintenance", "expires": SWEEP_ANSWERS_SECONDS},
        },
        "sweep-dead-letters": {
            "task": "core.sweep_dead_letters",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * SWEEP_SECONDS},
        },
        "sweep-notifications": {
            "task": "workflows.sweep_notifications",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * SWEEP_SECONDS},
        },
        "count-hours": {
            "task": "workflows.count_hours",
            "schedule": SUM_UP_SECONDS,
            "options": {"queue": "maintenance", "expires": SUM_UP_SECONDS},
        },
        "sweep-versions": {
            "task": "workflows.sweep_versions",
            "schedule": crontab(hour=4, minute=30),
            "options": {"queue": "maintenance", "expires": 3600},
        },
        "sweep-repairs": {
            "task": "workflows.sweep_repairs",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": "maintenance", "expires": 4 * SWEEP_SECONDS},
        },
    },
)


def _packages() -> list[str]:
    """The apps whose tasks are looked for: a faulty plugin has none."""
    from django.apps import apps

    from core import plugins

    return [each.name for each in apps.get_app_configs() if not plugins.is_faulty(each.name)]


app.autodiscover_tasks(_packages)

# Celery closes the database connection around every task. A new backend plans its first queries with cold catalogues,
# which is several times the cost of an action, so connections are kept and tested before each task, as Django does it
# around requests. (Kept without the test, a connection that PostgreSQL closed would fail every task after that.)
app.conf.CELERY_DB_REUSE_MAX = CONNECTION_REUSES


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Settings have configured it; Celery would set the level of the root logger to its own option's."""


@signals.task_prerun.connect
@signals.task_postrun.connect
def heal_connections(**_: object) -> None:
    """Drop the database connections that are too old or do not answer."""
    from django.db import close_old_connections

    close_old_connections()


correlation.connect()
lifelines.connect()
stopping.connect()
