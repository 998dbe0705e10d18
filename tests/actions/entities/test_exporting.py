import csv
import io
import os
import re
from pathlib import Path
from typing import Any

import pytest

from actions.entities import exporting
from tests import cases
from tests.documentation import page

FORMULA = re.compile(r"[=+\-@|%\uff1d\uff0b\uff0d\uff20]")


def hostile() -> list[str]:
    """The payloads of the public page on CSV injection: what stands in its code blocks."""
    path = Path(os.environ.get("SEQUITUR_CASES") or cases._DEFAULT) / "hostile" / "csv_injection.md"
    if not path.is_file():
        pytest.skip(f"no cases at {path}; set SEQUITUR_CASES to their folder")
    found = re.findall(r"^ *```\w*\n(.*?)^ *```", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line.strip() for block in found for line in block.splitlines() if line.strip()]


def cell(value: Any) -> str:
    """The value as a spreadsheet reads it from the file."""
    lines = [*exporting._csv([{"a": value}], ["a"])]
    return next(csv.reader(io.StringIO(lines[1])))[0]


def begins_formula(text: str) -> bool:
    visible = "".join(each for each in text if each.isprintable() and not each.isspace())
    return FORMULA.match(visible) is not None


def test_no_payload_of_the_public_list_begins_a_formula() -> None:
    payloads = [each for each in hostile() if begins_formula(each)]

    left = [each for each in payloads if begins_formula(cell(each))]

    assert len(payloads) >= 10
    assert left == []
    figure = f"{len(payloads)} of {len(payloads)} payloads"
    print(f"CSV: {figure} neutralised")
    assert figure in page("docs/security.md")


@pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\u200b", "\ufeff", "\u00a0"])
@pytest.mark.parametrize("first", ["=", "+", "-", "@", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_formula_is_not_hidden_by_what_nobody_sees(before: str, first: str) -> None:
    assert cell(f"{before}{first}cmd").startswith("'")


@pytest.mark.parametrize("value", ["Ada", "a = b", "-5", "-1,000.50", "", "a\nb", "2026-01-01", "Ünïcode"])
def test_ordinary_text_is_as_it_was(value: str) -> None:
    assert cell(value) == value


@pytest.mark.parametrize(("value", "text"), [(None, ""), (7, "7"), (-1.5, "-1.5"), (True, "True"), ([1], "[1]")])
def test_other_values_are_written_plainly(value: Any, text: str) -> None:
    assert cell(value) == text
