"""Which network addresses may be asked. Pure: addresses in, a reason or nothing out; names are never judged here.

The table is our own, since `ipaddress.is_global` differs between patch releases of Python and misses what cloud
machines reach besides the internet (metadata services, wire servers, translated IPv4).
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from reconciler.core.noun import dataclass

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA special-purpose registries (RFC 6890 and its updates), multicast, and what only looks public.
_DENIED = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by carriers",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "the wire server of a cloud",
    "169.254.0.0/16": "link-local, with the metadata services of clouds",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "automatic multicast tunnelling",
    "192.88.99.0/24": "6to4 relay",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved or broadcast",
    "::/96": "unspecified, loopback, or IPv4-compatible",
    "::ffff:0:0/96": "IPv4-mapped",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "local NAT64",
    "100::/64": "discard",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "protocol assignments, with Teredo and ORCHID",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
DENIED: tuple[tuple[Network, str], ...] = tuple((ip_network(net), why) for net, why in _DENIED.items())

_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_V4_BITS = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be asked besides public addresses. The default is nothing."""

    allow_loopback: bool = False
    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[str], *, allow_loopback: bool = False) -> "Guard":
        """Make a guard from CIDR texts; raise ValueError when one is none."""
        return cls(allow_loopback, tuple(ip_network(text) for text in ranges))

    def refusal(self, address: Address) -> str:
        """Why an address may not be asked; the empty text when it may.

        An IPv4 address inside an IPv6 one is judged too, and NAT64, 6to4 and Teredo pass only if the whole address is
        allow-listed: a public inner address is still sent through whatever translator the runner's network has.
        """
        if _within(address, self.allowed) or (self.allow_loopback and _within(address, _LOOPBACK)):
            return ""
        inner = list(embedded(address))
        if isinstance(address, IPv6Address) and address in _MAPPED:
            return self.refusal(inner[0])
        for each in inner:
            reason = self.refusal(each)
            if reason:
                return reason
        return _denied(address)


def embedded(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, NAT64, 6to4, both ends of Teredo."""
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    if address in _MAPPED or address in _NAT64:
        yield IPv4Address(bits & _V4_BITS)
    elif address in _SIX_TO_FOUR:
        yield IPv4Address((bits >> 80) & _V4_BITS)
    elif address in _TEREDO:
        yield IPv4Address((bits >> 64) & _V4_BITS)
        yield IPv4Address(~bits & _V4_BITS)


def _denied(address: Address) -> str:
    for network, why in DENIED:
        if address.version == network.version and address in network:
            return why
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "not assigned for public use"
    return ""


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def is_loopback(address: Address) -> bool:
    """Whether an address is this machine, also when it is written as an IPv4-mapped one."""
    return any(_within(each, _LOOPBACK) for each in (address, *embedded(address)))


def parse(text: str) -> Address | None:
    """Read an address as a resolver gives it (a zone such as `%eth0` is kept out); None when it is none."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
