"""Messages over real sockets: answered in order when they are kept, within limits, and by clients that are not ours."""

from __future__ import annotations

import asyncio
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hl7.client import MLLPClient

from nodalis.exits import FatalError, UsageError
from nodalis.mllp.connection import Receive
from nodalis.mllp.counters import Counters
from nodalis.mllp.stream import Received
from nodalis.settings import Peer
from nodalis.store import Store
from tests.nodalis.mllp.listening import Client, Running, bodies, eventually, framed, listening, oru, settings
from tests.nodalis.mllp.proxy import Cut, Pass, Pieces, Proxy, Reset, Swallow


def send_without_end(connected: socket.socket, data: bytes) -> None:
    while True:
        connected.sendall(data)


def test_a_message_is_kept_and_answered(running: Running) -> None:
    with running.client() as client:
        client.send(framed(oru()))
        answer = client.answer()
    assert answer is not None
    head, said, rest = answer.split(b"\r")
    fields = head.split(b"|")
    assert fields[:6] == [b"MSH", b"^~\\&", b"NODALIS", b"", b"LAB", b"HOSP"]
    assert (fields[8], fields[10], fields[11]) == (b"ACK^R01^ACK", b"P", b"2.5")
    assert (said, rest) == (b"MSA|AA|0815", b"")
    assert running.stages() == {"received": 1}
    assert running.read(bodies) == [oru()]


def test_the_client_of_another_library_is_answered(running: Running) -> None:
    with MLLPClient(*running.address) as client:
        assert b"MSA|AA|1" in client.send_message(oru("1"))
        assert b"MSA|AA|2" in client.send_message(oru("2"))


