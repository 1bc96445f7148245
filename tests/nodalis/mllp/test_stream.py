"""Bytes in pieces of any size give the same messages, and no part of a message is ever given as one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodalis.mllp.stream import KEPT_OF_TOO_LONG, MAX_OUTSIDE, Deframer, Fault, LostError, Received

MAX = 200_000
MESSAGE = b"MSH|^~\\&|LAB|HOSP|||20260304||ORU^R01|0815|P|2.5\rOBX|1|TX|||1/2\r"
FRAME = b"\x0b" + MESSAGE + b"\x1c\r"


def read(pieces: Iterable[bytes], max_bytes: int = MAX) -> list[Received]:
    """What the pieces give until the peer has no more."""
    deframer = Deframer(max_bytes)
    found = [received for piece in pieces for received in deframer.feed(piece)]
    return [*found, *deframer.settle()]


def single(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def bodies(found: Iterable[Received]) -> list[bytes]:
    return [received.body for received in found if received.fault is None]


@pytest.mark.parametrize("pieces", [[FRAME * 2], single(FRAME * 2), [FRAME[:9], FRAME[9:] + FRAME]], ids=["one", "bytes", "cut"])
def test_messages_are_given_whole(pieces: list[bytes]) -> None:
    assert read(pieces) == [Received(MESSAGE, None, len(MESSAGE))] * 2


@pytest.mark.parametrize("end", range(1, len(FRAME) - 1))
def test_no_part_of_a_message_is_given(end: int) -> None:
    assert read([FRAME[:end]]) == ([Received(MESSAGE, None, len(MESSAGE))] if end == len(FRAME) - 1 else [])


@pytest.mark.parametrize("end", [b"\x1c", b"\x1c\n", b"\x1c\r\n", b"\x1c\r\0"], ids=["FS", "FS LF", "FS CR LF", "FS CR NUL"])
def test_ends_of_careless_senders_are_taken(end: bytes) -> None:
    data = b"\x0b" + MESSAGE + end
    assert bodies(read([data])) == bodies(read(single(data))) == [MESSAGE]
    assert bodies(read([data * 2])) == bodies(read(single(data * 2))) == [MESSAGE] * 2


def test_an_end_without_cr_waits_for_what_comes_behind() -> None:
    deframer = Deframer(MAX)
    assert list(deframer.feed(FRAME[:-1])) == []
    assert deframer.unsettled
    assert bodies(deframer.settle()) == [MESSAGE]
    assert not deframer.unsettled
    assert list(deframer.feed(b"\r")) == []
    assert not deframer.begun
    assert deframer.dropped == 0


def test_bytes_between_messages_are_dropped_and_counted() -> None:
    deframer = Deframer(MAX)
    assert bodies(deframer.feed(b"hello" + FRAME + b"\r\nnoise" + FRAME)) == [MESSAGE] * 2
    assert deframer.dropped == len(b"hello") + len(b"noise")


@pytest.mark.parametrize("data", [b"x" * (MAX_OUTSIDE + 1), MESSAGE + b"\x1c\r"], ids=["long", "no VT"])
def test_what_is_no_frame_is_lost(data: bytes) -> None:
    for pieces in ([data], single(data)):
        with pytest.raises(LostError):
            read(pieces)


@pytest.mark.parametrize(
    ("inside", "fault"),
    [
        (b"\x1c", Fault.END_INSIDE),
        (b"\x1c\rmore", Fault.END_INSIDE),
        (b"\x1c\r more" + b"x" * (MAX_OUTSIDE + 1), Fault.END_INSIDE),
        (b"\x0b", Fault.START_INSIDE),
        (b"\x0bMSH|", Fault.START_INSIDE),
        (b"\x1c\x1c", Fault.END_INSIDE),
    ],
    ids=["FS", "FS CR", "FS CR long", "VT", "VT MSH", "FS FS"],
)
def test_a_mark_inside_a_message_is_a_fault_of_all_of_it(inside: bytes, fault: Fault) -> None:
    body = b"MSH|^~\\&|\rOBX|1|TX|||one" + inside + b" of two\r"
    data = b"\x0b" + body + b"\x1c\r"
    assert read([data + FRAME]) == [Received(body, fault, len(body)), Received(MESSAGE, None, len(MESSAGE))]


def test_an_end_mark_inside_a_message_is_no_end_where_its_text_goes_on_at_once() -> None:
    pieces = [b"\x0bMSH|one \x1c\r o", b"f two\r", b"\x1c", b"\r"]
    assert [received.fault for received in read(pieces)] == [Fault.END_INSIDE]


def test_where_it_goes_on_later_the_rest_is_no_message() -> None:
    """The first part has no end of its last segment, so the message is refused as cut off."""
    deframer = Deframer(MAX)
    assert bodies(deframer.feed(b"\x0bMSH|one \x1c\r")) == [b"MSH|one "]
    with pytest.raises(LostError):
        list(deframer.feed(b"of two\r\x1c\r"))


def test_text_behind_an_end_that_comes_to_no_end_is_a_fault() -> None:
    assert [received.fault for received in read([FRAME + b"OBX|2|"])] == [Fault.END_INSIDE]


@pytest.mark.parametrize("body", [b"", b"\r", b" \r\n"])
def test_an_empty_frame_is_a_fault(body: bytes) -> None:
    assert [received.fault for received in read([b"\x0b" + body + b"\x1c\r"])] == [Fault.EMPTY]


@pytest.mark.parametrize("piece", [1_000, 64 * 1024, 10**9])
def test_a_message_may_be_as_long_as_is_allowed_and_not_longer(piece: int) -> None:
    for size, fault in ((MAX, None), (MAX + 1, Fault.TOO_LONG), (3 * MAX, Fault.TOO_LONG)):
        body = b"MSH|".ljust(size, b"x")
        data = b"\x0b" + body + b"\x1c\r" + FRAME
        first, second = read(data[at : at + piece] for at in range(0, len(data), piece))
        assert (first.fault, first.size, second.body) == (fault, size, MESSAGE)
        assert first.body == (body[:KEPT_OF_TOO_LONG] if fault else body)


def test_a_frame_that_is_too_long_is_not_held() -> None:
    deframer = Deframer(MAX)
    assert list(deframer.feed(b"\x0b")) == []
    for _ in range(100):
        assert list(deframer.feed(b"x" * 64 * 1024)) == []
        assert deframer.held <= MAX + 128 * 1024
    (received,) = deframer.feed(b"\x1c\r")
    assert (received.fault, received.size) == (Fault.TOO_LONG, 100 * 64 * 1024)


MARKS = st.sampled_from([b"\x0b", b"\x1c", b"\x1c\r", b"\r", b"MSH|", b"text", b" ", b"\n", FRAME])
STREAMS = st.lists(MARKS, max_size=30).map(b"".join)


def outcome(pieces: Iterable[bytes]) -> tuple[list[Received], bool]:
    """All that comes out, and whether the stream was lost."""
    deframer, found = Deframer(MAX), []
    try:
        for piece in pieces:
            for received in deframer.feed(piece):
                found.append(received)
        found += deframer.settle()
    except LostError:
        return found, True
    return found, False


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [*sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(
    st.lists(st.binary(max_size=60).map(lambda text: b"M" + text.translate(None, b"\x0b\x1c")), max_size=8), st.lists(st.integers(0, 10**6))
)
def test_messages_are_the_same_however_they_are_cut(messages: list[bytes], places: list[int]) -> None:
    data = b"".join(b"\x0b" + message + b"\x1c\r" for message in messages)
    assert bodies(read(cut(data, places))) == messages


def check_any_stream(data: bytes, places: list[int]) -> None:
    """Every message that is given stands in the stream between its marks, in order, and nothing is given twice."""
    found, _ = outcome(cut(data, places))
    at = 0
    for received in found:
        start = data.find(b"\x0b" + received.body, at)
        assert start >= 0
        at = start + 1 + len(received.body)
        if received.fault is None:
            assert data[at : at + 1] == b"\x1c"
            assert not {0x0B, 0x1C} & set(received.body)


@given(STREAMS, st.lists(st.integers(0, 10**6), max_size=10))
def test_any_stream_gives_only_what_stands_in_it(data: bytes, places: list[int]) -> None:
    check_any_stream(data, places)


@pytest.mark.slow
@given(STREAMS | st.binary(max_size=400), st.lists(st.integers(0, 10**6), max_size=40))
@settings(max_examples=20_000)
def test_many_streams_give_only_what_stands_in_them(data: bytes, places: list[int]) -> None:
    check_any_stream(data, places)
