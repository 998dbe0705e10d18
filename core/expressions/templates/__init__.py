"""Templates: `{{ path | filter }}` in any string, checked when published, rendered against a `Scope`.

Others need only what stands here, called through the package: `templates.check(...)`, `templates.compile(...)`,
`templates.render_structure(...)`.
"""

from core.expressions.templates.budget import within
from core.expressions.templates.errors import (
    InvalidTemplateError,
    TemplateError,
    TooMuchOutputError,
    UnknownPathError,
)
from core.expressions.templates.references import Reference
from core.expressions.templates.structure import (
    check_structure,
    count,
    count_characters,
    has_templates,
    is_template,
    references_in,
    render_structure,
)
from core.expressions.templates.template import Template, check, check_html, compile, compile_html  # noqa: A004
from core.expressions.templates.urls import render_url

__all__ = [
    "InvalidTemplateError",
    "Reference",
    "Template",
    "TemplateError",
    "TooMuchOutputError",
    "UnknownPathError",
    "check",
    "check_html",
    "check_structure",
    "compile",
    "compile_html",
    "count",
    "count_characters",
    "has_templates",
    "is_template",
    "references_in",
    "render_structure",
    "render_url",
    "within",
]
