"""`make check`: lint, types, layers, dependencies, migrations, tests. Every step runs; one line at the end says how."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from config.environment import BASE_DIR

LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
NO_DATABASE = "postgresql://sequitur@%2Fnonexistent/none"  # `makemigrations` compares models with files only
PYTEST_RESULT = re.compile(r"^=*\s*((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A named check: commands that must all succeed. `counts`: its last line tells numbers worth repeating."""

    name: str
    commands: Sequence[Sequence[str]]
    variables: dict[str, str] = field(default_factory=dict)
    counts: bool = False


STEPS = (
    Step("lint", [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]]),
    Step("types", [["-m", "mypy", "."]]),
    Step("layers", [["-c", LINT_IMPORTS]]),
    Step("dependencies", [["-m", "deptry", "."]]),
    Step(
        "migrations",
        [["-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"]],
        {"DATABASE_URL": NO_DATABASE},
    ),
    Step("tests", [["-m", "pytest", "-n", "logical", "--dist", "worksteal"]], counts=True),
)


def main() -> int:
    """Run all steps in turn, each with its output; returns 1 when any failed."""
    started_at = time.monotonic()
    outcomes = [run(step) for step in STEPS]
    seconds = round(time.monotonic() - started_at)
    words = " · ".join(f"{step.name} {word}" for step, (_, word) in zip(STEPS, outcomes, strict=True))
    sys.stdout.write(f"\ncheck: {words} · {seconds // 60}m{seconds % 60:02d}s\n")
    return 0 if all(has_passed for has_passed, _ in outcomes) else 1


def run(step: Step) -> tuple[bool, str]:
    """Run one step's commands, all of them; return whether all passed, and the word for the summary."""
    sys.stdout.write(f"\n--- {step.name}\n")
    sys.stdout.flush()
    results = [run_command(command, step.variables) for command in step.commands]
    has_passed = all(status == 0 for status, _ in results)
    counted = PYTEST_RESULT.findall(results[-1][1]) if step.counts else []
    return has_passed, counted[-1] if counted else "ok" if has_passed else "FAILED"


def run_command(command: Sequence[str], variables: dict[str, str]) -> tuple[int, str]:
    """Run a Python program in the project's directory, showing its output as it comes; return status and output."""
    lines = []
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    return process.returncode, "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
