"""What is done to the product while it works, in an order and at moments that a seed decides."""

import json
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import psycopg

from tests.chaos.stage import Stage

QUEUES = ("actions", "actions_express", "events", "events_express")
MOST_COPIES = 30
MOST_KEPT = 500
WAIT_SECONDS = 6.0  # for something to be underway before a worker is killed: as long as one takes to start
IN_THE_MIDDLE_SECONDS = 0.1  # from the claim to the call
SHUFFLE = """
    math.randomseed(tonumber(ARGV[1]))
    local messages = redis.call('LRANGE', KEYS[1], 0, -1)
    for last = #messages, 2, -1 do
        local other = math.random(last)
        messages[last], messages[other] = messages[other], messages[last]
    end
    redis.call('DEL', KEYS[1])
    for _, message in ipairs(messages) do redis.call('RPUSH', KEYS[1], message) end
    return #messages
"""


@dataclass(frozen=True)
class Plan:
    """How much is done, and how much is done to it. `seconds`: over which events arrive and faults are spread."""

    seed: int
    runs: int
    seconds: float
    quiet_seconds: float
    workers: int = 1
    kills: int = 0
    flushes: int = 0
    restarts: int = 0
    disorders: int = 0


class Faults:
    """Carries a plan out. `struck_at`: when something died, by the clock of the machine."""

    def __init__(self, stage: Stage, plan: Plan, *, random: Random) -> None:
        self.stage, self.plan, self.random = stage, plan, random
        self.struck_at: list[datetime] = []
        self.injected: Counter[str] = Counter()
        self.kept: list[bytes] = []

    def schedule(self) -> list[tuple[float, str]]:
        """Seconds from the start, and what is done then: one fault in each slot, in a random order."""
        plan = self.plan
        names = ["kill"] * plan.kills + ["flush"] * plan.flushes + ["restart"] * plan.restarts
        self.random.shuffle(names)
        disorders = [(self.random.uniform(0, plan.seconds), "disorder") for _ in range(plan.disorders)]
        slot = plan.seconds / max(1, len(names))
        struck = [(slot * (number + self.random.uniform(0.2, 0.8)), name) for number, name in enumerate(names)]
        return sorted([*struck, *disorders])

    def run(self) -> None:
        """All faults, each at its time or as soon after it as the one before allows."""
        begun = time.monotonic()
        for at, name in self.schedule():
            while time.monotonic() < begun + at:
                self.stage.look()
                time.sleep(0.1)
            getattr(self, name)()

    def kill(self) -> None:
        """SIGKILL to a worker with its pool, or to one process of its pool, while an action is underway.

        The first, and half of the others, in the middle of one that must not be repeated.
        """
        name = f"worker-{self.random.randrange(self.plan.workers)}"
        is_whole, is_aimed = self.random.random() < 0.5, self.random.random() < 0.5
        if is_aimed or not self.struck_at:
            is_whole = True
            self.wait_for_work("chaos_once")
        else:
            self.wait_for_work("http_request")
        children = _children(self.stage.pids[name])
        self.struck_at.append(datetime.now(UTC))
        if is_whole or not children:
            self.stage.kill(name)
            self.injected["workers killed"] += 1
        else:
            with suppress(ProcessLookupError):
                os.kill(self.random.choice(children), signal.SIGKILL)
            self.injected["pool processes killed"] += 1

    def flush(self) -> None:
        """The broker forgets everything."""
        with self.stage.broker() as client:
            self.injected["messages forgotten"] += sum(client.llen(queue) for queue in QUEUES)
            client.flushall()
        self.injected["broker flushes"] += 1

    def restart(self) -> None:
        """The database is gone without a shutdown, and comes back."""
        self.struck_at.append(datetime.now(UTC))
        self.stage.crash_postgres()
        self.injected["database restarts"] += 1

    def disorder(self) -> None:
        """Copies of messages, old ones among them, are put into the queues, and the queues are shuffled."""
        with self.stage.broker() as client:
            for queue in QUEUES:
                waiting: list[bytes] = client.lrange(queue, 0, MOST_COPIES)
                copies = [self.copy(raw) for raw in (*waiting, *self.some(of=queue))]
                if copies:
                    client.lpush(queue, *copies)
                self.kept = [*self.kept, *waiting][-MOST_KEPT:]
                self.injected["messages doubled"] += len(copies)
                self.injected["messages shuffled"] += int(client.eval(SHUFFLE, 1, queue, self.random.randrange(2**31)))

    def some(self, *, of: str) -> list[bytes]:
        """Messages that were in this queue at an earlier time."""
        old = [raw for raw in self.kept if json.loads(raw)["properties"]["delivery_info"]["routing_key"] == of]
        return self.random.sample(old, min(len(old), MOST_COPIES // 3))

    def copy(self, raw: bytes) -> bytes:
        """The same message as another delivery: kombu keeps book by its tag."""
        message = json.loads(raw)
        message["properties"]["delivery_tag"] = str(UUID(int=self.random.getrandbits(128), version=4))
        return json.dumps(message).encode()

    def wait_for_work(self, type_: str) -> None:
        """Wait a little for an action of this type that runs: killing who does nothing shows nothing."""
        running = "SELECT count(*) FROM workflows_actionrun WHERE status = 'running' AND type = %s"
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            with suppress(psycopg.Error), self.stage.database() as connection:
                row = connection.execute(running.encode(), [type_]).fetchone()
                if row and row[0]:
                    time.sleep(IN_THE_MIDDLE_SECONDS)
                    return
            time.sleep(0.02)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
