"""The schemes of verification that exist in this process: ours from this package, and those of plugins."""

from core.registry import Registry
from triggers.verification.base import Scheme

schemes: Registry[Scheme] = Registry("verification scheme")


def register(scheme: Scheme) -> Scheme:
    """Make a scheme known. Raises `AlreadyRegisteredError` for a taken key."""
    return schemes.register(scheme.key, scheme)
