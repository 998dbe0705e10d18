"""Types are files: importing every module of a package registers what is in it."""

import pkgutil
from importlib import import_module


def import_all(package: str) -> None:
    """Import each module directly below `package`; what a module raises on import is raised here, with its name."""
    path = import_module(package).__path__
    for module in pkgutil.iter_modules(path):
        import_module(f"{package}.{module.name}")
