"""What benchmarks share with the tests."""

from tests.conftest import audit_is_emptied_after_tests

__all__ = ("audit_is_emptied_after_tests",)  # else the rows of one benchmark are there in the next one
