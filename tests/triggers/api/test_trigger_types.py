from rest_framework.test import APIClient

from triggers.registry import trigger_types
from triggers.types.event import Params


def test_every_trigger_type_is_listed_with_the_schema_of_its_parameters(api: APIClient) -> None:
    answer = api.get("/api/v1/trigger-types/")

    assert answer.status_code == 200
    results = {row["key"]: row for row in answer.json()["results"]}
    assert tuple(results) == trigger_types.keys()
    assert results["event"] == {
        "key": "event",
        "title": "Event",
        "description": "An event of a type arrived.",
        "params_schema": Params.model_json_schema(),
    }
