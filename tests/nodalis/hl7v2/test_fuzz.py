"""Whatever comes in: results or an error that says nothing of the message, with work and text in proportion to its size."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodalis.hl7v2 import Change, MessageError, Result, frames, parse, results
from nodalis.hl7v2.answers import Keys, Question

CANARY: Final = "zqcanary"
KEYS: Final = Keys(frozenset({"MADEUP"}), {"Q1": Question.EXAMINED, "Q2": Question.CATEGORY}, {(Question.CATEGORY, "A1"): "pN0"})
_HEAD: Final = rf"MSH|^~\&|{CANARY}|ST ANNA|REG|STATE|20260304101500+0100||ORU^R01^ORU_R01|{CANARY}1|P|2.5.1"
_PID: Final = rf"PID|1||{CANARY}0815^^^HOSP&1.2.4&ISO^MR||{CANARY}^Jane||19610312|F"
_OBR: Final = f"OBR|1||{CANARY}26-1^LIS^1.2.3^ISO|11529-5^Study^LN|||20260302|||||||||||||||20260304100000+0100|||F"
_ROWS: Final = {
    "text": [_OBR, rf"OBX|1|FT|22637-3^D^LN||{CANARY} nodes\.br\1\S\3 \X4F\ \.sp3\ ~pN0 (0/3)||||||F|||202603041000", f"NTE|1||{CANARY}~x"],
    "pieces": [_OBR, *(f"OBX|{at}|TX|L^{CANARY}^L|{at}|{f'{CANARY} line '.ljust(45, 'x')}||||||F" for at in range(4))],
    "answers": [
        _OBR,
        f"OBX|1|CWE|Q1^{CANARY}^MADEUP|9|9^{CANARY} number^MADEUP||||||F",
        "OBX|2|NM|Q1^Nodes^MADEUP|9|3|mm^x^UCUM|||||F",
        f"OBX|3|CWE|Q2^Category^CAPECP||A1^{CANARY}&x^MADEUP~A2||||||C",
        "OBX|4|SN|Q3^Size^L||<^0.2|mm|||||U",
    ],
    "documents": [
        _OBR,
        rf"OBX|1|FT|P^Report^L||{{\E\rtf1 {CANARY} \E\strike pN2a}}||||||F",
        "OBX|2|ED|P^Report^L||LIS^TEXT^plain^Base64^enFjYW5hcnk=||||||F",
        "OBX|3|RP|P^Report^L||http://127.0.0.1:9/x||||||F",
    ],
    "addendum": [_OBR, f"OBX|1|TX|22637-3||{CANARY}||||||F", _OBR.replace("11529-5", "35265-8"), f"OBX|1|TX|22637-3||{CANARY}||||||B"],
    "transcription": [
        f"TXA|1|SP||20260302||202603021200||||||{CANARY}D-1|||{CANARY}S-1||AU||AV",
        f"OBX|1|TX|22637-3||{CANARY} (0/3)||||||F",
    ],
}
WHOLE: Final = [
    "".join(f"{row}\r" for row in (_HEAD.replace("ORU^R01^ORU_R01", "MDM^T02") if name == "transcription" else _HEAD, _PID, *rows)).encode()
    for name, rows in _ROWS.items()
]
PARTS: Final = [
    *(bytes([sign]) for sign in b"\r\n|^~\\&}WDU\x0b\x00\xff\xc3"),
    *(b"\x1c\r", b"\r\n", b'""', b"\\.br\\", b"\\X0D\\", b"\\.sp99999\\", b"{\\rtf1 ", b"ED", b"CWE"),
    *(b"MSH|", b"OBR|", b"OBX|", b"PID|1||", b"TXA|", b"BHS|^~\\&\r", b"BTS|9\r"),
]


def read(data: bytes) -> tuple[list[Result], list[str]]:
    """The results of anything, and all that is said of it."""
    found: list[Result] = []
    said: list[str] = []
    for frame in frames(BytesIO(data)):
        said.append(frame.reason)
        try:
            found += results(parse(frame.segments), KEYS) if frame.segments else []
        except MessageError as error:
            said.append(str(error))
    for result in found:
        said += [result.reason, result.doubt, *(issue.message for issue in result.issues)]
    return found, said


def check(data: bytes) -> None:
    """What must hold of anything."""
    found, said = read(data)
    assert not any(CANARY[:6] in line or "\n" in line or len(line) > 200 for line in said), said
    for result in found:
        assert isinstance(result.change, Change)
        text = result.text.text
        assert len(text) <= 4 * len(data) + 200
        assert text or result.reason or result.change in (Change.DELETED, Change.PROMOTED)
        assert not (text and result.reason)
        assert list(result.origins.starts) == sorted(result.origins.starts)
        assert len(result.origins.starts) <= 2 * len(data)


def mutated(data: bytes, choose: random.Random) -> bytes:
    """A message with something cut out, put in or moved."""
    whole = bytearray(data)
    for _ in range(choose.randint(1, 8)):
        at, size = choose.randrange(len(whole) + 1), choose.choice((0, 0, 1, 1, 3, 20))
        piece = bytes(whole[(start := choose.randrange(len(whole) + 1)) : start + size])
        whole[at : at + size] = choose.choice([*PARTS, piece, piece * 3, choose.randbytes(2), b""])
    return bytes(whole)


def test_the_messages_that_are_damaged_are_whole() -> None:
    for data in WHOLE:
        found, _ = read(data)
        assert found
        assert not any(result.reason for result in found)


@given(st.sampled_from(WHOLE), st.randoms(use_true_random=False))
@settings(max_examples=400)
def test_a_damaged_message_gives_results_or_errors_that_say_nothing_of_it(data: bytes, choose: random.Random) -> None:
    check(mutated(data, choose))


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PARTS), max_size=60).map(b"".join))
def test_anything_else_gives_errors_that_say_nothing_of_it(data: bytes) -> None:
    check(data)
    check(WHOLE[0][:90] + data)


@pytest.mark.slow
def test_many_damaged_messages_give_results_or_errors_that_say_nothing_of_them() -> None:
    choose = random.Random(7)
    for _ in range(60_000):
        data = mutated(choose.choice(WHOLE), choose)
        check(mutated(data, choose) if choose.random() < 0.5 else data)


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those written in C included: work, whatever the machine."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def _message(*rows: str) -> bytes:
    return "".join(f"{row}\r" for row in (_HEAD, _PID, *rows)).encode()


def _value(value: str, kind: str = "FT") -> bytes:
    return _message(_OBR, f"OBX|1|{kind}|L^Report^L||{value}||||||F")


HOSTILE: Final[dict[str, Callable[[int], bytes]]] = {
    "rows": lambda size: _message(_OBR, *["OBX|1|TX|L^Report^L||nodes 1||||||F"] * size),
    "rows of names of their own": lambda size: _message(_OBR, *(f"OBX|1|TX|L{at}^Name {at}^L||nodes||||||F" for at in range(size))),
    "orders of one number": lambda size: _message(*[_OBR, "OBX|1|TX|L^Report^L||nodes||||||F"] * size),
    "orders of their own": lambda size: _message(*(f"OBR|1||S{at}\rOBX|1|TX|L||nodes||||||F" for at in range(size))),
    "specimens": lambda size: _message(_OBR, "OBX|1|TX|L||nodes||||||F", *["SPM|1"] * size),
    "repetitions": lambda size: _value("~".join(["1 of 3"] * size)),
    "components": lambda size: _value("^".join(["x"] * size), "CWE"),
    "subcomponents": lambda size: _value("&".join(["x"] * size), "NM"),
    "escapes": lambda size: _value(r"\.sp9\ ".strip() * size),
    "escapes that end nowhere": lambda size: _value("\\X0D" * size),
    "backslashes": lambda size: _value("\\" * size),
    "hexadecimal": lambda size: _value(r"\X4F\ ".strip() * size),
    "braces": lambda size: _message(_OBR, *["OBX|1|TX|L||{\\rtf1 {||||||F"] * size),
    "answers": lambda size: _message(_OBR, *["OBX|1|NM|Q1^Nodes^MADEUP||3||||||F"] * size),
    "answers that differ": lambda size: _message(_OBR, *(f"OBX|1|NM|Q1^Nodes^MADEUP||{at}||||||F" for at in range(size))),
    "blanks": lambda size: _value("a " + " " * size + "b", "CWE"),
    "words apart": lambda size: _value("a  " * size, "CWE"),
    "identifiers": lambda size: _message(_OBR).replace(b"0815^^^", b"~".join([b"1^^^"] * size)),
    "lines that go on": lambda size: _value("\n".join(["1"] * size)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_as_the_message_does(name: str) -> None:
    make = HOSTILE[name]
    small, large = (calls(partial(read, make(size))) for size in (300, 1200))
    assert large <= 4.5 * small + 400
