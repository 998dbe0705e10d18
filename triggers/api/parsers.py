"""Bodies of events: a CloudEvent, and batches of which each event is answered on its own."""

from typing import Any

from core import documents
from core.api.parsers import StrictJsonParser


class CloudEventParser(StrictJsonParser):
    """`application/cloudevents+json` as an object."""

    media_type = "application/cloudevents+json"


class BatchParser(StrictJsonParser):
    """`application/json` as `{"events": [...]}`. What cannot be stored is refused with its event, not here."""

    def read(self, raw: bytes) -> Any:
        return documents.read_json(raw, max_bytes=len(raw))


class CloudEventBatchParser(BatchParser):
    """`application/cloudevents-batch+json`, a list, in the shape of the other one."""

    media_type = "application/cloudevents-batch+json"

    def read(self, raw: bytes) -> Any:
        return {"events": super().read(raw)}
