"""What goes wrong when a template is rendered."""

from collections.abc import Sequence
from typing import Self

from core.errors import InvalidError, Problem

_EXCERPT_CHARACTERS = 200


class TemplateError(InvalidError):
    """The template could not be rendered."""

    code = "template_failed"

    def __init__(self, detail: str | None = None, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail, problems=problems)
        self.template: str | None = None

    def within(self, source: str) -> Self:
        """The same error, naming the template; a template that is named already stays."""
        if self.template is None:
            self.template = source
            excerpt = source if len(source) <= _EXCERPT_CHARACTERS else source[:_EXCERPT_CHARACTERS] + "…"
            self.detail = f"In the template `{excerpt}`: {self.detail}"
            self.args = (self.detail,)
        return self


class InvalidTemplateError(TemplateError):
    """The template cannot be read; `problems` say why."""

    code = "invalid_template"


class UnknownPathError(TemplateError):
    """The template reads something that is not there."""

    code = "unknown_path"

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"there is nothing at `{path}`; correct the path, or write `{path} | default(...)`")


class TooMuchOutputError(TemplateError):
    """The template renders too much."""

    code = "too_much_output"


class TooMuchWorkError(TemplateError):
    """rendering takes too long; read less, or large values less often"""

    code = "too_much_work"
