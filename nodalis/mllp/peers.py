"""Who may send: from which addresses, and with certificates of which names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeAlias

from ..exits import UsageError
from ..settings import MllpSettings, Peer, is_loopback

Address: TypeAlias = IPv4Address | IPv6Address


def ensure_safe(settings: MllpSettings, addresses: Sequence[str]) -> None:
    """UsageError where others could read along; ``addresses`` are those listened at."""
    if not settings.tls and not settings.plain_text_beyond_loopback and not all(map(is_loopback, addresses)):
        raise UsageError("mllp.host: without mllp.tls only loopback is listened at, unless mllp.plain_text_beyond_loopback says so")


def address_of(text: str) -> Address:
    """An address of a socket, which may stand for one of IPv4 in IPv6.

    >>> address_of("::ffff:192.0.2.1"), address_of("fe80::1%eth0")
    (IPv4Address('192.0.2.1'), IPv6Address('fe80::1'))
    """
    address = ip_address(text.partition("%")[0])
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def candidates(peers: Sequence[Peer], address: Address) -> list[Peer]:
    """The peers that this may be by its address."""
    return [peer for peer in peers if any(address in network for network in peer.addresses)]


def identified(found: Sequence[Peer], certificate: Mapping[str, Any] | None) -> Peer | None:
    """The one of them that this is by the names of its certificate, as ``SSLSocket.getpeercert`` gives it."""
    names = _names(certificate or {})
    return next((peer for peer in found if not peer.certificate_names or names.intersection(map(str.lower, peer.certificate_names))), None)


def _names(certificate: Mapping[str, Any]) -> frozenset[str]:
    """The names of a certificate: those it is for, or where it says none the common name of its subject.

    >>> sorted(_names({"subject": ((("commonName", "old"),),), "subjectAltName": (("DNS", "LAB.example"), ("email", "x@y"))}))
    ['lab.example']
    >>> sorted(_names({"subject": ((("countryName", "DE"),), (("commonName", "lab"),))}))
    ['lab']
    """
    stated = {value.lower() for kind, value in certificate.get("subjectAltName", ()) if kind in ("DNS", "URI", "IP Address")}
    common = {value.lower() for part in certificate.get("subject", ()) for kind, value in part if kind == "commonName"}
    return frozenset(stated or common)
