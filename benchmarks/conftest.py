"""What benchmarks share with the tests."""

from tests.conftest import tables_are_emptied_after_tests

__all__ = ("tables_are_emptied_after_tests",)  # else the rows of one benchmark are there in the next one
