"""The one redactor: `Redactor(values).clean(value, max_bytes=...)` before anything is stored, logged or sent on."""

from core.redaction.forms import REDACTED
from core.redaction.redactor import Redactor, is_secret_name

__all__ = ["REDACTED", "Redactor", "is_secret_name"]
