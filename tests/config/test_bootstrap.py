import ast
import sys
from pathlib import Path

import pytest

from config import bootstrap
from config.environment import BASE_DIR


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "uv.lock").write_text("lock")
    (tmp_path / "pyproject.toml").write_text("project")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / ".up-to-date")
    return tmp_path


def test_current_python_is_used_when_it_is_new_enough() -> None:
    assert bootstrap.find_interpreter() == sys.executable


def test_newer_python_is_looked_for_when_the_default_is_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))
    broken, working = tmp_path / "python3.14", tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")  # a version manager's file for a version that is not installed
    working.write_text("#!/bin/sh\nexit 0\n")
    for program in (broken, working):
        program.chmod(0o755)

    assert bootstrap.find_interpreter() == str(working)


def test_old_python_alone_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", str(tmp_path))

    status = bootstrap.main()

    assert status == 1
    assert "needs 3.11 or newer" in capsys.readouterr().err


def test_environment_is_made_once_and_again_when_the_lock_changes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = project / "journal"
    monkeypatch.setattr(bootstrap, "run_quietly", lambda command: True)
    monkeypatch.setattr(bootstrap, "find_uv", lambda python: ["sh", "-c", f"echo sync >> {journal}"])
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").touch()

    bootstrap.update(sys.executable)
    bootstrap.update(sys.executable)
    assert journal.read_text().splitlines() == ["sync"]

    (project / "uv.lock").write_text("another lock")
    bootstrap.update(sys.executable)
    assert journal.read_text().splitlines() == ["sync", "sync"]


def test_failed_installation_is_not_taken_for_done(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "run_quietly", lambda command: True)
    monkeypatch.setattr(bootstrap, "find_uv", lambda python: ["false"])
    (project / ".venv").mkdir()

    with pytest.raises(bootstrap.SetUpError, match="could not be installed"):
        bootstrap.update(sys.executable)

    assert not (project / ".venv" / ".up-to-date").exists()


def test_any_living_python_can_read_it() -> None:
    text = (BASE_DIR / "config" / "bootstrap.py").read_text()

    tree = ast.parse(text, feature_version=(3, 7))

    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert imported <= sys.stdlib_module_names
