"""The plugins of this process, and the files that they bring."""

from collections.abc import Callable
from pathlib import Path

from core.plugins.plugin import Plugin

Read = Callable[[Path], object]

_plugins: dict[str, Plugin] = {}
_readers: dict[tuple[str, str], Read] = {}


def add(plugin: Plugin) -> None:
    """Keep what is known of a plugin."""
    _plugins[plugin.name] = plugin


def remove(name: str) -> None:
    """Forget a plugin; nothing changes when it is not known."""
    _plugins.pop(name, None)


def listed() -> tuple[Plugin, ...]:
    """All plugins that the operator named, in that order, faulty ones included."""
    return tuple(_plugins.values())


def find(module: str) -> Plugin | None:
    """The plugin whose package this is."""
    return next((each for each in _plugins.values() if each.module == module), None)


def is_faulty(module: str) -> bool:
    """Whether this package is a plugin with something wrong."""
    found = find(module)
    return found is not None and bool(found.reason)


def files(folder: str, pattern: str) -> list[Path]:
    """The files of the plugins that are not faulty, such as `files("connectors", "*.yaml")`: by plugin, by name."""
    return [path for each in listed() if not each.reason for path in files_of(each, folder, pattern)]


def files_of(plugin: Plugin, folder: str, pattern: str) -> list[Path]:
    """The files of one plugin."""
    return sorted((plugin.folder / folder).glob(pattern)) if plugin.folder is not None else []


def reads(folder: str, pattern: str, read: Read) -> None:
    """Try each such file when a plugin is loaded: what `read` raises makes the plugin faulty.

    For an app's `ready()`; plugins become ready after all of ours.
    """
    _readers[folder, pattern] = read


def readers() -> tuple[tuple[str, str, Read], ...]:
    """The folders of files that apps read, each with its pattern and its reader."""
    return tuple((folder, pattern, read) for (folder, pattern), read in _readers.items())
