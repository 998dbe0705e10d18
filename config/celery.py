"""The Celery application: JSON only, ids only, no results, five queues. Why each setting: docs/execution.md."""

import os

from celery import Celery, signals
from celery.schedules import crontab
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config import environment, lifelines, stopping

QUEUES = ("events", "runs", "actions", "notifications", "maintenance")
BROKER_SOCKET_TIMEOUT_SECONDS = 3
CONNECTION_REUSES = 1000
SWEEP_SECONDS = 2.0
SUM_UP_SECONDS = 60.0  # reads all that was counted since the last time
TICK_SECONDS = 1.0
SWEEP_VALUES_SECONDS = 30.0
TASK_TIME_LIMIT_SECONDS = 3900  # over the longest time-out of an action, an hour: the wall behind workflows' own

BROKER_URL = environment.load().broker_url or "redis://localhost:6379/0"


def transport_options(url: str) -> dict[str, object]:
    """What the broker's transport needs to be told, by the scheme of its URL.

    Redis: kombu's default is to wait for ever on a hung server. RabbitMQ: without confirms, what is published while it
    goes down is lost without an error.
    """
    no_retries = {"max_retries": 0}  # of a connection: a hint is worth no wait, and workers reconnect by other settings
    if url.startswith(("amqp", "pyamqp")):
        return {"confirm_publish": True, **no_retries}
    return {
        **no_retries,
        "socket_timeout": BROKER_SOCKET_TIMEOUT_SECONDS,
        "socket_connect_timeout": BROKER_SOCKET_TIMEOUT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "visibility_timeout": 3600,
    }


app = Celery("sequitur")
app.conf.update(
    broker_url=BROKER_URL,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="maintenance",
    task_create_missing_queues=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_publish_retry=False,  # hints only: the sweeper repairs
    task_time_limit=TASK_TIME_LIMIT_SECONDS,
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
        "sweep-notifications": {
            "task": "workflows.sweep_notifications",
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


lifelines.connect()
stopping.connect()
