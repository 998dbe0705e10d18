"""Gunicorn's settings: threads, since requests wait for the database more than they compute."""

import signal

from gunicorn.workers.base import Worker

from config import environment
from config.embedded import kernel

ENV = environment.load()

loglevel = "warning"
bind = f"[{ENV.host}]:{ENV.port}" if ":" in ENV.host else f"{ENV.host}:{ENV.port}"
worker_class = "config.web_worker.DeadlineWorker"
workers = ENV.web_workers
threads = 4
preload_app = True  # the modules are read once and their memory is shared
timeout = 60
graceful_timeout = 10
max_requests = 10_000
max_requests_jitter = 1_000
control_socket_disable = True  # its default place is one per user, not one per instance


def post_fork(server: object, worker: Worker) -> None:
    """Let the kernel end a worker whose master was killed: it would keep the port."""
    kernel.end_with_parent(parent_pid=worker.ppid, signal_number=signal.SIGKILL)
