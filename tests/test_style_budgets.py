"""The sizes that keep the code readable (docs and CONTRIBUTING name them); a module that outgrows them is split."""

import ast
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config.environment import BASE_DIR

LONGEST_MODULE_LINES = 400
LONGEST_FUNCTION_LINES = 50
P90_FUNCTION_LINES = 30
PACKAGES = ("config", "core", "triggers", "actions", "workflows", "examples", "client", "benchmarks", "tests")
GENERATED = BASE_DIR / "client/sequitur_client/generated"  # written by `make client`, read by nobody
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (BASE_DIR / package).rglob("*.py")
    if "migrations" not in path.parts and "node_modules" not in path.parts and GENERATED not in path.parents
)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function's name and its lines, from `def` on: decorators are data (a table of cases, a route)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def module_id(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


@pytest.mark.parametrize("path", MODULES, ids=module_id)
def test_module_is_short_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text()

    too_long = [f"{name} has {lines} lines" for name, lines in functions(path) if lines > LONGEST_FUNCTION_LINES]

    assert len(text.splitlines()) <= LONGEST_MODULE_LINES
    assert too_long == []
    # An empty module owns nothing, and the name of a test module says what it tests.
    assert ast.get_docstring(tree(path)) or not text.strip() or path.name.startswith("test_")


def test_nine_functions_in_ten_fit_a_screen() -> None:
    lengths = [lines for path in MODULES for _, lines in functions(path)]

    p90 = statistics.quantiles(lengths, n=10)[-1]

    assert p90 <= P90_FUNCTION_LINES
