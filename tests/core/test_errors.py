import re

from core.errors import ConflictError, MalformedError, Problem, SequiturError


def test_the_docstring_is_the_message_when_none_is_given() -> None:
    error = ConflictError()

    assert (error.detail, error.code, error.status) == ("It contradicts what is already there.", "conflict", 409)
    assert str(error) == error.detail
    assert error.problems == ()


def test_a_given_message_and_problems_are_kept() -> None:
    problem = Problem("/a", "invalid", "Wrong.")

    error = MalformedError("Not JSON.", problems=[problem])

    assert (str(error), error.problems) == ("Not JSON.", (problem,))


def every(kind: type[SequiturError]) -> list[type[SequiturError]]:
    return [kind, *(each for direct in kind.__subclasses__() for each in every(direct))]


def test_every_error_of_all_apps_has_a_sentence_a_code_and_a_status() -> None:
    kinds = every(SequiturError)

    assert len(kinds) > 10
    for kind in kinds:
        assert (kind.__doc__ or "").strip(), kind
        assert re.fullmatch("[a-z_]+", kind.code), kind
        assert 400 <= kind.status < 600, kind


def test_codes_are_not_shared_by_errors_of_different_status() -> None:
    statuses: dict[str, set[int]] = {}
    for kind in every(SequiturError):
        statuses.setdefault(kind.code, set()).add(kind.status)

    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}
