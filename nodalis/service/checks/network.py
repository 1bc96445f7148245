"""Peers, and the ports that are listened at."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import combinations

from ...settings import HttpSettings, MllpSettings, Peer, Settings, StatusSettings, is_loopback
from .finding import Finding, ok, problem, warning

_SECONDS = 3.0
_LIVE = "/health/live"


def peers(settings: Settings) -> Iterator[Finding]:
    """Who may send."""
    mllp = settings.mllp
    if not mllp.peers:
        advice = "name the addresses of those who send in [[mllp.peers]]"
        at_home = is_loopback(mllp.host)
        yield ok("mllp.peers", "anybody on this machine may send") if at_home else warning("mllp.peers", "anybody may send", advice)
        return
    for peer in mllp.peers:
        if any(network.prefixlen == 0 for network in peer.addresses) and not peer.certificate_names:
            yield warning("mllp.peers", f"{peer.name} may come from anywhere", "name its addresses, or the names of its certificate")
    for first, second in combinations(mllp.peers, 2):
        if _overlap(first, second) and not (first.certificate_names and second.certificate_names):
            advice = "give each addresses or certificate_names of its own: the first of them is taken"
            yield warning("mllp.peers", f"{first.name} and {second.name} share addresses", advice)
    yield ok("mllp.peers", f"{len(mllp.peers)} named")


def plain_text(settings: Settings) -> Iterator[Finding]:
    """Whether reports cross a network in plain text."""
    servers: tuple[tuple[str, MllpSettings | HttpSettings], ...] = (("mllp", settings.mllp), ("http", settings.http))
    for name, server in servers:
        if server.tls:
            yield ok(f"{name}.tls", "TLS 1.2 or later")
        elif is_loopback(server.host):
            yield ok(f"{name}.tls", "plain text, on this machine only")
        elif server.plain_text_beyond_loopback:
            yield warning(
                f"{name}.tls", "reports cross the network in plain text", f"set {name}.tls, unless something before it does the TLS"
            )
        else:
            yield problem(f"{name}.tls", "plain text beyond this machine is refused", f"set {name}.tls, or {name}.host to 127.0.0.1")


def ports(settings: Settings) -> Iterator[Finding]:
    """Whether each port can be listened at, or is by this software already."""
    status = settings.status
    wanted = {"mllp": (settings.mllp.host, settings.mllp.port), "http": (settings.http.host, settings.http.port)}
    if status.port is not None:
        wanted["status"] = (status.host, status.port)
    for first, second in combinations(wanted, 2):
        if wanted[first] == wanted[second] and wanted[first][1]:
            yield problem(f"{second}.port", f"is the same as {first}.port", "give each server a port of its own")
            return
    runs = _answers(status, tls=False)
    for name, (host, port) in wanted.items():
        ours = _answers(settings.http, tls=settings.http.tls is not None) if name == "http" else runs
        yield _port(f"{name}.port", host, port, ours)


def _port(name: str, host: str, port: int, ours: bool) -> Finding:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return problem(name.replace("port", "host"), "is no address of this machine", "127.0.0.1, 0.0.0.0 or an address of this machine")
    try:
        with socket.socket(family, kind) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
    except PermissionError:
        return problem(name, f"{port} is only for root", "take a port above 1023, or give the service CAP_NET_BIND_SERVICE")
    except OSError as error:
        if error.errno == errno.EADDRINUSE and ours:
            return ok(name, f"{port} is in use by nodalis, which runs")
        if error.errno == errno.EADDRINUSE:
            return problem(name, f"{port} is in use by another program", "end it (ss -ltnp names it), or take another port")
        return problem(name, (error.strerror or "cannot be listened at").lower(), "expected an address of this machine")
    return ok(name, f"{port} is free")


def _answers(server: StatusSettings | HttpSettings, tls: bool) -> bool:
    """Whether nodalis answers there. Nothing is sent but the question, so nobody's certificate is asked for."""
    if server.port is None:
        return False
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)
    connection = HTTPConnection(host, server.port, timeout=_SECONDS)
    if tls:
        connection = HTTPSConnection(host, server.port, timeout=_SECONDS, context=ssl._create_unverified_context())
    try:
        connection.request("GET", _LIVE)
        answer = connection.getresponse()
        return answer.status == 200 and b'"live"' in answer.read(1000)
    except ssl.SSLError as error:
        return "CERTIFICATE_REQUIRED" in (error.reason or "")  # mutual TLS: something of ours, as far as can be told
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _overlap(first: Peer, second: Peer) -> bool:
    return any(a.version == b.version and a.overlaps(b) for a in first.addresses for b in second.addresses)
