"""Make app configurations of the plugins that the operator names, so that what they raise is kept and not passed on.

Django imports the apps it is told of, and ends at the first that fails. So each plugin is tried before it is listed,
and the configuration that is listed keeps what goes wrong later: with its models, in its `ready()`, in what it
registers. A failure is whatever is raised, `SystemExit` included; what a plugin registered until then is forgotten.
"""

from collections.abc import Collection, Sequence

import structlog
from django.apps import AppConfig, apps

from core import registry
from core.plugins import loading, table
from core.plugins.plugin import Plugin, folder_of

log = structlog.get_logger(__name__)

FAILURES = (Exception, SystemExit)


class TakenLabelError(Exception):
    """Another app has the label of this one."""

    def __init__(self, label: str) -> None:
        super().__init__(f"there is an app {label!r} already; give the plugin's AppConfig another label")


def app_configs(names: Sequence[str], *, taken: Collection[str]) -> list[AppConfig]:
    """The configurations to list in INSTALLED_APPS: those of the plugins that can be imported.

    `taken` are the labels of the other apps. Called by the settings, so plugins' `apps.py` sees no settings yet.
    """
    labels, found = set(taken), []
    for name in dict.fromkeys(names):
        config = _try(name, labels)
        if config is not None:
            labels.add(config.label)
            found.append(config)
    return found


def _try(name: str, labels: Collection[str]) -> AppConfig | None:
    plugin = Plugin(name)
    table.add(plugin)
    try:
        config = AppConfig.create(name)
        plugin.module, plugin.label, plugin.title = config.name, config.label, str(config.verbose_name)
        plugin.folder = folder_of(config.module)
        if config.label in labels:
            raise TakenLabelError(config.label)
    except FAILURES as error:
        _failed(plugin, error, doing="It cannot be imported")
        return None
    return _guarded(config, plugin)


def _guarded(config: AppConfig, plugin: Plugin) -> AppConfig:
    import_models, ready = config.import_models, config.ready

    def guarded_models() -> None:
        try:
            import_models()
        except FAILURES as error:
            _failed(plugin, error, doing="Its models cannot be imported")
            _without_models(config)

    def guarded_ready() -> None:
        if plugin.reason:
            loading.leave_out_migrations(config)
            return
        before = {each.kind: {*each.keys()} for each in registry.all_registries()}
        try:
            with registry.transaction():
                loading.migrations(config)
                ready()
                loading.modules(config)
                loading.files(plugin)
        except loading.LoadingError as error:
            _failed(plugin, error.__cause__ or error, doing=str(error))
        except FAILURES as error:
            _failed(plugin, error, doing="Its AppConfig.ready() failed")
        plugin.brings = _new(before)

    config.import_models = guarded_models  # type: ignore[method-assign]  # of this one instance
    config.ready = guarded_ready  # type: ignore[method-assign]
    return config


def _new(before: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    found = {
        each.kind: tuple(key for key in each.keys() if key not in before.get(each.kind, set()))  # noqa: SIM118
        for each in registry.all_registries()
    }
    return {kind: keys for kind, keys in found.items() if keys}


def _without_models(config: AppConfig) -> None:
    """As if it had none: half a module of models would be half a database."""
    apps.all_models[config.label].clear()
    config.models, config.models_module = apps.all_models[config.label], None
    apps.clear_cache()


def _failed(plugin: Plugin, error: BaseException, *, doing: str) -> None:
    plugin.fail(error, doing=doing)
    log.error("plugin is faulty", plugin=plugin.name, reason=plugin.reason)
