"""A message is answered as its sender asked, when it is kept, and never with a word of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Connection

from nodalis.mllp.counters import Counters
from nodalis.mllp.receiver import Receiver, examine
from nodalis.mllp.stream import Fault, Received
from nodalis.settings import MllpSettings
from nodalis.store import Store, StoreError
from tests.nodalis.mllp.listening import oru

T = TypeVar("T")
CANARY = "Quillfeather"


class Down(Store):
    """A store that is down."""

    def __init__(self) -> None:
        pass

    async def write(self, work: Callable[[Connection], T], urgent: bool = False) -> T:
        raise StoreError("down")


def answer(store: Store, *messages: Received | bytes) -> bytes | None:
    """The answer to the last of some messages."""
    receiver = Receiver(store, MllpSettings(), Counters(CollectorRegistry()), lambda: datetime(2026, 3, 4, tzinfo=UTC))

    async def all_of_them() -> list[bytes | None]:
        return [await receiver.receive(given if isinstance(given, Received) else Received(given), "lab") for given in messages]

    return asyncio.run(all_of_them())[-1]


def code(given: bytes | None) -> str | None:
    """MSA-1; empty for no answer, None for an end of the connection."""
    return given.partition(b"\rMSA|")[2][:2].decode() if given is not None else None


@pytest.mark.parametrize(
    ("fields", "accepted", "rejected", "error"),
    [
        ("|", "AA", "AR", "AE"),
        ("AL|", "CA", "CR", "CE"),
        ("AL|AL", "CA", "CR", "CE"),
        ("AL|NE", "CA", "CR", "CE"),
        ("al|ne", "CA", "CR", "CE"),
        ("NE|AL", "AA", "AR", "AE"),
        ("|AL", "AA", "AR", "AE"),
        ("ER|AL", "AA", "CR", "CE"),
        ("ER|", "", "CR", "CE"),
        ("SU|", "CA", "", None),
        ("SU|NE", "CA", "", None),
        ("NE|NE", "", "", None),
        ("NE|ER", "", "AR", "AE"),
        ("??|", "AA", "AR", "AE"),
    ],
)
def test_what_is_answered_is_what_the_sender_asked_for(store: Store, fields: str, accepted: str, rejected: str, error: str | None) -> None:
    """Where nothing was kept and no answer is wanted, the connection ends: the sender has to hear of it."""
    header = f"|||{fields}"
    assert code(answer(store, oru(header=header))) == accepted
    assert code(answer(store, oru(header=header, kind="ADT^A01"))) == rejected
    assert code(answer(Down(), oru(header=header))) == error


def test_an_answer_that_something_is_wrong_says_what(store: Store) -> None:
    given = answer(store, oru(kind="ADT^A01"))
    assert given is not None
    assert given.split(b"\r")[2] == (
        b"ERR||MSH^1^9|200^Unsupported message type^HL70357|E||||not a message with results: expected ORU^R01 or MDM^T02 in MSH-9"
    )


def test_before_version_2_5_it_says_so_in_another_form(store: Store) -> None:
    given = answer(store, b"MSH|^~\\&|LAB|HOSP|||2026||ORU^R01||P|2.3\r")
    assert given is not None
    head, said, error, _ = given.split(b"\r")
    assert head.split(b"|")[8] == b"ACK^R01"
    assert said == b"MSA|AR|"
    assert error == b"ERR|MSH^1^10^101&Required field missing&HL70357"


def test_the_store_is_down(store: Store) -> None:
    given = answer(Down(), oru("17"))
    assert given is not None
    assert b"\rMSA|AE|17\rERR|||207^Application internal error^HL70357|E" in given


def test_what_was_refused_is_refused_again_and_what_was_taken_is_taken_again(store: Store) -> None:
    refused = oru("1", kind="ADT^A01")
    assert code(answer(store, refused)) == code(answer(store, refused, refused)) == "AR"
    assert code(answer(store, oru("2"), oru("2"))) == "AA"


def test_the_answer_has_the_delimiters_and_the_characters_of_the_message(store: Store) -> None:
    message = "MSH#!~$%#LAB!Ö#HOSP#NODALIS#É#2026##ORU!R01#a!$F$b#T!R#2.4######8859/1\r".encode("latin-1")
    given = answer(store, message)
    assert given is not None
    fields = given.split(b"\r")[0].split(b"#")
    assert fields[1:6] == [b"!~$%", b"NODALIS", "É".encode("latin-1"), "LAB!Ö".encode("latin-1"), b"HOSP"]
    assert (fields[8], fields[10], fields[11], fields[17]) == (b"ACK!R01!ACK", b"T", b"2.4", b"8859/1")
    assert given.split(b"\r")[1] == b"MSA#AA#a!$F$b"


def test_every_answer_has_an_id_of_its_own(store: Store) -> None:
    ids = {(answer(store, oru("1")) or b"").split(b"|")[9] for _ in range(5)}
    assert len(ids) == 5
    assert all(re.fullmatch(rb"[0-9a-f]{20}", found) for found in ids)


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_of_the_frame_is_answered_to_the_message_in_it(store: Store, fault: Fault) -> None:
    given = answer(store, Received(oru("17"), fault, 10**9))
    assert given is not None
    assert b"\rMSA|AR|17\rERR|||100^Segment sequence error^HL70357|E||||" + fault.encode() in given


def test_no_answer_holds_a_word_of_the_report(store: Store) -> None:
    """Whatever is wrong: with names in all fields that a laboratory puts any into, and in fields of MSH where none belongs."""
    good = oru("17", f"1/2 {CANARY}").replace(b"DOE^JANE", CANARY.encode())
    header, _, rest = good.partition(b"\r")
    fields = header.split(b"|")
    for number in (1, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19):
        given = [*fields, *[b""] * (21 - len(fields))]
        given[number] = CANARY.encode()
        for body in (b"|".join(given) + b"\r" + rest, rest, good[:-9]):
            for fault in (None, *Fault):
                for where in (store, Down()):
                    assert CANARY.encode() not in (answer(where, Received(body, fault)) or b"")


@pytest.mark.parametrize(
    "body", [b"", b"MSH", b"MSH|", b"MSH|^", b"MSH||||||||", b"\xef\xbb\xbf", b"MSH|^~\\&" + b"|" * 10_000, bytes(range(256)), b"\xff" * 9]
)
def test_what_is_no_message_is_refused(store: Store, body: bytes) -> None:
    assert examine(Received(body), 10).problem
    assert code(answer(store, body)) == "AR"
