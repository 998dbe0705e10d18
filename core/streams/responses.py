"""A stream as the answer to a request."""

import time
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from core.streams.readers import Reading
from core.streams.stream import LOOK_SECONDS, Stream

MEDIA_TYPE = "text/event-stream"


class StreamResponse(StreamingHttpResponse):
    """Servers that know how (`handover`) take `stream` and write it by themselves; all others read on, in a thread."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(_written(stream), content_type=f"{MEDIA_TYPE}; charset=utf-8")
        self.stream = stream
        self.is_handed_over = False
        self["Cache-Control"] = "no-cache, no-transform"
        self["X-Accel-Buffering"] = "no"  # nginx would collect it

    def close(self) -> None:
        super().close()
        if not self.is_handed_over:
            self.stream.close()


def _written(stream: Stream) -> Iterator[bytes]:
    reading = Reading()
    while not stream.is_over:
        now = time.monotonic()
        yield stream.advance(reading.read(stream.workspace_id, stream.subjects, now=now), now=now)
        if not stream.is_over:
            time.sleep(LOOK_SECONDS)
