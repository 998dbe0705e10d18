from ipaddress import ip_address

import pytest

from core import destinations
from core.destinations import InvalidDestinationError


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "is_covered"),
    [
        ("crm.example.com", "CRM.example.com.", "10.0.0.1", 80, True),
        ("crm.example.com", "x.crm.example.com", "10.0.0.1", 80, False),
        ("*.example.com", "crm.example.com", "10.0.0.1", 80, True),
        ("*.example.com", "a.b.Example.com", "10.0.0.1", 80, True),
        ("*.example.com", "example.com", "10.0.0.1", 80, False),
        ("*.example.com", "badexample.com", "10.0.0.1", 80, False),
        ("*.example.com:8443", "crm.example.com", "10.0.0.1", 443, False),
        ("10.0.0.0/8", "anything", "10.9.9.9", 1, True),
        ("10.0.0.0/8", "anything", "11.0.0.1", 1, False),
        ("[::1]:9000", "anything", "::1", 9000, True),
        ("[::1]:9000", "anything", "::1", 9001, False),
    ],
)
def test_an_entry_covers_what_it_names(entry: str, host: str, address: str, port: int, is_covered: bool) -> None:
    assert destinations.parse(entry).covers(host=host, address=ip_address(address), port=port) is is_covered


@pytest.mark.parametrize(
    "entry",
    ["", "*", "*.", "a.*.com", "http://example.com", "example.com:0", "example.com:99999", "1.2.3", "a b", "/8"],
)
def test_what_is_no_destination_is_named(entry: str) -> None:
    with pytest.raises(InvalidDestinationError) as raised:
        destinations.parse(entry)

    assert repr(entry) in str(raised.value)