def test_the_command_of_another_library_is_answered(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "messages.hl7"
    file.write_bytes(b"".join(framed(oru(str(number))) for number in range(3)))
    command = [
        sys.executable,
        "-c",
        "from hl7.client import mllp_send; mllp_send()",
        "-p",
        str(running.address[1]),
        "-f",
        str(file),
        "127.0.0.1",
    ]
    done = subprocess.run(command, capture_output=True, check=True)
    assert [done.stdout.count(b"MSA|AA|%d" % number) for number in range(3)] == [1, 1, 1]


def test_messages_of_one_connection_are_answered_in_their_order(running: Running) -> None:
    with running.client() as client:
        client.send(b"".join(framed(oru(str(number), "x" * (number % 7 * 1000))) for number in range(200)))
        for number in range(200):
            assert f"MSA|AA|{number}\r".encode() in (client.answer() or b"")
    assert running.stages() == {"received": 200}


def test_a_peer_may_close_behind_its_last_message_and_read_its_answers(running: Running) -> None:
    with running.client() as client:
        client.send(framed(oru("1")) + framed(oru("2"))[:-1])
        client.socket.shutdown(socket.SHUT_WR)
        assert [client.code(), client.code(), client.code()] == ["AA", "AA", None]


def test_no_more_messages_are_read_than_may_be_unanswered() -> None:
    """A peer that sends on is held by not reading, and loses nothing."""
    gate, kept = threading.Event(), []

    def held(_: Counters) -> Receive:
        async def receive(received: Received, peer: str) -> bytes:
            kept.append(received.body)
            await asyncio.to_thread(gate.wait)
            return b"MSH|\rMSA|AA|\r"

        return receive

    with listening(settings(), receive=held) as running, running.client() as client:
        sending = threading.Thread(target=client.send, args=(framed(oru()) * 2000,))
        sending.start()
        eventually(lambda: len(kept) == 16)
        gate.set()
        for _ in range(2000):
            assert client.code() == "AA"
        sending.join()
        assert len(kept) == 2000


def test_a_peer_that_does_not_read_its_answers_is_left(store: Store) -> None:
    with listening(settings(frame_seconds=0.3), store) as running, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect(running.address)
        deaf.settimeout(20)
        with pytest.raises(OSError, match=r"reset|pipe"):
            send_without_end(deaf, framed(oru(text="")) * 10)
        eventually(lambda: running.closed() == {"deaf": 1})


@pytest.mark.parametrize("part", [b"\x0b", framed(oru())[:-2], b"GET / HTTP/1.1\r\n\r\n"], ids=["VT", "half", "HTTP"])
def test_what_does_not_come_to_its_end_in_time_is_no_message(store: Store, part: bytes) -> None:
    with listening(settings(frame_seconds=0.3), store) as running, running.client() as client, running.client() as other:
        client.send(part)
        assert client.is_closed()
        other.send(framed(oru()))
        assert other.code() == "AA"
        assert running.closed() == {"slow": 1}
        assert running.stages() == {"received": 1}


def test_a_slow_sender_is_left_however_it_keeps_sending(store: Store) -> None:
    with listening(settings(frame_seconds=0.5), store) as running:
        with Proxy(running.address, [Pieces(10**6, 0.05)]) as proxy, Client(socket.create_connection(proxy.address)) as client:
            client.send(framed(oru()))
            assert client.is_closed()
        assert running.stages() == {}


def test_a_sender_without_end_is_left(store: Store) -> None:
    with listening(settings(frame_seconds=0.5, max_message_bytes=100_000), store) as running, running.client() as client:
        client.send(b"\x0b")
        with pytest.raises(OSError, match=r"reset|pipe"):
            send_without_end(client.socket, b"x" * 100_000)
        eventually(lambda: running.closed() == {"slow": 1})
        assert running.stages() == {}


def test_a_peer_that_sends_nothing_is_left_and_one_that_waits_for_its_answer_is_not() -> None:
    gate = threading.Event()

    def held(_: Counters) -> Receive:
        async def receive(received: Received, peer: str) -> bytes:
            await asyncio.to_thread(gate.wait)
            return b"MSH|\rMSA|AA|\r"

        return receive

    with listening(settings(idle_seconds=0.2), receive=held) as running, running.client() as silent, running.client() as waiting:
        waiting.send(framed(oru()))
        assert silent.is_closed()
        eventually(lambda: running.closed() == {"idle": 1})
        gate.set()
        assert waiting.code() == "AA"
        assert waiting.is_closed()


def test_a_peer_that_is_gone_is_looked_for(running: Running) -> None:
    with running.client():
        eventually(lambda: any(running.listener.tasks.values()))
        (connection,) = running.listener.tasks.values()
        assert connection
        found = connection._writer.get_extra_info("socket")
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_KEEPIDLE"):
            options = [getattr(socket, name) for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")]
            idle, between, count = (found.getsockopt(socket.IPPROTO_TCP, option) for option in options)
            assert idle + between * count <= 60


@pytest.mark.parametrize("fault", [Cut(), Reset()], ids=["FIN", "RST"])
@pytest.mark.parametrize("sent", [1, 100, len(framed(oru())) - 2])
def test_half_a_message_is_never_kept(running: Running, fault: Cut | Reset, sent: int) -> None:
    with Proxy(running.address, [Pass(sent), fault]) as proxy, Client(socket.create_connection(proxy.address)) as client:
        client.send(framed(oru()))
        assert client.is_closed()
        eventually(lambda: sum(running.closed().values()) == 1)
        assert running.stages() == {}
        with Client(socket.create_connection(proxy.address)) as again:
            again.send(framed(oru()))
            assert again.code() == "AA"


def test_a_message_whose_answer_is_lost_is_kept_and_no_second_one_when_it_comes_again(running: Running) -> None:
    with Proxy(running.address, back=[Swallow()]) as proxy, Client(socket.create_connection(proxy.address)) as client:
        client.send(framed(oru()))
        eventually(lambda: running.stages() == {"received": 1})
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
        with Client(socket.create_connection(proxy.address)) as again:
            again.send(framed(oru()))
            assert again.code() == "AA"
    assert running.stages() == {"received": 1, "duplicate": 1}


def test_connections_over_the_limit_are_closed_at_once(store: Store) -> None:
    with listening(settings(max_connections=2), store) as running, running.client() as one, running.client() as two:
        for client in (one, two):
            client.send(framed(oru()))
            assert client.code() == "AA"
        with running.client() as three:
            assert three.is_closed()
        one.socket.close()
        eventually(lambda: running.listener.connections == 1)
        with running.client() as four:
            four.send(framed(oru()))
            assert four.code() == "AA"
        assert running.counted("nodalis_mllp_refused_total", "reason") == {"too_many": 1}


def test_large_messages_of_many_connections_share_few_places(store: Store) -> None:
    """Each takes its turn, and small ones pass them by."""
    size = 2 * 1024 * 1024
    with listening(settings(max_message_bytes=32 * 1024 * 1024, frame_seconds=20), store) as running:
        assert running.listener.places._value == 2
        half = framed(oru("1", "x" * size))
        with running.client() as one, running.client() as two, running.client() as three, running.client() as small:
            for client in (one, two):
                client.send(half[:size])
            eventually(lambda: running.listener.places.locked())
            three.socket.settimeout(20)
            sending = threading.Thread(target=three.send, args=(framed(oru("3", "x" * size)),))
            sending.start()
            small.send(framed(oru("4")))
            assert small.code() == "AA"
            two.socket.close()
            assert three.code() == "AA"
            one.send(half[size:])
            assert one.code() == "AA"
            sending.join()
        eventually(lambda: running.listener.places._value == 2)


def test_an_address_that_is_no_peers_is_refused(store: Store) -> None:
    known, other = (
        Peer.model_validate({"name": name, "addresses": [network]}) for name, network in (("lab", "127.0.0.0/8"), ("x", "192.0.2.0/24"))
    )
    with listening(settings(peers=[other]), store) as running, running.client() as client:
        assert client.is_closed()
        assert running.counted("nodalis_mllp_refused_total", "reason") == {"address": 1}
    with listening(settings(peers=[other, known]), store) as running, running.client() as client:
        client.send(framed(oru()))
        assert client.code() == "AA"
        assert set(running.closed()) <= {"done"}


def test_a_listener_that_stops_answers_what_has_begun(store: Store) -> None:
    with (
        listening(settings(frame_seconds=20), store) as running,
        running.client() as idle,
        running.client() as begun,
        running.client() as never,
    ):
        message = framed(oru())
        for client in (begun, never):
            client.send(framed(oru("before")) + message[:100])
            assert client.code() == "AA"
        stopping = threading.Thread(target=running.stop, args=(1.0,))
        stopping.start()
        assert idle.is_closed()
        begun.send(message[100:])
        assert begun.code() == "AA"
        assert begun.is_closed()
        assert never.is_closed()
        stopping.join()
        with pytest.raises(ConnectionRefusedError):
            running.client()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_plain_text_beyond_loopback_has_to_be_asked_for(store: Store, host: str) -> None:
    with pytest.raises(UsageError, match="plain_text_beyond_loopback"), listening(settings(host=host), store):
        pass
    with listening(settings(host=host, plain_text_beyond_loopback=True), store) as running:
        assert running.address[1]


def test_an_address_that_is_taken_is_told(running: Running, store: Store) -> None:
    with pytest.raises(FatalError, match="cannot listen"), listening(settings(port=running.address[1]), store):
        pass


def test_an_error_of_ours_closes_without_an_answer() -> None:
    def broken(_: Counters) -> Receive:
        async def receive(received: Received, peer: str) -> bytes:
            raise ValueError(received.body.decode())

        return receive

    with listening(settings(), receive=broken) as running, running.client() as client:
        client.send(framed(oru()))
        assert client.is_closed()
        eventually(lambda: running.closed() == {"refused": 1})
