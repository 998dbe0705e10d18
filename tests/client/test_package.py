"""The client stands alone: it knows nothing of the server, and needs what its own pyproject.toml names."""

import ast
import sys
import tomllib
from pathlib import Path

from config.environment import BASE_DIR

CLIENT = BASE_DIR / "client"
OPTIONAL = {"yaml"}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_it_imports_nothing_but_what_it_depends_on() -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    needed = {each.partition(">")[0] for each in project["dependencies"]}
    found = set().union(*(imported(path) for path in (CLIENT / "sequitur_client").rglob("*.py")))

    assert needed == {"httpx", "pydantic"}
    assert found - set(sys.stdlib_module_names) == needed | OPTIONAL | {"sequitur_client"}


def test_it_says_that_it_is_typed() -> None:
    assert (CLIENT / "sequitur_client/py.typed").exists()
