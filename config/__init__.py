"""How Sequitur is deployed: settings, the Celery application, URLs, and the embedded servers of `make up`."""

from config.celery import app as celery_app

__all__ = ("celery_app",)
