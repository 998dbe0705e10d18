"""The secrets of an embedded instance, made once and kept in `<home>/credentials.json` (0600)."""

import base64
import json
import os
import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from config.embedded.errors import StartError

ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Credentials:
    """Shape of the file: one JSON object with these texts."""

    secret_key: str
    encryption_key: str
    admin_password: str
    api_key: str

    def environment(self) -> dict[str, str]:
        """Return the variables that hand them to the product."""
        return {
            "SEQUITUR_SECRET_KEY": self.secret_key,
            "SEQUITUR_ENCRYPTION_KEYS": self.encryption_key,
            "SEQUITUR_ADMIN_PASSWORD": self.admin_password,
            "SEQUITUR_BOOTSTRAP_API_KEY": self.api_key,
        }


def load_or_make(path: Path) -> Credentials:
    """Return what the file says; make it when it is not there.

    Raises `StartError` for a file that cannot be read: replacing it would lose what is encrypted with its key.
    """
    try:
        return Credentials(**json.loads(path.read_text()))
    except FileNotFoundError:
        credentials = _make()
    except (OSError, ValueError, TypeError) as error:
        raise StartError(
            f"{path} cannot be read ({error}). It holds the key of the stored secrets: restore it, or start with "
            "another SEQUITUR_HOME."
        ) from error
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(credentials), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return credentials


def fill_in(environment: Mapping[str, str], credentials: Credentials) -> dict[str, str]:
    """Return `environment` with the credentials it does not set itself; an empty variable counts as not set."""
    return {**environment, **{k: v for k, v in credentials.environment().items() if not environment.get(k)}}


def _make() -> Credentials:
    return Credentials(
        secret_key=_random(50),
        encryption_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),  # the form of a Fernet key
        admin_password=_random(16),
        api_key=f"sq_{_random(8)}_{_random(40)}",
    )


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
