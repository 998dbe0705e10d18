import base64
import json
from time import process_time
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.redaction import REDACTED, Redactor, is_secret_name

SECRET = 'p4ss/w0rd "é" & more'


def texts_in(value: Any) -> list[str]:
    """Every text in a JSON value, names and numbers too."""
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in texts_in(part)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [str(value)]


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_value_is_found_in_the_forms_that_encoders_give_it(form: str) -> None:
    assert Redactor([SECRET]).clean(f"before {form} after") == f"before {REDACTED} after"


@pytest.mark.parametrize("user", ["a", "ab", "abc", "abcd"])
def test_a_value_is_found_inside_longer_base64(user: str) -> None:
    whole = base64.b64encode(f"{user}:{SECRET}:tail".encode()).decode()

    cleaned = Redactor([SECRET]).clean(f"x={whole}")

    inner = base64.b64encode(SECRET.encode()).decode()
    assert REDACTED in cleaned
    assert not any(inner[start : start + 8] in cleaned for start in range(len(inner) - 8))


def test_a_value_is_found_in_names_and_numbers() -> None:
    cleaned = Redactor(["48151623"]).clean({"id-48151623": 1, "number": 4815162342, "price": 4815162.3, "other": 7})

    assert cleaned == {f"id-{REDACTED}": 1, "number": REDACTED, "price": 4815162.3, "other": 7}


def test_values_of_three_characters_are_left_alone() -> None:
    assert Redactor(["abc", ""]).clean({"text": "abcdef"}) == {"text": "abcdef"}


def test_the_longer_of_two_values_goes_first() -> None:
    assert Redactor(["token", "token-and-more"]).clean("a token-and-more b") == f"a {REDACTED} b"


@pytest.mark.parametrize(
    "name",
    [
        "password", "Authorization", "Set-Cookie", "cookie", "X-Api-Key", "api_key", "apiKey", "APIKEY",
        "client_secret", "clientSecret", "db_password", "access_token", "refreshToken", "signing_secret",
        "private-key", "credentials", "proxy-authorization", "x-csrf-token", "sessionid", "AWS_SECRET_ACCESS_KEY",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["text", 7, 1.5, ["a"], {"b": "c"}])
def test_what_has_a_telling_name_is_hidden_whatever_its_type(name: str, value: Any) -> None:
    assert Redactor().clean({"a": [{name: value}]}) == {"a": [{name: REDACTED}]}


@pytest.mark.parametrize(
    "name", ["ai_tokens", "key", "idempotency_key", "webhook-id", "author", "keyboard", "secretary"]
)
def test_other_names_hide_nothing(name: str) -> None:
    assert not is_secret_name(name)
    assert Redactor().clean({name: "text"}) == {name: "text"}


def test_that_a_secret_is_absent_stays_visible() -> None:
    assert Redactor().clean({"password": None, "token": False}) == {"password": None, "token": False}


def test_lists_of_headers_are_understood() -> None:
    given = {"a": [["Authorization", "Basic x"], ["Accept", "y"]], "b": [{"name": "Cookie", "value": "z"}]}

    assert Redactor().clean(given) == {
        "a": [["Authorization", REDACTED], ["Accept", "y"]],
        "b": [{"name": "Cookie", "value": REDACTED}],
    }


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "github_pat_" + "11ABCDEFG0" * 3,
        "xoxb-" + "123456789012-abcdef",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "rk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "sk-proj-" + "a" * 40,
        "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "AIza" + "S" * 35,
        "sq_abcdefgh_" + "Z" * 40,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_known_formats_are_hidden_wherever_they_stand(text: str) -> None:
    assert Redactor().clean({"note": [f"see {text} there"]}) == {"note": [f"see {REDACTED} there"]}


def test_a_key_whose_end_was_cut_off_is_hidden_to_the_end() -> None:
    assert Redactor().clean("x -----BEGIN PRIVATE KEY-----\nMIIE") == f"x {REDACTED}"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Authorization: Basic abc\nAccept: x", f"Authorization: {REDACTED}\nAccept: x"),
        ("curl -H 'bearer abcdef123'", f"curl -H 'bearer {REDACTED}'"),
        ("https://x.test/?a=1&api_key=abc&b=2", f"https://x.test/?a=1&api_key={REDACTED}&b=2"),
        ("postgres://me:hunter2@db/x", f"postgres://me:{REDACTED}@db/x"),
        ('{"client_secret": "a\\"b", "c": 1}', f'{{"client_secret": "{REDACTED}", "c": 1}}'),
        (
            "body: " + json.dumps('{"password": "a\\\\\\"b", "c": 1}'),
            'body: "{\\"password\\": \\"[redacted]\\", \\"c\\": 1}"',
        ),
        ("the token is missing", "the token is missing"),
    ],
)
def test_names_of_secrets_inside_text_count_too(text: str, cleaned: str) -> None:
    assert Redactor().clean(text) == cleaned


