import json
import os
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config.embedded import credentials
from config.embedded.errors import StartError


def test_made_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    previous = os.umask(0)

    made = credentials.load_or_make(path)
    os.umask(previous)

    assert credentials.load_or_make(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["credentials.json"]


def test_each_home_has_its_own(tmp_path: Path) -> None:
    first, second = (credentials.load_or_make(tmp_path / name) for name in ("a.json", "b.json"))

    assert set(vars(first).values()).isdisjoint(vars(second).values())


def test_encryption_key_is_one_of_fernet(tmp_path: Path) -> None:
    made = credentials.load_or_make(tmp_path / "credentials.json")

    box = Fernet(made.encryption_key)

    assert box.decrypt(box.encrypt(b"word")) == b"word"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"secret_key": "x"}', '{"unknown": 1}'])
def test_damaged_file_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(content)

    with pytest.raises(StartError, match="holds the key of the stored secrets"):
        credentials.load_or_make(path)

    assert path.read_text() == content


def test_environment_wins_but_an_empty_variable_is_none(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    made = credentials.load_or_make(path)

    filled = credentials.fill_in({"SEQUITUR_BOOTSTRAP_API_KEY": "mine", "SEQUITUR_SECRET_KEY": "", "HOME": "/h"}, made)

    assert json.loads(path.read_text())["api_key"] == made.api_key
    assert filled == {
        "HOME": "/h",
        "SEQUITUR_BOOTSTRAP_API_KEY": "mine",
        "SEQUITUR_SECRET_KEY": made.secret_key,
        "SEQUITUR_ENCRYPTION_KEYS": made.encryption_key,
        "SEQUITUR_ADMIN_PASSWORD": made.admin_password,
    }
