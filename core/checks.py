"""What `manage.py check` says of the plugins: a warning for each faulty one, since everything else works without it."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, register

from core import plugins


@register()
def faulty_plugins(**_: Any) -> list[CheckMessage]:
    """One for each plugin that could not be loaded, with the reason."""
    hint = "Mend it, or take it out of SEQUITUR_PLUGINS. Nothing that it brings is there until then."
    return [
        checks.Warning(f"The plugin {each.name!r} is faulty. {each.reason}", hint=hint, obj=each.name, id="core.W001")
        for each in plugins.listed()
        if each.reason
    ]
