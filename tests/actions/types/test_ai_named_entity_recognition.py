from typing import Any

import pytest

from actions.base import ActionCall
from tests.actions.ai_server import AiServer
from tests.actions.asking import perform

TEXT = "Ada met Ada's friend Zoë 🎉 in Paris. Paris was cold."


def found(ai: AiServer, call: ActionCall, *entities: tuple[str, str, int], **params: Any) -> Any:
    ai.says({"entities": [{"text": text, "type": type_, "start": start} for text, type_, start in entities]})
    return perform("ai_named_entity_recognition", {"text": TEXT, **params}, call).output


def test_every_name_stands_where_it_is_said_to_stand(ai: AiServer, asking_call: ActionCall) -> None:
    output = found(ai, asking_call, ("Ada", "person", 0), ("Zoë", "person", 21), ("Paris", "location", 999))

    assert output["entities"] == [
        {"text": "Ada", "type": "person", "start": 0, "end": 3},
        {"text": "Zoë", "type": "person", "start": 21, "end": 24},
        {"text": "Paris", "type": "location", "start": 37, "end": 42},
    ]
    assert all(TEXT[each["start"] : each["end"]] == each["text"] for each in output["entities"])


def test_a_place_that_is_wrong_is_corrected_and_none_is_given_twice(ai: AiServer, asking_call: ActionCall) -> None:
    output = found(ai, asking_call, *[("Ada", "person", -5)] * 3)

    assert [each["start"] for each in output["entities"]] == [0, 8]
    assert output["unverified"] == [{"text": "Ada", "type": "person"}]


@pytest.mark.parametrize("name", ["Bob", "ada", "Ada met Bob", "", " "])
def test_a_name_that_is_not_in_the_text_is_no_entity(ai: AiServer, asking_call: ActionCall, name: str) -> None:
    output = found(ai, asking_call, (name, "person", 0))

    assert output == {"entities": [], "unverified": [{"text": name, "type": "person"}]}


def test_no_names_are_an_answer_too(ai: AiServer, asking_call: ActionCall) -> None:
    assert found(ai, asking_call, types=["ship"]) == {"entities": [], "unverified": []}
    assert "ship" in ai.asked[0]["messages"][0]["content"]
