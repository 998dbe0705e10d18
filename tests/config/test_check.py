import sys

import pytest

from config import check
from config.check import Step


def test_every_step_runs_and_the_summary_names_each(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fails = ["-c", "import sys; sys.exit(1)"]
    tests = ["-c", "print('==== 312 passed, 2 skipped in 41.20s (0:00:41) ====')"]
    monkeypatch.setattr(
        check,
        "STEPS",
        (
            Step("lint", [fails, ["-c", "print('ran')"]]),
            Step("types", [["-c", ""]]),
            Step("tests", [tests], counts=True),
        ),
    )

    status = check.main()

    lines = capfd.readouterr().out.splitlines()
    assert status == 1
    assert "ran" in lines
    assert lines[-1].startswith("check: lint FAILED · types ok · tests 312 passed, 2 skipped · 0m0")


def test_check_succeeds_when_every_step_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "STEPS", (Step("lint", [["-c", ""]]),))

    assert check.main() == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("====== 3 failed, 309 passed in 2.10s ======", "3 failed, 309 passed"),
        ("312 passed in 161.00s (0:02:41)", "312 passed"),
        ("===== no tests ran in 0.1s =====", "FAILED"),
    ],
)
def test_failed_tests_are_counted(monkeypatch: pytest.MonkeyPatch, line: str, said: str) -> None:
    step = Step("tests", [["-c", f"print({line!r}); import sys; sys.exit(1)"]], counts=True)

    assert check.run(step) == (False, said)


def test_check_covers_what_the_design_asks_for() -> None:
    assert [step.name for step in check.STEPS] == ["lint", "types", "layers", "dependencies", "migrations", "tests"]
    assert all(command[0] in {"-m", "-c", "-W"} for step in check.STEPS for command in step.commands), sys.executable
