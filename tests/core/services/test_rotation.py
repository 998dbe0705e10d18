import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from actions.models import Connection
from actions.services import connections, sealing
from core import secret_box
from core.models import Secret, Workspace
from core.services import rotation, secrets

pytestmark = pytest.mark.usefixtures("scope")


def stored() -> None:
    secrets.put(name="api_key", value="s3cret-value")
    connections.create(
        name="crm",
        kind="http_bearer",
        settings_={"base_url": "https://api.example.com"},
        secrets={"token": "t0ken-value"},
    )


def rotate(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("rotate_keys")
    return capsys.readouterr().out


def test_everything_is_readable_with_the_new_key_alone(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    stored()
    new, old = secret_box.new_key(), settings.SEQUITUR_ENCRYPTION_KEYS
    before = Connection.objects.get().updated_at

    settings.SEQUITUR_ENCRYPTION_KEYS = [new, *old]
    said = rotate(capsys)
    settings.SEQUITUR_ENCRYPTION_KEYS = [new]

    assert secrets.reveal(["api_key"]) == {"api_key": "s3cret-value"}
    assert sealing.unseal(Connection.objects.get()) == {"token": "t0ken-value"}
    assert Connection.objects.get().updated_at == before
    assert "core.Secret.token: 2 re-encrypted, 0 were already, 0 cannot be read" in said
    assert "actions.Connection.token: 1 re-encrypted" in said
    assert "the older ones can be taken away" in said


def test_the_second_time_nothing_changes(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    stored()
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key(), *settings.SEQUITUR_ENCRYPTION_KEYS]
    rotate(capsys)
    before = list(Secret.objects.values_list("token", flat=True))

    said = rotate(capsys)

    assert "core.Secret.token: 0 re-encrypted, 2 were already" in said
    assert list(Secret.objects.values_list("token", flat=True)) == before


def test_what_was_interrupted_goes_on(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        secrets.put(name=f"key_{number}", value=f"value-{number}")
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key(), *settings.SEQUITUR_ENCRYPTION_KEYS]
    monkeypatch.setattr(rotation, "BATCH", 2)
    real, calls = secret_box.SecretBox.rotate, []

    def dies_at_the_fourth(box: secret_box.SecretBox, token: str) -> str:
        calls.append(token)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return real(box, token)

    with monkeypatch.context() as patched:
        patched.setattr(secret_box.SecretBox, "rotate", dies_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            list(rotation.rotate())

    counts = {count.column: (count.rotated, count.current) for count in rotation.rotate()}
    assert counts["core.Secret.token"] == (4, 2)  # six with the workspace's own; a batch of two was done


def test_what_no_key_opens_is_counted_and_left(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    stored()
    lost = Secret.objects.get(name="api_key").token
    settings.SEQUITUR_ENCRYPTION_KEYS = [secret_box.new_key()]

    with pytest.raises(CommandError, match="3 cannot be read"):
        rotate(capsys)

    assert Secret.objects.get(name="api_key").token == lost


def test_every_column_that_is_encrypted_is_rotated(scope: Workspace) -> None:
    columns = {count.column for count in rotation.rotate()}

    assert {"core.Secret.token", "actions.Connection.token", "actions.Connection.pending_authorization"} <= columns


def test_without_a_key_it_says_so(settings: Settings) -> None:
    settings.SEQUITUR_ENCRYPTION_KEYS = []

    with pytest.raises(CommandError, match="SEQUITUR_ENCRYPTION_KEYS"):
        call_command("rotate_keys")
