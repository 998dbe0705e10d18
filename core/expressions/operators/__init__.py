"""The operators of conditions: each file of this folder is one, and is found by being here."""

import importlib
import pkgutil

from core.expressions.operators.base import OPERATORS, REQUIRED, Operator
from core.suggestions import closest

__all__ = ["OPERATORS", "REQUIRED", "Operator", "suggest"]

for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    importlib.import_module(f"{__name__}.{_module.name}")


def suggest(name: str) -> str | None:
    """The operator that was probably meant by a name that is none."""
    spellings = {alias: operator.name for operator in OPERATORS for alias in (operator.name, *operator.aliases)}
    wanted = name.strip().lower()
    meant = wanted if wanted in spellings else closest(wanted, spellings)
    return spellings[meant] if meant else None
