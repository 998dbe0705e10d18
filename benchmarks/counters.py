"""What machine and database count by themselves: processor time, log, transactions. Reads only; Linux only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection

from tests import broker

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PARENT, OWN_TIMES = 1, slice(11, 15)  # fields of /proc/<pid>/stat after the name: ppid; utime, stime, cutime, cstime


@dataclass(frozen=True, slots=True)
class Processor:
    """Seconds of processor time since each began: of ours, and of the whole machine.

    `stolen` is what the hypervisor gave to other machines while somebody here wanted to run.
    """

    worker: float
    postgres: float
    valkey: float
    bench: float
    busy: float
    stolen: float
    total: float

    def since(self, earlier: "Processor") -> "Processor":
        return Processor(*(getattr(self, name) - getattr(earlier, name) for name in self.__slots__))

    @property
    def others(self) -> float:
        """What this machine did that has nothing to do with the benchmark."""
        return max(0.0, self.busy - self.worker - self.postgres - self.valkey - self.bench)


def processor(worker: int) -> Processor:
    """The state of the clocks; `worker` is the process whose whole tree counts.

    The bench's own connection is a process of PostgreSQL too: its time counts as the bench's.
    """
    trees = _Trees()
    own = trees.seconds(_backend())
    cpu = [int(field) / TICKS_PER_SECOND for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, idle, iowait, irq, softirq, stolen = cpu
    return Processor(
        worker=trees.seconds(worker),
        postgres=trees.seconds(trees.parents[_backend()]) - own,
        valkey=trees.seconds(_valkey()),
        bench=_alone(os.getpid()) + own,
        busy=user + nice + system + irq + softirq,
        stolen=stolen,
        total=user + nice + system + idle + iowait + irq + softirq + stolen,
    )


class _Trees:
    """The processes of this machine at one moment, and who is whose child."""

    def __init__(self) -> None:
        self.spent: dict[int, float] = {}
        self.parents: dict[int, int] = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text(errors="replace").rpartition(")")[2].split()
            except OSError:  # it ended in this moment
                continue
            pid = int(path.parent.name)
            self.parents[pid] = int(fields[PARENT])
            self.spent[pid] = sum(map(int, fields[OWN_TIMES])) / TICKS_PER_SECOND

    def seconds(self, root: int) -> float:
        """What a process, its living descendants and its dead and waited-for children have spent."""
        return sum(self.spent[pid] for pid in self.below(root))

    def below(self, root: int) -> Iterator[int]:
        yield root
        for pid, parent in self.parents.items():
            if parent == root:
                yield from self.below(pid)


def memory_bytes(root: int) -> int:
    """The memory of a process and its descendants, what they share counted once (PSS)."""
    trees = _Trees()
    return sum(_pss_bytes(pid) for pid in trees.below(root))


def _pss_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _alone(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Database:
    """What the server has counted so far.

    `write_transactions`: transaction ids given out, and only what writes is given one. A savepoint that writes is given
    its own, and so are autovacuum's statistics: an upper bound. `commits`: of this database, those that only read
    included. `wal_bytes`: of the whole server, the page images after a checkpoint included. `messages`: those that
    workers were done with; kombu takes each out of a hash of the broker then.
    """

    write_transactions: int
    commits: int
    wal_bytes: int
    messages: int

    def since(self, earlier: "Database", *, own_statements: int) -> "Database":
        """The difference, without the statements that the bench itself made in between: each was a commit."""
        return Database(
            self.write_transactions - earlier.write_transactions,
            max(0, self.commits - earlier.commits - own_statements),
            self.wal_bytes - earlier.wal_bytes,
            self.messages - earlier.messages,
        )


def database() -> Database:
    """The state of the counters. Backends report commits late or when they end: ask when no other is connected."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, xact_commit, "
            "pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint "
            "FROM pg_stat_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
    assert row is not None
    writes, commits, wal_bytes = map(int, row)
    return Database(writes, commits, wal_bytes, acked())


def acked() -> int:
    """Messages that workers were done with so far."""
    return int(broker.connect().info("commandstats").get("cmdstat_hdel", {}).get("calls", 0))


def other_connections() -> int:
    """How many others are connected to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def counting_own_statements() -> Iterator[list[None]]:
    """A list that has one element for each statement that the bench makes in the block."""
    made: list[None] = []

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # Django's signature
        made.append(None)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield made


def _backend() -> int:
    driver = connection.connection
    assert isinstance(driver, psycopg.Connection)
    return int(driver.info.backend_pid)


def _valkey() -> int:
    return int(broker.connect().info("server")["process_id"])
