from pytest_django import Settings

from actions import checks


def test_an_allow_list_that_cannot_be_read_is_found_before_anything_runs(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["localhost", "http://crm.internal"]

    (error,) = checks.outbound_allow_list()

    assert error.id == "actions.E001"
    assert "'http://crm.internal'" in error.msg


def test_a_good_allow_list_is_no_problem(settings: Settings) -> None:
    settings.SEQUITUR_OUTBOUND_ALLOW = ["localhost:8000", "10.0.0.0/8"]

    assert checks.outbound_allow_list() == []
