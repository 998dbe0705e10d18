"""Apply one filter the way that templates do."""

from datetime import UTC, datetime
from typing import Any

from core.expressions import scope, templates

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def apply(filters: str, value: Any) -> Any:
    """The result of `{{ value | filters }}` at a fixed time."""
    within = scope.build(now=NOW, event={"data": {"value": value}})
    return templates.compile("{{ value | " + filters + " }}").render(within)
