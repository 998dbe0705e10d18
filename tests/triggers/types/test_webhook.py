from typing import Any

import pytest

from core.errors import InvalidError
from triggers import resolving
from triggers.types.webhook import Params, WebhookTrigger
from triggers.verification.registry import schemes

NEEDED: dict[str, dict[str, Any]] = {
    "none": {},
    "hmac": {"secret": "KEY", "header": "X-Sign"},
    "basic": {"secret": "KEY", "username": "shop"},
}


def problems(**params: Any) -> list[tuple[str, str]]:
    try:
        resolving.resolve("webhook", params, path="/triggers/0")
    except InvalidError as error:
        return [(problem.path.removeprefix("/triggers/0/params"), problem.code) for problem in error.problems]
    return []


def message(**params: Any) -> str:
    with pytest.raises(InvalidError) as raised:
        resolving.resolve("webhook", params)
    return " ".join(problem.message for problem in raised.value.problems)


@pytest.mark.parametrize("name", ["webhook", "webhook.received"])
def test_it_is_known_by_both_names_and_listens_to_nothing_public(name: str) -> None:
    resolved = resolving.resolve(name, {"event": "x.y"})

    assert (resolved.trigger_type.key, resolved.event_type) == ("webhook", "")


@pytest.mark.parametrize("scheme", sorted(schemes.keys()))
def test_every_scheme_says_what_it_needs_and_what_it_takes(scheme: str) -> None:
    how = schemes.get(scheme)
    given = {"scheme": scheme, **NEEDED.get(scheme, {"secret": "{{ secrets.KEY }}"})}
    unread = sorted(
        {"secret", "username", "header", "prefix", "algorithm", "encoding", "tolerance_seconds", "id_header"}
    )
    values = {"algorithm": "sha1", "encoding": "base64", "tolerance_seconds": 60}

    assert problems(verification=given) == []
    assert problems(verification={"scheme": scheme}) == [
        (f"/verification/{name}", "missing") for name in sorted(how.needs)
    ]
    for name in set(unread) - how.needs:
        found = problems(verification={**given, name: values.get(name, "KEY")})
        assert found == ([] if name in how.takes else [(f"/verification/{name}", "not_used")])


@pytest.mark.parametrize(
    ("secret", "names"),
    [
        ("KEY", ("KEY",)),
        ("{{secrets.KEY}}", ("KEY",)),
        (["{{ secrets.NEW }}", "OLD"], ("NEW", "OLD")),
    ],
)
def test_secrets_are_named_and_kept_by_name(secret: Any, names: tuple[str, ...]) -> None:
    params = Params.model_validate({"verification": {"scheme": "github", "secret": secret}})

    assert WebhookTrigger().secrets(params)["/verification/secret"] == names
    assert Params.model_validate(params.model_dump(mode="json", exclude_unset=True)) == params


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+",
        "{{ vars.x }}",
        "{{secrets.A}}{{secrets.B}}",
        [],
        ["A", "B", "C"],
        7,
        "",
    ],
)
def test_the_value_of_a_secret_is_refused_and_not_repeated(secret: Any) -> None:
    said = message(verification={"scheme": "github", "secret": secret})

    assert 'Expected "{{secrets.NAME}}"' in said
    assert "MfKQ" not in said


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"verification": {"scheme": "githup"}}, [("/verification/scheme", "invalid")]),
        ({"verification": {"scheme": "hmac", "secret": "A", "header": "a b"}}, [("/verification/header", "invalid")]),
        ({"verification": {"scheme": "none", "x": 1}}, [("/verification/x", "unknown_field")]),
        ({"respond": "later"}, [("/respond", "invalid")]),
        ({"respond": "last_action", "respond_within_seconds": 31}, [("/respond_within_seconds", "invalid")]),
        ({"respond_within_seconds": 5}, [("/respond_within_seconds", "not_used")]),
        ({"event": "a b"}, [("/event", "invalid_event_type")]),
        ({"event": "{{ body.kind"}, [("/event", "invalid_template")]),
        ({"event": "{{ lead.kind }}"}, [("/event", "unknown_path")]),
        ({"data": {"a": ["{{ secrets.KEY }}"]}}, [("/data/a/0", "unknown_path")]),
        ({"data": "body"}, [("/data", "invalid")]),
        ({"data": [1]}, [("/data", "invalid")]),
        ({"challenge": {}}, [("/challenge/verify_token", "missing")]),
        ({"event": 'a.{{ headers["x-kind"] }}', "data": {"b": "{{ body }}{{ query }}{{ method }}"}}, []),
        ({"data": "{{ body.payload }}"}, []),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_its_place(params: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems(**params) == expected


def test_the_answer_of_an_action_needs_that_action() -> None:
    asked = [
        WebhookTrigger().answered_by(Params(respond=word)) for word in ("immediately", "last_action", "respond_action")
    ]

    assert asked == ["", "", "respond"]


def test_the_schema_names_the_schemes() -> None:
    schema = Params.model_json_schema()

    assert schema["$defs"]["Verification"]["properties"]["scheme"]["enum"] == list(schemes.keys())
