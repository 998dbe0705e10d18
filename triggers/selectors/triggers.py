"""Read triggers: those that the active version of their workflow has, and those that wait in its draft."""

from typing import Any

from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import JSONObject

from triggers.models import Trigger

Json = dict[str, Any]


def listed() -> QuerySet[Trigger]:
    """The triggers of the workspace in scope that there are: in the active version of their workflow, or in its draft.

    Those that are in neither were taken out; their rows stay for what they fired. Each has `drafted` and `published`,
    the triggers of the draft and of its version: see `part_of`.
    """
    drafted = KeyTransform("triggers", "workflow__draft")
    rows = Trigger.objects.select_related("workflow", "hook", "watch").alias(is_drafted=_has_key(drafted))
    rows = rows.filter(Q(is_drafted=True) | Q(version=F("workflow__active_version")))
    rows = rows.annotate(drafted=drafted, published=KeyTransform("triggers", "version__definition"))
    return rows.defer("workflow__draft", "workflow__layout", "watch__met")


def _has_key(parts: KeyTransform) -> Func:
    """Whether one of the triggers of a definition has the key of the row."""
    wanted = Func(JSONObject(id=F("key")), function="jsonb_build_array")
    return Func(parts, wanted, template="(%(expressions)s)", arg_joiner=" @> ", output_field=BooleanField())


def part_of(parts: Any, key: str) -> Json | None:
    """The trigger with this key among those of a definition, as it stands there; None when there is none."""
    found = parts if isinstance(parts, list) else []
    return next((each for each in found if isinstance(each, dict) and each.get("id") == key), None)


def named(text: str, *, at: str = "") -> Q:
    """Rows in whose trigger's key, or workflow's name, the text stands; the trigger stands at `at`."""
    return Q(**{f"{at}key__icontains": text}) | Q(**{f"{at}workflow__name__icontains": text})
