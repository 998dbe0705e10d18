from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidError, Problem
from workflows.services.templates import reading, values
from workflows.services.templates.template import Template

CHANGES = (("x", "x"), ("title: Text", "title: Words"), ("All kinds", "Other"), ("trigger: a.b", "trigger: a.c"))
DOCUMENT = """
name: All kinds
parameters:
  text: { title: Text }
  number: { kind: number, title: Number, minimum: 0 }
  integer: { kind: integer, title: Integer, default: 5, maximum: 9 }
  boolean: { kind: boolean, title: Boolean, default: false }
  list: { kind: list, title: List, default: [a] }
  email: { kind: email, title: E-mail, default: a@example.com }
  emails: { kind: emails, title: E-mails, default: [a@example.com] }
  url: { kind: url, title: URL, default: "https://example.com/" }
  secret: { kind: secret, title: Secret, default: key }
  event_type: { kind: event_type, title: Event type, default: a.b }
  path: { kind: path, title: Path, default: a.b }
  cron: { kind: cron, title: When, default: 0 9 * * * }
  timezone: { kind: timezone, title: Time zone, default: UTC }
  choice: { title: Choice, default: a, enum: [a, b] }
  connection: { kind: connection, connection: [slack], title: Connection, optional: true }
definition:
  trigger: a.b
  actions:
    - type: log_event
      params:
        message: "${text}"
        fields:
          all: ["${number}", "${integer}", "${boolean}", "${list}", "${email}", "${emails}", "${url}", "${secret}"]
          more: ["${event_type}", "${path}", "${cron}", "${timezone}", "${choice}", "${connection}"]
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    path: Path = tmp_path_factory.mktemp("templates") / "all_kinds.yaml"
    path.write_text(DOCUMENT)
    return reading.read(path)


def problems(template: Template, given: dict[str, Any]) -> list[Problem]:
    with pytest.raises(InvalidError) as raised:
        values.checked(template, given)
    return [*raised.value.problems]


def test_what_is_not_given_is_the_default_or_nothing(template: Template) -> None:
    found = values.checked(template, {"text": "x", "number": 1, "integer": None})

    assert (found["text"], found["integer"], found["list"], found["connection"]) == ("x", 5, ["a"], None)
    assert [*found] == [*template.parameters]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("text", "", "minLength"),
        ("text", 7, "type"),
        ("text", "x" * 501, "maxLength"),
        ("text", "{{ secrets.key }}", "invalid"),
        ("text", "a }} b", "invalid"),
        ("text", "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789", "invalid"),
        ("number", -1, "minimum"),
        ("number", "1", "type"),
        ("integer", 10, "maximum"),
        ("integer", True, "type"),
        ("boolean", 1, "type"),
        ("list", [], "minItems"),
        ("list", ["{{ a }}"], "invalid"),
        ("email", "nobody", "format"),
        ("emails", ["a@example.com", "b"], "format"),
        ("url", "javascript:alert(1)", "pattern"),
        ("url", "https://user:pa55word@example.com/", "invalid"),
        ("secret", "whsec_x y", "pattern"),
        ("secret", "a.b", "pattern"),
        ("event_type", "a b", "invalid"),
        ("path", "a..b", "pattern"),
        ("cron", "61 * * * *", "invalid"),
        ("timezone", "Mars/Olympus", "invalid"),
        ("choice", "c", "enum"),
        ("connection", {}, "type"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_where_it_stands(
    template: Template, name: str, value: Any, code: str
) -> None:
    [found] = problems(template, {"text": "x", "number": 1, name: value})

    assert found.path.startswith(f"/parameters/{name}")
    assert found.code == code


def test_everything_is_told_at_once(template: Template) -> None:
    found = problems(template, {"intger": 1, "email": "x", "cron": "x"})

    assert {(each.path, each.code) for each in found} == {
        ("/parameters/intger", "unknown_parameter"),
        ("/parameters/text", "missing"),
        ("/parameters/number", "missing"),
        ("/parameters/email", "format"),
        ("/parameters/cron", "invalid"),
    }
    assert "Did you mean 'integer'?" in next(each.message for each in found if each.code == "unknown_parameter")


def test_all_together_are_bounded(template: Template) -> None:
    [found] = problems(template, {"text": "x", "number": 1, "nope": "x" * 70_000})

    assert (found.path, found.code) == ("/parameters", "too_large")


def test_the_schema_says_what_an_editor_draws(template: Template) -> None:
    schema = template.schema

    assert schema["required"] == ["text", "number"]
    assert schema["properties"]["number"] == {"type": "number", "title": "Number", "x-kind": "number", "minimum": 0}
    assert schema["properties"]["connection"]["x-connection"] == ["slack"]
    assert schema["properties"]["cron"]["default"] == "0 9 * * *"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("  text: { title: Text }", "  text: { title: Text, kinds: x }", "/parameters/text/kinds"),
        ("  text: { title: Text }", "  Text: { title: Text }", "A name is small letters"),
        ('message: "${text}"', 'message: "${txt}"', "There is no parameter 'txt'"),
        ("default: 5, maximum: 9", "default: 10, maximum: 9", "/parameters/integer"),
        ("definition:\n", "definition:\n  name: Other\n", "name stands beside the definition"),
        ("name: All", "tests: [{ name: x, event: { type: a.b }, expected: {} }]\nname: All", "/tests/0/expected"),
        (
            "name: All kinds",
            "tests: [{ name: x, event: { type: a.b }, expected: { a: 1 } }]\nname: All",
            "'text' is missing",
        ),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_its_name(tmp_path: Path, before: str, after: str, told: str) -> None:
    path = tmp_path / "wrong.yaml"
    assert before in DOCUMENT
    path.write_text(DOCUMENT.replace(before, after, 1))

    with pytest.raises(InvalidError) as raised:
        reading.read(path)

    assert raised.value.detail.startswith("wrong.yaml: ")
    assert told in raised.value.detail


def test_a_digest_is_of_what_is_made_and_not_of_words_for_people(tmp_path: Path) -> None:
    digests, path = [], tmp_path / "all_kinds.yaml"
    for before, after in CHANGES:
        path.write_text(DOCUMENT.replace(before, after))
        digests.append(reading.read(path).digest)

    assert digests[0] == digests[1] == digests[2]
    assert digests[3] != digests[0]
