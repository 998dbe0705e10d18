"""The shapes that wait for their types are at least definitions."""

import pytest

from core import documents
from tests.chaos.shapes import LATER, SHAPES, Shape
from workflows.definitions import shorthand
from workflows.definitions.document import ActionPart, Definition


@pytest.mark.parametrize("shape", [*SHAPES, *LATER], ids=lambda shape: shape.name)
def test_a_shape_is_a_definition_down_to_its_bodies(shape: Shape) -> None:
    text = shape.document("http://127.0.0.1:1")

    document = shorthand.normalise(documents.parse_yaml(text.encode(), max_bytes=100_000))

    definition = Definition.model_validate(document)
    bodies = [part.params.get("actions", []) for part in definition.actions if part.type == "loop"]
    bodies += [body for part in definition.actions for body in part.params.get("branches", {}).values()]
    parts = [*definition.actions, *(ActionPart.model_validate(item) for body in bodies for item in body)]
    assert len({part.id for part in parts}) == len(parts) > 1
    assert "RECEIVER" not in text
