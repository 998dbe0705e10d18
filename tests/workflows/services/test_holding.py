"""A try that is held keeps its lease for as long as it takes, and not longer than it may."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from core import tenancy
from core.models import Workspace
from tests import processes
from tests.workflows.services.conftest import StartRun, action
from workflows.models import ActionRun
from workflows.services import claims, holding
from workflows.services.claims import Claim
from workflows.services.interruption import (
    Block,
    InterruptedTryError,
    LostClaimError,
    StoppingError,
    TimedOutError,
)

pytestmark = pytest.mark.django_db(transaction=True)

FAR_SECONDS = 60


@pytest.fixture
def claim(start_run: StartRun, workspace: Workspace, settings: Settings) -> Iterator[Claim]:
    """A claimed action in the scope of its workspace; leases are short."""
    settings.SEQUITUR_LEASE_SECONDS = 0.6
    holding._wake.set()  # it may be asleep for a third of the lease that was
    with tenancy.scope(workspace.pk):
        made = claims.claim(action(start_run()).pk, is_careful=True)
        assert made is not None
        yield made
    holding._wake.set()
    processes.eventually(lambda: not keeper_backends(), what="the keeper closes its connection")


@pytest.fixture(autouse=True)
def nobody_stops() -> Iterator[None]:
    yield
    holding._stop_at[0] = 0.0


def held(claim: Claim, *, timeout_seconds: float = FAR_SECONDS, overruns: list[str] | None = None) -> Block:
    noted: list[str] = [] if overruns is None else overruns

    def note(error: InterruptedTryError) -> None:
        noted.append(error.code)

    return holding.held(claim.id, claim.attempt, timeout_seconds=timeout_seconds, on_overrun=note)


def lease_seconds(claim: Claim) -> float:
    lease_until = ActionRun.objects.values_list("lease_until", flat=True).get(pk=claim.id)
    assert lease_until is not None
    return (lease_until - timezone.now()).total_seconds()


def end_lease(claim: Claim) -> None:
    ActionRun.objects.filter(pk=claim.id).update(lease_until=timezone.now() - timedelta(seconds=1))


def keeper_backends() -> list[int]:
    """The database's processes that serve the keeper: all of this database but our own."""
    with tenancy.unscoped("the role of tenants does not see those of others"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_a_long_try_keeps_its_lease(claim: Claim) -> None:
    end_lease(claim)

    with held(claim):
        processes.eventually(lambda: lease_seconds(claim) > 0, what="the lease is renewed")
        renewed = lease_seconds(claim)
        processes.eventually(lambda: lease_seconds(claim) > renewed, what="and again")

    assert renewed <= 0.6


def test_a_renewal_commits_by_itself_so_that_a_process_that_is_frozen_in_it_leaves_no_lock(claim: Claim) -> None:
    with held(claim), CaptureQueriesContext(connection) as captured:
        holding._renew(next(iter(holding._holds.values())))

    first, second = (each["sql"] for each in captured.captured_queries)
    assert first == "SET statement_timeout = 3000"
    assert second.startswith('UPDATE "workflows_actionrun" SET "lease_until"')


def test_a_short_try_costs_the_database_nothing(
    claim: Claim, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.SEQUITUR_LEASE_SECONDS = 15
    end_lease(claim)

    with django_assert_num_queries(0):
        for _ in range(100):
            with held(claim):
                holding._look(monotonic() + 4.9)

    assert keeper_backends() == []
    assert lease_seconds(claim) < 0


def test_a_try_that_somebody_else_has_is_interrupted(claim: Claim) -> None:
    ActionRun.objects.filter(pk=claim.id).update(attempt=claim.attempt + 1)
    lease_until = ActionRun.objects.get(pk=claim.id).lease_until

    with pytest.raises(LostClaimError), held(claim):
        time.sleep(FAR_SECONDS)

    assert ActionRun.objects.get(pk=claim.id).lease_until == lease_until, "the lease of the other one is not ours"


def test_the_keeper_heals_after_the_loss_of_its_connection(claim: Claim) -> None:
    with held(claim):
        processes.eventually(lambda: len(keeper_backends()) == 1, what="the keeper has a connection")
        with tenancy.unscoped("nor may it end them"), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", keeper_backends())
        end_lease(claim)
        processes.eventually(lambda: lease_seconds(claim) > 0, what="the lease is renewed again")


def test_a_time_out_in_the_middle_of_a_query_leaves_a_connection_that_works(claim: Claim) -> None:
    with pytest.raises(TimedOutError), held(claim, timeout_seconds=0.3), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")

    assert ActionRun.objects.filter(pk=claim.id).exists()
    processes.eventually(lambda: not keeper_backends(), what="the query ends with the try")


def test_a_stop_interrupts_what_is_held_when_its_time_is_over(claim: Claim) -> None:
    assert not holding.is_stopping()
    started = monotonic()
    holding.stop(within_seconds=0.3)
    holding.stop(within_seconds=FAR_SECONDS)  # a second signal gives no more time
    assert holding.is_stopping()

    with pytest.raises(StoppingError), held(claim):
        time.sleep(FAR_SECONDS)

    assert 0.3 < monotonic() - started < 10


def test_a_stop_leaves_alone_what_ends_in_time(claim: Claim) -> None:
    with held(claim):
        holding.stop(within_seconds=0.1)
    time.sleep(0.3)


def test_a_thread_is_interrupted_by_the_keeper(claim: Claim) -> None:
    raised: list[str] = []

    def work() -> None:
        try:
            with held(claim, timeout_seconds=0.1):
                while True:
                    with suppress(Exception):
                        time.sleep(0.01)
        except InterruptedTryError as error:
            raised.append(error.code)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(FAR_SECONDS)

    assert raised == ["timeout"]


def test_a_thread_that_cannot_be_interrupted_is_recorded_and_its_process_lives(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "GRACE_SECONDS", 0.1)
    overruns: list[str] = []
    returns = threading.Event()

    def work() -> None:
        with suppress(InterruptedTryError), held(claim, timeout_seconds=0.1, overruns=overruns):
            returns.wait(FAR_SECONDS)

    thread = threading.Thread(target=work)
    thread.start()
    processes.eventually(lambda: overruns == ["timeout"], what="the overrun is recorded")
    end_lease(claim)
    time.sleep(0.5)
    assert lease_seconds(claim) < 0, "nobody keeps the lease any more"
    returns.set()
    thread.join(FAR_SECONDS)

    assert not thread.is_alive()
    assert overruns == ["timeout"]
