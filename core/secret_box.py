"""Encrypt values at rest: with the newest key, readable with every configured key, each bound to its owner.

A token is `<key id>.<Fernet token>`. Fernet has no associated data, so the owner (a workspace and a name) is part of
what is encrypted, and compared when it is read: a token that was copied to another row does not open there.
Source: https://cryptography.io/en/latest/fernet/
"""

import hashlib
import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import SequiturError

_SEPARATOR = "."


class NoEncryptionKeyError(SequiturError):
    """There is no key to encrypt secrets with: set SEQUITUR_ENCRYPTION_KEYS (the newest key first)."""

    code = "no_encryption_key"


class InvalidEncryptionKeyError(SequiturError):
    """A key in SEQUITUR_ENCRYPTION_KEYS is not 32 bytes in URL-safe base64."""

    code = "invalid_encryption_key"


class UnreadableSecretError(SequiturError):
    """The secret cannot be read with the keys in SEQUITUR_ENCRYPTION_KEYS."""

    code = "unreadable_secret"


def new_key() -> str:
    """A random key for SEQUITUR_ENCRYPTION_KEYS."""
    return Fernet.generate_key().decode()


def key_id(key: str) -> str:
    """Eight characters that tell keys apart and say nothing about them."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


class SecretBox:
    """Opens and closes secrets with `keys`, newest first.

    Raises `NoEncryptionKeyError` when there are none and `InvalidEncryptionKeyError` for one that is not a Fernet key.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise NoEncryptionKeyError
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise InvalidEncryptionKeyError from None
        self._key_ids = tuple(key_id(key) for key in keys)

    @property
    def key_id(self) -> str:
        """The id of the key that new tokens are encrypted with."""
        return self._key_ids[0]

    def encrypt(self, value: str, *, owner: str) -> str:
        """A token of `value` that opens for `owner` only; every call gives another one."""
        plain = json.dumps([owner, value]).encode()
        return self.key_id + _SEPARATOR + self._fernet.encrypt(plain).decode()

    def decrypt(self, token: str, *, owner: str) -> str:
        """The value in `token`. Raises `UnreadableSecretError`, with the reason, when it does not open for `owner`."""
        plain = self._open(token)
        bound_to, value = json.loads(plain)
        if bound_to != owner:
            raise UnreadableSecretError("This secret was stored under another name or in another workspace.")
        return str(value)

    def is_current(self, token: str) -> bool:
        """Whether `token` was encrypted with the newest key."""
        return token.split(_SEPARATOR, 1)[0] == self.key_id

    def rotate(self, token: str) -> str:
        """The same secret under the newest key; the same token when it is there already.

        Raises `UnreadableSecretError`. The owner is kept without being asked for.
        """
        if self.is_current(token):
            return token
        self._open(token)
        return self.key_id + _SEPARATOR + self._fernet.rotate(token.split(_SEPARATOR, 1)[1]).decode()

    def _open(self, token: str) -> bytes:
        used, _, sealed = token.partition(_SEPARATOR)
        if used not in self._key_ids:
            raise UnreadableSecretError(
                f"This secret was encrypted with the key {used[:8]!r}, which is not in SEQUITUR_ENCRYPTION_KEYS."
            )
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise UnreadableSecretError("This secret is damaged: it was changed after it was encrypted.") from None
