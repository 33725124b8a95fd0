"""The address guard: every row of the table, every disguise of an IPv4 address, and what configuration may allow."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.oauth.addresses import DENIED, Guard, embedded, is_loopback, parse

GUARD = Guard()


@pytest.mark.parametrize(
    "address",
    [
        "64:ff9b::7f00:1",  # NAT64 of loopback
        "64:ff9b:1::a00:1",  # local NAT64
        "2002:7f00:1::",  # 6to4 of loopback
        "::127.0.0.1",  # IPv4-compatible
        "fec0::1",  # site-local
        "224.0.0.1",
        "ff02::1",
        "168.63.129.16",  # Azure wire server
        "192.88.99.1",  # 6to4 relay
        "169.254.169.254",  # metadata services
        "fd00:ec2::254",  # the same on IPv6
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:7f00:1::",  # Teredo whose server is loopback
        "2001:0:808:808:0:0:80ff:fffe",  # Teredo whose client is loopback
        "0.0.0.0",
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "4000::1",  # outside global unicast
        "::ffff:0:8.8.8.8",  # IPv4-translated
    ],
)
def test_refuses_what_is_not_public(address: str) -> None:
    assert GUARD.refusal(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_lets_public_addresses_pass(address: str) -> None:
    assert GUARD.refusal(ip_address(address)) == ""


@pytest.mark.parametrize(("network", "why"), DENIED, ids=str)
def test_each_row_holds_from_its_first_to_its_last_address(network, why) -> None:
    if str(network) == "::ffff:0:0/96":  # judged by what is inside
        return
    for place in (0, network.num_addresses // 2, -1):
        assert GUARD.refusal(network[place]), network[place]


def test_allows_loopback_only_when_asked_and_nothing_else_with_it() -> None:
    guard = Guard(allow_loopback=True)
    for text in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"):
        assert guard.refusal(ip_address(text)) == "", text
    for text in ("10.0.0.1", "169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "0.0.0.0"):
        assert guard.refusal(ip_address(text)), text


def test_allows_configured_ranges_also_in_their_mapped_form() -> None:
    guard = Guard.of(["10.1.0.0/16", "fd00:1::/32"])
    for text in ("10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5"):
        assert guard.refusal(ip_address(text)) == "", text
    for text in ("10.2.0.1", "fd00:2::5", "127.0.0.1"):
        assert guard.refusal(ip_address(text)), text


def test_a_range_with_host_bits_is_no_range() -> None:
    with pytest.raises(ValueError, match="host bits"):
        Guard.of(["10.1.2.3/8"])


def _reference(address: IPv4Address | IPv6Address) -> bool:
    """The rule said another way: denied when it, or what it carries, lies in a row of the table."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if mapped is not None:
        return _reference(mapped)
    carried = list(embedded(address))
    rows = any(address.version == net.version and address in net for net, _ in DENIED)
    odd = isinstance(address, IPv6Address) and address not in ip_network("2000::/3")
    return rows or odd or any(_reference(each) for each in carried)


def _spellings(address: IPv4Address | IPv6Address) -> list[str]:
    texts = [str(address), address.exploded, address.compressed]
    if isinstance(address, IPv6Address):
        tail = IPv4Address(int(address) & 0xFFFF_FFFF)
        head = ":".join(address.exploded.split(":")[:6])
        texts += [address.exploded.upper(), f"{head}:{tail}", f"{address}%eth0"]
    return texts


_NEAR_THE_EDGES = st.sampled_from(DENIED).flatmap(
    lambda row: st.integers(-2, row[0].num_addresses + 1).map(
        lambda offset: row[0].network_address.__class__(
            max(0, min(int(row[0].network_address) + offset, 2 ** row[0].max_prefixlen - 1))
        )
    )
)
_CARRIERS = st.ip_addresses(v=4).flatmap(
    lambda v4: st.sampled_from(
        [
            v4,
            IPv6Address(int(v4)),
            IPv6Address(0xFFFF_0000_0000 | int(v4)),
            IPv6Address(0x0064_FF9B << 96 | int(v4)),
            IPv6Address(0x2002 << 112 | int(v4) << 80),
            IPv6Address(0x2001_0000 << 96 | int(v4) << 64),
        ]
    )
)


@given(st.one_of(st.ip_addresses(), _NEAR_THE_EDGES, _CARRIERS))
def test_agrees_with_the_table_in_every_spelling(address) -> None:
    for text in _spellings(address):
        read = parse(text)
        assert read is not None, text
        assert bool(GUARD.refusal(read)) is _reference(address), text


@given(st.ip_addresses(v=4))
def test_a_disguise_is_never_less_denied_than_what_it_carries(v4) -> None:
    if GUARD.refusal(v4):
        for disguise in (0xFFFF_0000_0000, 0x0064_FF9B << 96, 0):
            assert GUARD.refusal(IPv6Address(disguise | int(v4)))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("127.0.0.1", True),
        ("fe80::1%eth0", True),
        ("127.1", False),
        ("0x7f.1", False),
        ("2130706433", False),
        ("", False),
    ],
)
def test_reads_only_what_a_resolver_gives(text: str, *, read: bool) -> None:
    assert (parse(text) is not None) is read


def test_knows_loopback_in_its_mapped_form() -> None:
    assert [is_loopback(ip_address(t)) for t in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "8.8.8.8", "::2")] == [
        True,
        True,
        True,
        False,
        False,
    ]
