from ipaddress import ip_address
from typing import Any

import pytest

from core import outbound_rules
from core.outbound_rules import CircuitRule, RateRule

ADDRESS = "93.184.216.34"


@pytest.mark.parametrize(
    ("written", "host", "is_permitted"),
    [
        ({}, "a.example.com", True),
        ({"deny": ["a.example.com"]}, "a.example.com", False),
        ({"deny": ["a.example.com"]}, "b.example.com", True),
        ({"deny": ["93.184.216.0/24"]}, "b.example.com", False),
        ({"allow": ["*.example.com"]}, "a.example.com", True),
        ({"allow": ["*.example.com"]}, "example.org", False),
        ({"allow": ["*.example.com"], "deny": ["a.example.com"]}, "a.example.com", False),
        ({"allow": ["a.example.com"], "deny": ["0.0.0.0/0"]}, "a.example.com", False),
        ({"allow": ["a.example.com:8443"]}, "a.example.com", False),
        ({"deny": "a.example.com"}, "b.example.com", False),  # unreadable: nothing goes
        ({"denied": []}, "b.example.com", False),
    ],
)
def test_a_workspace_narrows_where_its_actions_go(written: dict[str, Any], host: str, is_permitted: bool) -> None:
    rules = outbound_rules.of(written)

    assert rules.permits(host=host, address=ip_address(ADDRESS), port=443) is is_permitted


def test_hosts_that_fail_are_left_alone_unless_it_is_switched_off() -> None:
    written = {"rate_limit": {"calls": 5, "per_seconds": 2}, "circuit": None}

    assert outbound_rules.of({}).circuit == CircuitRule(failures=10, window_seconds=60, open_seconds=30)
    assert outbound_rules.of({}).rate is None
    assert outbound_rules.of(written).circuit is None
    assert outbound_rules.of(written).rate == RateRule(calls=5, per_seconds=2)


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        ({}, []),
        ({"allow": ["example.com", "10.0.0.0/8"], "deny": [], "rate_limit": None}, []),
        ({"allow": ["http://x"], "deny": [5]}, ["/allow/0", "/deny/0"]),
        ({"rate_limit": {"calls": 0, "per_seconds": 1}}, ["/rate_limit/calls"]),
        ({"rate_limit": {"calls": 1001, "per_seconds": 3601}}, ["/rate_limit/calls", "/rate_limit/per_seconds"]),
        ({"circuit": {"failures": True}, "other": 1}, ["/circuit/failures", "/other"]),
        ({"circuit": {"open_seconds": float("nan")}}, ["/circuit/open_seconds"]),
        ({"allow": ["a"] * 501}, ["/allow"]),
    ],
    ids=str,
)
def test_everything_that_cannot_stand_there_is_told(written: dict[str, Any], paths: list[str]) -> None:
    assert [text.split(":")[0] for text in outbound_rules.problems(written)] == paths


@pytest.mark.parametrize("written", [[], None, "x", 1])
def test_what_is_no_object_is_told(written: object) -> None:
    assert outbound_rules.problems(written) == ['Expected a JSON object such as {"deny": ["*.example.com"]}.']
