"""What the service knows: streams, recordings, clips, markers and jobs, in memory. HTTP is not its business."""

import itertools
import json
import threading
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Json]


class RefusedError(Exception):
    """Something that the service does not do: a status, a code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = (status, {"error": {"code": code, "message": message}})


class Store:
    """All rows, by kind and id. Safe for threads: one request at a time."""

    def __init__(self) -> None:
        stream = {"id": "stream-1", "title": "Cup final", "description": "", "tags": [], "duration_seconds": 5400}
        vod = {"id": "vod-1", "title": "Cup final", "visibility": "private", "tags": []}
        self.rows: dict[str, dict[str, Json]] = {
            "streams": {"stream-1": stream}, "vods": {"vod-1": vod}, "clips": {}, "markers": {}, "jobs": {}
        }  # fmt: skip
        self.lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._answered: dict[str, tuple[str, Answer]] = {}

    def once(self, key: str | None, method: str, path: str, body: Json) -> Answer:
        """What is answered to a request; to a second one with its key, what was answered to the first.

        Source: the IETF draft "The Idempotency-Key HTTP Header Field": another request with a used key is a 422.
        """
        said = json.dumps([method, path, body], sort_keys=True)
        with self.lock:
            if key is not None and key in self._answered:
                before, answer = self._answered[key]
                if before != said:
                    return RefusedError(422, "key_reused", "This Idempotency-Key belongs to another request.").answer
                return answer
            try:
                answer = self.handle(method, path, body)
            except RefusedError as error:
                return error.answer
            if key is not None:
                self._answered[key] = (said, answer)
            return answer

    def handle(self, method: str, path: str, body: Json) -> Answer:
        """Do it. Raises `RefusedError`."""
        match method, path.strip("/").split("/"):
            case "GET", [("streams" | "vods" | "clips" | "markers" | "jobs") as kind]:
                return 200, {"results": [*self.rows[kind].values()]}
            case "GET", [("streams" | "vods") as kind, row_id]:
                return 200, self._find(kind, row_id)
            case "PATCH", [("streams" | "vods") as kind, row_id]:
                row = self._find(kind, row_id)
                row.update({name: value for name, value in body.items() if name in row and name != "id"})
                return 200, dict(row)
            case "POST", ["streams", row_id, "clips"]:
                return 201, self._clip(self._find("streams", row_id), body)
            case "POST", ["streams", row_id, "markers"]:
                stream = self._find("streams", row_id)
                at_seconds = body.get("at_seconds", stream["duration_seconds"])
                marker = {"stream_id": row_id, "at_seconds": at_seconds, "label": body.get("label", "")}
                return 201, self._add("markers", marker)
            case "POST", ["jobs"]:
                self._find("streams", str(body.get("stream_id")))
                return 202, self._add("jobs", {"status": "queued", **body})
        raise RefusedError(404, "unknown_path", f"There is no {method} {path}.")

    def _clip(self, stream: Json, body: Json) -> Json:
        start, duration = body.get("start_seconds", 0), body.get("duration_seconds")
        if not isinstance(duration, int | float) or not isinstance(start, int | float) or duration <= 0 or start < 0:
            raise RefusedError(422, "invalid_clip", "A clip has a start from 0 and a duration over 0, in seconds.")
        clip = {"stream_id": stream["id"], "start_seconds": start, "duration_seconds": duration}
        return self._add("clips", {**clip, "title": str(body.get("title", ""))})

    def _add(self, kind: str, row: Json) -> Json:
        row = {"id": f"{kind[:-1]}-{next(self._numbers)}", **row}
        self.rows[kind][row["id"]] = row
        return row

    def _find(self, kind: str, row_id: str) -> Json:
        row = self.rows[kind].get(row_id)
        if row is None:
            raise RefusedError(404, f"unknown_{kind[:-1]}", f"There is no {kind[:-1]} {row_id[:100]!r}.")
        return row
