"""Runs of 1, 5 and 10 actions that do nothing, against bare Celery chains and durable commits: `make bench`.

docs/performance.md says what is measured, how, and how to read it.
"""

import pytest
from django.db import connection

from benchmarks import report, rounds
from benchmarks.rounds import Round

# (actions of a run, rounds): five where the gates are, fewer beside it.
LENGTHS = ((5, 5), (1, 2), (10, 2))


@pytest.mark.django_db(transaction=True)
def test_actions_against_bare_celery() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        assert cursor.fetchone() == ("on",), "commits must be durable here: run `make bench`"
    rates = rounds.warm_up(report.GATED_LENGTH)
    print(f"\nwarm-up, actions/s: {words(rates)}")

    measured = [rounds.run(length, number=number, rates=rates, say=say) for length, number in LENGTHS]

    found = report.gates(measured)
    print(f"\n{report.table(measured)}\n", *found, f"\nall of it: {report.save(measured, found)}", sep="\n")
    missed = [str(gate) for gate in found if not gate.holds]
    assert missed == []


def say(done: Round) -> None:
    rates = {name: each.actions_per_second for name, each in done.measured.items()}
    (length,) = {each.length for each in done.measured.values()}
    noise = "  repeated: stolen time" if done.is_noisy else ""
    print(f"N = {length}, actions/s: {words(rates)}; durable commits/s {done.commits_per_second:.0f}{noise}")


def words(rates: dict[str, float]) -> str:
    return ", ".join(f"{name} {rate:.0f}" for name, rate in sorted(rates.items()))