def test_the_structure_is_redacted_before_it_is_shortened() -> None:
    cleaned = Redactor([SECRET]).clean({"body": "x" * 60 + SECRET}, max_bytes=100)

    assert "p4ss" not in json.dumps(cleaned)
    assert set(cleaned) == {"body"}


def test_what_postgresql_cannot_store_is_replaced() -> None:
    assert Redactor().clean({"a": "x\x00y\ud800", "b": float("nan"), "c": float("inf"), "d": 10**5000}) == {
        "a": "x\ufffdy\ufffd",
        "b": None,
        "c": None,
        "d": None,
    }


def test_what_is_nested_without_end_is_cut() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]

    assert "[nested too deeply]" in json.dumps(Redactor().clean(deep))


def test_the_given_value_is_not_changed() -> None:
    given = {"password": "hunter2", "list": ["hunter2"]}

    Redactor(["hunter2"]).clean(given)

    assert given == {"password": "hunter2", "list": ["hunter2"]}


@pytest.mark.parametrize(
    "shown",
    ["pa/ss&Wo<rd>1", "pa\\/ss&Wo<rd>1", "pa/ss\\u0026Wo\\u003crd\\u003e1", "pa/ss&wo<rd>1", "pa/ss&Wo%3Crd%3E1"],
    ids=["as it is", "PHP", "Go", "as a host", "in a URL of requests"],
)
def test_a_value_is_recognised_in_the_forms_that_others_give_it(shown: str) -> None:
    assert Redactor(["pa/ss&Wo<rd>1"]).clean_text(f"got {shown}.") == "got [redacted]."


def test_what_must_go_on_working_loses_the_values_only() -> None:
    redactor = Redactor(["canary-7f3a"], only_values=True)

    cleaned = redactor.clean({"access_token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "echo": "Bearer canary-7f3a"})

    assert cleaned == {"access_token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "echo": "Bearer [redacted]"}


secrets = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=4, max_size=40).filter(
    lambda text: text not in REDACTED and text.strip() == text
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)


@given(secret=secrets, data=st.data())
def test_a_planted_value_survives_in_no_nesting(secret: str, data: st.DataObject) -> None:
    planted = st.sampled_from(
        [
            secret,
            f"a{secret}b",
            quote(secret, safe=""),
            json.dumps(secret),
            base64.b64encode(secret.encode()).decode(),
            {secret: 1},
            {"deep": [secret]},
        ]
    )
    nested = st.recursive(
        scalars | planted,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )
    value = data.draw(nested)

    cleaned = Redactor([secret]).clean(value, max_bytes=data.draw(st.sampled_from([None, 60, 300, 10_000])))

    forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], base64.b64encode(secret.encode()).decode()}
    assert not [text for text in texts_in(cleaned) for form in forms if form in text]


@pytest.mark.parametrize("piece", ["-eyJ", "eyJ", "eyJa.", "sk-", "Bearer ", "a://b:", "&token", '"secret":"'])
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        started = process_time()
        Redactor().clean_text(text)
        return process_time() - started

    short, long = min(seconds(32_000) for _ in range(3)), min(seconds(256_000) for _ in range(3))

    assert long < 30 * max(short, 0.001)  # 8 times the text; quadratic would be 64
