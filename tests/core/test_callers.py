import pytest

from core import callers

PROXIES = ["10.0.0.0/8", "192.0.2.1"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("203.0.113.7", "", [], "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", [], "203.0.113.7"),  # nobody is believed
        ("203.0.113.7", "198.51.100.1", PROXIES, "203.0.113.7"),  # nor is who is no proxy
        ("10.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 192.0.2.1", PROXIES, "198.51.100.1"),  # what a client put before
        ("10.0.0.1", "nonsense", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", PROXIES, "10.0.0.2"),
        ("::1", "", [], "::1"),
        ("", "198.51.100.1", PROXIES, ""),  # a socket of the machine
    ],
)
def test_an_address_is_believed_as_far_as_proxies_wrote_it(
    peer: str, forwarded: str, trusted: list[str], address: str
) -> None:
    assert callers.address_of(peer, forwarded, trusted=trusted) == address


def test_an_address_is_known_inside_of_a_request_alone() -> None:
    with callers.calling_from("::1"):
        assert callers.current_address() == "::1"

    assert callers.current_address() == ""
