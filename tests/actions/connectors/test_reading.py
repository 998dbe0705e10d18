"""What a connector may say, and what is told of one that says something else."""

from pathlib import Path
from typing import Any

import pytest

from actions.connectors import reading, registering
from core.errors import InvalidError, SequiturError
from tests.actions.connectors.documents import PETS, at, changed

PARAMS = "/operations/0/params"


def test_the_example_is_valid() -> None:
    document = reading.parse(PETS)

    assert [operation.key for operation in document.operations] == ["add_pet", "list_pets"]


@pytest.mark.parametrize("path", sorted(registering.SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_connector_names_its_source_and_describes_every_parameter(path: Path) -> None:
    document = reading.read_file(path)

    assert document.name == path.stem
    assert document.source.startswith("https://")
    assert document.test is not None
    undescribed = [
        f"{operation.key}.{key}"
        for operation in document.operations
        for key, param in operation.params.items()
        if not param.description
    ]
    assert undescribed == []


@pytest.mark.parametrize(
    ("document", "path", "code"),
    [
        (changed(titel="x"), "/titel", "unknown_field"),
        (changed(name="Pet Shop"), "/name", "invalid"),
        (changed(operations=[]), "/operations", "invalid"),
        (changed(auth={"kind": "magic"}), "/auth", "invalid"),
        (changed(base_url="ftp://pets.example.com"), "/base_url", "invalid_url"),
        (changed(base_url="https://user:pass@pets.example.com"), "/base_url", "invalid_url"),
        (changed(base_url="https://pets.example.com/?x="), "/base_url", "invalid_url"),
        (changed(base_url="https://{region}.example.com"), "/base_url", "unknown_setting"),
        (changed(settings={"base_url": {}}), "/settings/base_url", "reserved"),
        (changed(settings={"model_fields": {}}), "/settings/model_fields", "reserved"),
        (changed(headers={"Host": "x"}), "/headers/Host", "reserved_header"),
        (changed(headers={"authorization": "x"}), "/headers/authorization", "reserved_header"),
        (changed(test={"path": "pets"}), "/test/path", "invalid_path"),
        (changed(errors={"message": "a..b"}), "/errors/message", "invalid_path"),
        (at("/operations/1/key", "add_pet"), "/operations/1/key", "duplicate_key"),
        (at("/operations/0/path", "//evil.example.com/{owner}"), "/operations/0/path", "invalid_path"),
        (at("/operations/0/path", "/a/../{owner}"), "/operations/0/path", "invalid_path"),
        (at("/operations/0/path", "/{owner}?x=1"), "/operations/0/path", "invalid_path"),
        (at("/operations/0/path", "/{owner}/{id}"), "/operations/0/path", "unknown_param"),
        (at("/operations/0/path", "/pets"), "/operations/0/path", "unused_param"),
        (at(f"{PARAMS}/connection", {}), f"{PARAMS}/connection", "reserved"),
        (at(f"{PARAMS}/owner", {"in": "path"}), f"{PARAMS}/owner", "invalid"),
        (at(f"{PARAMS}/owner/type", "object"), f"{PARAMS}/owner", "invalid_type"),
        (at(f"{PARAMS}/x", {"in": "header", "name": "Content-Length"}), f"{PARAMS}/x", "reserved_header"),
        (at(f"{PARAMS}/x", {"in": "header", "name": "a b"}), f"{PARAMS}/x/name", "invalid"),
        (at(f"{PARAMS}/x", {"in": "form"}), f"{'/operations/0/params'}", "two_bodies"),
        (at(f"{PARAMS}/x", {"name": "name"}), f"{PARAMS}/x", "duplicate_param"),
        (at(f"{PARAMS}/x", {"name": "name.first"}), f"{PARAMS}/x", "duplicate_param"),
        (at(f"{PARAMS}/x", {"type": "integer", "default": "many"}), f"{PARAMS}/x/default", "invalid"),
        (at(f"{PARAMS}/x", {"default": "{{ lead."}), f"{PARAMS}/x/default", "invalid_template"),
        (at(f"{PARAMS}/x", {"wrap": "email"}), f"{PARAMS}/x/wrap", "invalid"),
        (at("/operations/1/params/x", {"in": "json"}), "/operations/1/params", "no_body"),
        (at("/operations/0/response/id", "id"), "/operations/0/response/id", "invalid_path"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: dict[str, Any], path: str, code: str) -> None:
    with pytest.raises(InvalidError) as raised:
        reading.parse(document)

    assert (path, code) in [(problem.path, problem.code) for problem in raised.value.problems]


def test_a_problem_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "pets.yaml"
    path.write_text("name: pets\ntitel: Pets\nbase_url: https://pets.example.com\n")

    with pytest.raises(InvalidError) as raised:
        reading.read_file(path)

    assert str(raised.value).startswith(f"{path}: the connector is not valid.\n  /title: 'title' is missing")
    assert "\n  /titel: 'titel' is not known here. Did you mean 'title'?" in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x [1]\nb: *x",
        "- name",
        "{" * 100,
        "name: [\n",
        "x: !!python/object/apply:os.system [true]",
        "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    ],
)
def test_hostile_yaml_is_refused(text: str) -> None:
    with pytest.raises(SequiturError, match=r"pets\.yaml: "):
        reading.read(text.encode(), source="pets.yaml")


def test_a_shape_without_end_is_refused() -> None:
    shape: dict[str, Any] = {"type": "string"}
    for _ in range(20):
        shape = {"type": "array", "items": shape}

    with pytest.raises(InvalidError) as raised:
        reading.parse(at(f"{PARAMS}/x", shape))

    assert [problem.code for problem in raised.value.problems] == ["too_deep"]


def test_more_parameters_than_fit_are_refused() -> None:
    wide = {"type": "object", "properties": {f"p{number}": {} for number in range(200)}}
    params = {f"x{number}": wide for number in range(40)}

    with pytest.raises(InvalidError) as raised:
        reading.parse(at("/operations/1", {"key": "wide", "title": "Wide", "path": "/", "params": params}))

    assert [problem.code for problem in raised.value.problems] == ["too_many"]
