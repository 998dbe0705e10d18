"""Registration of the app with Django."""

import pkgutil
from importlib import import_module

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    """Names the app, and loads each file of `actions/types/`: a new type is a new file and nothing else."""

    name = "actions"

    def ready(self) -> None:
        from actions import checks, types  # noqa: F401  the checks register themselves

        for module in pkgutil.iter_modules(types.__path__):
            import_module(f"{types.__name__}.{module.name}")
