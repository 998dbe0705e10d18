"""How lists name the triggers that they show: by their workflow, or by a part of a name."""

from django.db.models import Q

from core.ids import uuid_or_none


def of(workflow: str, *, at: str = "workflow") -> Q:
    """Rows whose workflow, which stands at `at`, has this id or slug."""
    uid = uuid_or_none(workflow)
    return Q(**{at: uid}) if uid else Q(**{f"{at}__slug": workflow})


def named(text: str, *, at: str = "") -> Q:
    """Rows in whose trigger's key, or workflow's name, the text stands; the trigger stands at `at`."""
    return Q(**{f"{at}key__icontains": text}) | Q(**{f"{at}workflow__name__icontains": text})
