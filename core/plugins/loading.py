"""Import what a plugin brings by convention: its modules with types, its migrations, its files."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.utils.module_loading import module_has_submodule

from core import discovery
from core.plugins import table
from core.plugins.plugin import Plugin

# Packages (or single modules) whose modules register something; `actions` is for those that like the shorter name.
PACKAGES = ("action_types", "actions", "connection_types", "channels", "trigger_types", "verification")
MODULES = ("entities", "tasks", "admin")


class LoadingError(Exception):
    """Something that a plugin brings cannot be loaded; `__cause__` says why."""


def modules(config: AppConfig) -> None:
    """Import the modules that register types, entities, tasks and admin pages.

    Raises `LoadingError` for the first that cannot be; admin pages that were made by then are gone again.
    """
    pages = copy.copy(admin.site._registry)  # noqa: SLF001  as Django's own autodiscover does
    try:
        for name in PACKAGES:
            with _told(f"{name} cannot be imported"):
                _import(config, name)
        for name in MODULES:
            with _told(f"{name}.py cannot be imported"):
                _import(config, name)
    except LoadingError:
        admin.site._registry = pages  # noqa: SLF001
        raise


def files(plugin: Plugin) -> None:
    """Read the files that apps of ours asked for (`plugins.reads`). Raises `LoadingError` for one that is not right."""
    for folder, pattern, read in table.readers():
        for path in table.files_of(plugin, folder, pattern):
            with _told(f"{folder}/{path.name} is not right"):
                read(path)


def migrations(config: AppConfig) -> None:
    """Import its migrations, which Django would do at the next `migrate`; those that cannot be are left out of it.

    Raises `LoadingError`.
    """
    try:
        with _told("its migrations cannot be imported"):
            if module_has_submodule(config.module, "migrations"):
                discovery.import_all(f"{config.name}.migrations")
    except LoadingError:
        leave_out_migrations(config)
        raise


def leave_out_migrations(config: AppConfig) -> None:
    """Let `migrate` pass over the plugin: what it would do with half of one is not known."""
    settings.MIGRATION_MODULES = {**settings.MIGRATION_MODULES, config.label: None}


def _import(config: AppConfig, name: str) -> None:
    if config.module is None or not module_has_submodule(config.module, name):
        return
    module = import_module(f"{config.name}.{name}")
    if hasattr(module, "__path__"):
        discovery.import_all(module.__name__)


@contextmanager
def _told(doing: str) -> Iterator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:
        raise LoadingError(f"{doing[0].upper()}{doing[1:]}") from error
