"""What a process of `tests.rivals` does. Importing it loads the product, so that rivals are forked from there."""

import io
import traceback
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

import django
from django.apps import apps
from django.conf import settings

if not apps.ready:
    django.setup()

from django.db import connections

from tests import factories

__all__ = ("factories",)  # what most of them need is loaded before they are forked

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where the test is: its database, and the settings that it may have changed."""

    database: str
    settings: Mapping[str, object]


def run(
    place: Place, setup: str, code: str, number: int, start: Barrier, ours: "Connection[tuple[str, str], object]"
) -> None:
    """Do `setup`, wait for the others, do `code`; send what was printed, and what was raised, if anything."""
    connections.settings["default"]["NAME"] = place.database
    for name, value in place.settings.items():
        setattr(settings, name, value)
    names: dict[str, object] = {"number": number}
    out, error = io.StringIO(), ""
    try:
        with redirect_stdout(out):
            exec(setup, names)
            start.wait(START_SECONDS)
            exec(code, names)
    except BaseException:  # noqa: BLE001  whatever it is, the test is told of it
        start.abort()
        error = traceback.format_exc()
    connections.close_all()
    ours.send((out.getvalue(), error))
