import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.environment import BASE_DIR, Environment


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("SEQUITUR_", "EMAIL_", "DATABASE_URL", "CELERY_BROKER_URL")):
            monkeypatch.delenv(name)


def test_defaults_need_no_variable() -> None:
    env = Environment()

    assert (env.home, env.host, env.port, env.workers) == (BASE_DIR / ".sequitur", "127.0.0.1", 8000, 2)
    assert (env.database_url, env.broker_url, env.outbound_allow) == ("", "", [])


@pytest.mark.parametrize("text", ["a,b", "a b", " a, b ", "a,,b"])
def test_lists_are_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SEQUITUR_OUTBOUND_ALLOW", text)

    assert Environment().outbound_allow == ["a", "b"]


def test_variables_with_common_names_keep_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://broker")
    monkeypatch.setenv("EMAIL_HOST", "mail")

    env = Environment()

    assert (env.database_url, env.broker_url, env.email_host) == ("postgresql://db/x", "redis://broker", "mail")


def test_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQUITUR_HOME", "here")

    assert Environment().home == tmp_path.resolve() / "here"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SEQUITUR_PORT", "0"), ("SEQUITUR_PORT", "65536"), ("SEQUITUR_PORT", "http"), ("SEQUITUR_WORKERS", "0")],
)
def test_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        Environment()
