from typing import Any

import pytest

from actions.base import ActionCall, ActionFailedError
from tests.actions.ai_server import AiServer
from tests.actions.asking import perform


def analyse(call: ActionCall, **params: Any) -> Any:
    return perform("ai_sentiment_analysis", {"text": "Great, but late.", **params}, call).output


@pytest.mark.parametrize(
    "answer",
    [
        {"label": "mixed", "score": 0.25, "confidence": 0.9},
        {"label": "negative", "score": -1, "confidence": 1},
        {"label": "positive", "score": 1, "confidence": 0},
    ],
    ids=str,
)
def test_the_sentiment_is_the_output(ai: AiServer, asking_call: ActionCall, answer: dict[str, Any]) -> None:
    ai.says(answer)

    assert analyse(asking_call, about="the delivery") == answer
    rules, given = (each["content"] for each in ai.asked[0]["messages"])
    assert "the delivery" in rules
    assert "Great, but late." in given


@pytest.mark.parametrize(
    "answer",
    [
        {"label": "angry", "score": 0, "confidence": 1},
        {"label": "mixed", "score": 1.01, "confidence": 1},
        {"label": "mixed", "score": 0, "confidence": 2},
        {"label": "mixed", "score": 0},
        {"label": "mixed", "score": 0, "confidence": 1, "x": 1},
    ],
    ids=str,
)
def test_a_sentiment_out_of_bounds_is_no_answer(ai: AiServer, asking_call: ActionCall, answer: dict[str, Any]) -> None:
    ai.says(answer).says(answer)

    with pytest.raises(ActionFailedError) as raised:
        analyse(asking_call)

    assert (raised.value.code, len(ai.asked)) == ("ai_invalid_answer", 2)
