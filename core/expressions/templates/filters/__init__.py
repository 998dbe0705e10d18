"""The filters of templates: the files of this folder register them, and are found by being here."""

import importlib
import pkgutil

from core.expressions.templates.filters.base import FILTERS, Filter

__all__ = ["FILTERS", "Filter"]

for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    importlib.import_module(f"{__name__}.{_module.name}")
