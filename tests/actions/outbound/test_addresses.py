from ipaddress import ip_address, ip_network

import pytest

from actions.outbound import AllowList
from actions.outbound.addresses import InvalidAllowEntryError, is_public
from tests import cases

PUBLIC = ip_address("93.184.216.34")
PRIVATE = ip_address("10.1.2.3")
NOTHING = AllowList()


def test_every_address_of_the_corpus_that_must_not_be_reached_is_not_public() -> None:
    corpus = cases.load("hostile/ssrf.json")
    networks = [ip_network(text) for text in corpus["networks_never_reached"]]
    ends = [str(address) for network in networks for address in (network[0], network[-1])]
    inside = [form.format(end) for end in ends for form in ("::{}", "::ffff:{}", "::ffff:0:{}", "64:ff9b::{}")]
    single = [text for text in corpus["addresses_never_reached"] if "/" not in text]

    reached = [text for text in (*single, *ends, *inside) if is_public(ip_address(text))]

    assert reached == []
    assert len(single) + len(ends) + len(inside) == 166  # 16 + 2 x 15 + 4 x 30


def test_every_address_of_the_corpus_that_may_be_reached_is_public() -> None:
    corpus = cases.load("hostile/ssrf.json")

    refused = [text for text in corpus["addresses_allowed"] if not is_public(ip_address(text))]

    assert refused == []


@pytest.mark.parametrize(
    "text",
    [
        "168.63.129.16", "169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fe80::1%eth0", "::",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "64:ff9b:1::7f00:1", "::7f00:1", "::ffff:8.8.8.8",
        "ff02::1", "100::1", "2001:db8::1", "5f00::1", "3fff::1", "fec0::1", "255.255.255.255", "240.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


def test_without_entries_public_addresses_are_permitted_at_ports_of_the_web() -> None:
    ports = [
        port
        for port in (22, 25, 80, 443, 6379, 8080, 8443, 9200)
        if NOTHING.permits(host="x", address=PUBLIC, port=port)
    ]

    assert ports == [80, 443, 8080, 8443]
    assert not NOTHING.permits(host="x", address=PRIVATE, port=80)


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "is_permitted"),
    [
        ("10.0.0.0/8", "any.name", "10.1.2.3", 9000, True),
        ("10.0.0.0/8", "any.name", "172.16.0.1", 9000, False),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3", 22, True),
        ("10.1.2.3:9000", "10.1.2.3", "10.1.2.3", 9000, True),
        ("10.1.2.3:9000", "10.1.2.3", "10.1.2.3", 9001, False),
        ("10.0.0.0/8:443", "x", "10.9.9.9", 443, True),
        ("crm.internal", "CRM.internal.", "10.1.2.3", 8000, True),
        ("crm.internal:8000", "crm.internal", "10.1.2.3", 8000, True),
        ("crm.internal:8000", "crm.internal", "10.1.2.3", 80, False),
        ("crm.internal", "evil-crm.internal", "10.1.2.3", 80, False),
        ("crm.internal", "crm.internal.evil.com", "10.1.2.3", 80, False),
        ("api.example.com:9000", "api.example.com", "93.184.216.34", 9000, True),
        ("::1", "localhost", "::1", 9000, True),
        ("[::1]:9000", "localhost", "::1", 9000, True),
        ("[::1]:9000", "localhost", "::1", 9001, False),
        ("fd00::/8", "x", "fd00::5", 80, True),
        ("127.0.0.1/32", "x", "::ffff:127.0.0.1", 80, False),
    ],
)
def test_entries_allow_exactly_what_they_say(
    entry: str, host: str, address: str, port: int, is_permitted: bool
) -> None:
    allow = AllowList.parse([entry])

    assert allow.permits(host=host, address=ip_address(address), port=port) is is_permitted


@pytest.mark.parametrize(
    "entry", ["*", "http://x", "10.0.0.0/99", "x:0", "x:99999", "a b", "", "300.1.1.1", "[::1", "x/y"]
)
def test_an_entry_that_says_nothing_is_named(entry: str) -> None:
    with pytest.raises(InvalidAllowEntryError, match="SEQUITUR_OUTBOUND_ALLOW"):
        AllowList.parse(["localhost", entry])
