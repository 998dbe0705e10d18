"""`make client`: write the client's generated modules anew, and take away those of operations that are gone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from client_generator import operations, resources, schemas

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT.parent / "docs/openapi.json"
PACKAGE = ROOT / "sequitur_client"


def modules(document: dict[str, object]) -> dict[str, str]:
    """The text of each module by its path below `generated`, not formatted yet."""
    components = document["components"]["schemas"]  # type: ignore[index]  # JSON
    found = operations.all_of(document)
    answered = schemas.reachable([[*each.answers.values()] for each in found], components)
    types = schemas.Types(components, answered, "m.")
    made = {
        "__init__.py": '"""Written by `make client` from docs/openapi.json: do not edit."""\n',
        "models.py": schemas.module(components, answered),
    }
    grouped = list(operations.by_resource(found))
    for name, group in grouped:
        made[f"resources/{name}.py"] = resources.module(name, group, components, types)
    made["resources/__init__.py"] = resources.index([name for name, _ in grouped], PACKAGE / "helpers")
    return made


def write(target: Path, *, document: Path = DOCUMENT) -> None:
    """Write everything below `target`, which is emptied first, as ruff formats it."""
    made = modules(json.loads(document.read_text()))
    shutil.rmtree(target, ignore_errors=True)
    for name, text in made.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text)
    ruff = [sys.executable, "-m", "ruff"]
    ours = 'lint.isort.known-first-party = ["sequitur_client"]'  # wherever it is written to
    everywhere = "lint.per-file-ignores = {}"  # those of the project spare what is written here
    plain = ["--config", str(ROOT.parent / "pyproject.toml"), "--config", ours]
    config = [*plain, "--config", everywhere, "--quiet"]
    # The imports of a module are what any might need; those that this one does not are taken away.
    subprocess.run([*ruff, "check", *config, "--no-cache", "--fix-only", "--select", "F401,I", str(target)], check=True)
    subprocess.run([*ruff, "format", *config, "--no-cache", str(target)], check=True)


if __name__ == "__main__":
    write(PACKAGE / "generated")
