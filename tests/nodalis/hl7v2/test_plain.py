"""A plain message is counted without being framed, and as framing would count it."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.hl7v2 import frames, plain_segments

MESSAGE = b"MSH|^~\\&|LAB|HOSP|NODALIS||20260304100000||ORU^R01|1|P|2.5.1\rPID|1||0815\rOBR|1||S1\rOBX|1|TX|22634-0||words||||||F\r"
PIECES = [
    b"\r",
    b"\n",
    b"\r\n",
    b"|",
    b"MSH|",
    b"\rMSH|^~\\&|",
    b"\rBTS|1",
    b"\rZZZ|1",
    b"\rXXX|1",
    b"\x0b",
    b"\x1c",
    b"<CR>",
    b"Z",
    b"words",
]


def framed(data: bytes) -> int:
    """The segments of the one message that is there, if nothing is wrong with it."""
    found = list(frames(BytesIO(data)))
    return len(found[0].segments) if len(found) == 1 and not found[0].reason else 0


def test_a_plain_message_is_counted() -> None:
    assert plain_segments(MESSAGE) == framed(MESSAGE) == 4


@given(st.lists(st.tuples(st.integers(0, len(MESSAGE)), st.sampled_from(PIECES), st.integers(0, 3)), min_size=1, max_size=4))
def test_what_is_counted_is_what_framing_counts(changes: list[tuple[int, bytes, int]]) -> None:
    data = bytearray(MESSAGE)
    for place, piece, dropped in changes:
        data[place : place + dropped] = piece
    assert plain_segments(bytes(data)) in (0, framed(bytes(data)))


@pytest.mark.parametrize(
    "changed", [MESSAGE.replace(b"\r", b"\n"), MESSAGE[:-1], MESSAGE + MESSAGE, b"\x0b" + MESSAGE, MESSAGE + b"lost\r"]
)
def test_all_else_is_left_to_framing(changed: bytes) -> None:
    assert plain_segments(changed) == 0
