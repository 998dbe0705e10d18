"""Find templates: those that Sequitur ships (`workflows/library`), and those that plugins bring.

Files are read once in a process: they belong to the release, as code does.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from core import plugins, validation
from core.errors import NotFoundError
from workflows.services.templates import reading
from workflows.services.templates.template import Template

FOLDER, PATTERN = "workflow_templates", "*.yaml"
SHIPPED = Path(__file__).parents[2] / "library"


def known() -> Mapping[str, Template]:
    """All templates by slug: ours first, then by plugin and file. Of two with one slug the first counts."""
    sound = [(each.name, each.folder) for each in plugins.listed() if not each.reason and each.folder is not None]
    return _known((("", SHIPPED), *((name, folder / FOLDER) for name, folder in sound)))


def listed(*, q: str = "", category: str = "", plugin: str | None = None) -> list[Template]:
    """Those with all words of `q` in what is said of them, of this category, of this plugin ("": ours)."""
    words = q.lower().split()
    return [
        each
        for each in known().values()
        if category in ("", each.category)
        and plugin in (None, each.plugin)
        and all(word in f"{each.slug} {each.name} {each.description} {' '.join(each.tags)}".lower() for word in words)
    ]


def find(slug: str) -> Template:
    """The template with this slug. Raises `NotFoundError`."""
    found = known()
    if slug not in found:
        raise NotFoundError(f"There is no template {slug[:64]!r}.{validation.did_you_mean(slug, found)}")
    return found[slug]


@lru_cache(maxsize=8)
def _known(folders: tuple[tuple[str, Path], ...]) -> Mapping[str, Template]:
    found: dict[str, Template] = {}
    for plugin, folder in folders:
        for path in sorted(folder.glob(PATTERN)):
            found.setdefault(reading.slug_of(path), reading.read(path, plugin=plugin))
    return found
