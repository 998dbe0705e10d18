"""Property tests have no deadline per example: the machine may be busy, and a slow example proves nothing."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
