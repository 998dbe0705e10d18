import pytest

from core import secret_box
from core.secret_box import SecretBox

OWNER = "0190/crm_token"


@pytest.fixture
def key() -> str:
    return secret_box.new_key()


def test_a_secret_opens_for_its_owner(key: str) -> None:
    box = SecretBox([key])

    token = box.encrypt("hunter2 é", owner=OWNER)

    assert box.decrypt(token, owner=OWNER) == "hunter2 é"
    assert "hunter2" not in token


def test_the_same_secret_gives_another_token_each_time(key: str) -> None:
    box = SecretBox([key])

    assert box.encrypt("x", owner=OWNER) != box.encrypt("x", owner=OWNER)


@pytest.mark.parametrize("other", ["0190/other", "0191/crm_token", ""])
def test_a_token_copied_to_another_row_does_not_open(key: str, other: str) -> None:
    box = SecretBox([key])
    token = box.encrypt("hunter2", owner=OWNER)

    with pytest.raises(secret_box.UnreadableSecretError, match="under another name or in another workspace"):
        box.decrypt(token, owner=other)


def test_an_owner_cannot_be_made_up_from_two_parts(key: str) -> None:
    box = SecretBox([key])
    token = box.encrypt('b", "c', owner="a")

    with pytest.raises(secret_box.UnreadableSecretError):
        box.decrypt(token, owner='a", "b')


def test_without_a_key_it_says_which_variable_to_set() -> None:
    with pytest.raises(secret_box.NoEncryptionKeyError, match="SEQUITUR_ENCRYPTION_KEYS"):
        SecretBox([])


@pytest.mark.parametrize("bad", ["", "short", "é" * 44])
def test_a_key_that_is_none_is_refused_without_being_shown(bad: str) -> None:
    with pytest.raises(secret_box.InvalidEncryptionKeyError) as raised:
        SecretBox([bad])

    assert not bad or bad not in raised.value.detail


def test_with_another_key_it_names_the_one_that_is_missing(key: str) -> None:
    token = SecretBox([key]).encrypt("hunter2", owner=OWNER)

    with pytest.raises(secret_box.UnreadableSecretError, match=secret_box.key_id(key)):
        SecretBox([secret_box.new_key()]).decrypt(token, owner=OWNER)


def test_a_changed_token_is_damaged(key: str) -> None:
    box = SecretBox([key])
    token = box.encrypt("hunter2", owner=OWNER)
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]

    with pytest.raises(secret_box.UnreadableSecretError, match="damaged"):
        box.decrypt(changed, owner=OWNER)


def test_the_newest_key_encrypts_and_older_ones_still_open(key: str) -> None:
    token = SecretBox([key]).encrypt("hunter2", owner=OWNER)
    newer = secret_box.new_key()
    box = SecretBox([newer, key])

    assert box.decrypt(token, owner=OWNER) == "hunter2"
    assert box.encrypt("x", owner=OWNER).startswith(f"{secret_box.key_id(newer)}.")


def test_a_rotated_token_needs_the_old_key_no_more(key: str) -> None:
    token = SecretBox([key]).encrypt("hunter2", owner=OWNER)
    newer = secret_box.new_key()

    rotated = SecretBox([newer, key]).rotate(token)

    assert SecretBox([newer]).decrypt(rotated, owner=OWNER) == "hunter2"


def test_rotating_twice_changes_nothing_more(key: str) -> None:
    box = SecretBox([secret_box.new_key(), key])
    rotated = box.rotate(SecretBox([key]).encrypt("hunter2", owner=OWNER))

    assert box.rotate(rotated) == rotated
    assert box.is_current(rotated)


def test_rotating_keeps_the_owner(key: str) -> None:
    box = SecretBox([secret_box.new_key(), key])
    rotated = box.rotate(SecretBox([key]).encrypt("hunter2", owner=OWNER))

    with pytest.raises(secret_box.UnreadableSecretError):
        box.decrypt(rotated, owner="somebody else")
