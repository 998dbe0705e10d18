import os
import subprocess
import sys
from pathlib import Path

from config.environment import BASE_DIR

SHOW = [
    sys.executable,
    "-c",
    "import os; print(os.environ['SEQUITUR_SECRET_KEY'], os.environ['SEQUITUR_ADMIN_PASSWORD'])",
]


def run(home: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEQUITUR_")}
    environment = {**inherited, "SEQUITUR_HOME": str(home), **variables}
    return subprocess.run(
        [sys.executable, "-m", "config.entrypoint", *command],
        cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_secrets_are_made_once_and_the_environment_wins(tmp_path: Path) -> None:
    first = run(tmp_path, *SHOW).stdout.split()
    second = run(tmp_path, *SHOW, SEQUITUR_SECRET_KEY="mine").stdout.split()

    assert len(first[0]) == 50
    assert second == ["mine", first[1]]


def test_command_that_does_not_exist_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "no-such-program")

    assert done.returncode == 1
    assert done.stderr.startswith("Cannot start: ")
