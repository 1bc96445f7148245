"""Only those who are meant to get in do, and a certificate is renewed without a restart."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodalis.exits import UsageError
from nodalis.mllp.tls import Certificates
from nodalis.settings import MllpSettings, Peer, Tls
from nodalis.store import Store
from tests.nodalis.certificates import Authority, Pair
from tests.nodalis.mllp.listening import Client, Running, eventually, framed, listening, oru, settings


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def mutual(authority: Authority) -> MllpSettings:
    """A listener that takes only certificates of one name."""
    server = authority.server()
    peer = Peer.model_validate({"name": "lab", "addresses": ["127.0.0.0/8"], "certificate_names": ["lab.example"]})
    return settings(tls=Tls(certificate=server.certificate, key=server.key, client_ca=authority.file), peers=[peer])


@pytest.fixture
def guarded(mutual: MllpSettings, store: Store) -> Iterator[Running]:
    with listening(mutual, store) as running:
        yield running


def context(authority: Authority, pair: Pair | None = None) -> ssl.SSLContext:
    """What a client trusts and shows."""
    made = ssl.create_default_context(cafile=str(authority.file))
    if pair:
        made.load_cert_chain(pair.certificate, pair.key)
    return made


def connect(running: Running, chosen: ssl.SSLContext) -> Client:
    plain = socket.create_connection(running.address, timeout=20)
    try:
        return Client(chosen.wrap_socket(plain, server_hostname="127.0.0.1"))
    except OSError:
        plain.close()
        raise


def is_refused(running: Running, chosen: ssl.SSLContext) -> bool:
    """Whether a message gets no answer and is not kept. In TLS 1.3 the client hears of it only after its handshake."""
    try:
        with connect(running, chosen) as client:
            client.send(framed(oru()))
            refused = client.is_closed()
    except OSError:
        refused = True
    eventually(lambda: running.listener.connections == 0)
    return refused and running.stages() == {}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("name", [("lab.example", ""), ("somebody", "LAB.example")], ids=["common", "alternative"])
def test_the_certificate_of_a_peer_gets_in(guarded: Running, authority: Authority, version: ssl.TLSVersion, name: tuple[str, str]) -> None:
    chosen = context(authority, authority.client(name[0], alternative=name[1]))
    chosen.minimum_version = chosen.maximum_version = version
    with connect(guarded, chosen) as client:
        client.send(framed(oru()))
        assert client.code() == "AA"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", ["nothing", "expired", "another name", "common name beside another", "another authority", "a server's"])
def test_no_other_gets_in(guarded: Running, authority: Authority, tmp_path: Path, version: ssl.TLSVersion, shown: str) -> None:
    (tmp_path / "other").mkdir()
    pair = {
        "nothing": None,
        "expired": authority.client("lab.example", days=-1, file="1"),
        "another name": authority.client("other.example", file="2"),
        "common name beside another": authority.client("lab.example", alternative="other.example", file="3"),
        "another authority": Authority(tmp_path / "other").client("lab.example"),
        "a server's": authority.server("lab.example", host=""),
    }[shown]
    chosen = context(authority, pair)
    chosen.minimum_version = chosen.maximum_version = version
    assert is_refused(guarded, chosen)
    assert sum(guarded.counted("nodalis_mllp_refused_total", "reason").values()) == 1


def test_an_older_tls_does_not_get_in(guarded: Running, authority: Authority) -> None:
    chosen = context(authority, authority.client("lab.example"))
    chosen.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        chosen.minimum_version = chosen.maximum_version = ssl.TLSVersion.TLSv1_1
    assert is_refused(guarded, chosen)


def test_plain_text_does_not_get_in(guarded: Running) -> None:
    with guarded.client() as client:
        client.send(framed(oru()))
        assert client.socket.recv(100)[:1] != b"\x0b"  # an alert of TLS at most
    eventually(lambda: guarded.listener.connections == 0)
    assert guarded.stages() == {}


def test_a_client_sees_who_it_speaks_to(guarded: Running, authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(guarded, context(Authority(tmp_path / "other"), authority.client("lab.example")))


def serial(running: Running, authority: Authority) -> object:
    with connect(running, context(authority, authority.client("lab.example"))) as client:
        assert isinstance(client.socket, ssl.SSLSocket)
        return (client.socket.getpeercert() or {})["serialNumber"]


def test_a_certificate_is_renewed_without_a_restart(guarded: Running, authority: Authority) -> None:
    first = serial(guarded, authority)
    with connect(guarded, context(authority, authority.client("lab.example"))) as before:
        authority.server()
        second = serial(guarded, authority)
        assert second != first
        before.send(framed(oru()))
        assert before.code() == "AA"
    assert serial(guarded, authority) == second


def test_a_certificate_that_does_not_fit_its_key_changes_nothing_until_it_does(
    guarded: Running, mutual: MllpSettings, authority: Authority
) -> None:
    first = serial(guarded, authority)
    renewed = authority.server("renewed")
    assert mutual.tls
    os.replace(renewed.certificate, mutual.tls.certificate)
    assert serial(guarded, authority) == first
    os.replace(renewed.key, mutual.tls.key)
    assert serial(guarded, authority) != first


@pytest.mark.parametrize("wrong", ["missing", "no certificate", "key of another", "no authority"])
def test_files_that_are_none_are_refused_at_the_start(authority: Authority, tmp_path: Path, wrong: str) -> None:
    pair, other = authority.server(), authority.server("other")
    nothing = tmp_path / "nothing"
    nothing.write_text("nothing")
    certificate = {"missing": tmp_path / "absent", "no certificate": nothing}.get(wrong, pair.certificate)
    key = other.key if wrong == "key of another" else pair.key
    with pytest.raises(UsageError, match="no such file" if wrong == "missing" else "not a certificate in PEM"):
        Certificates(Tls(certificate=certificate, key=key, client_ca=nothing if wrong == "no authority" else None))
