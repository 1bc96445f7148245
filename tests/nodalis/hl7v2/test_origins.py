"""Each character of a report leads back to the value of the message it stands in, and nothing else does."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.hl7v2 import Message, MessageError, Result, frames, parse, results
from nodalis.hl7v2.narrative import _CHECKLIST, _SECTIONS
from nodalis.hl7v2.origins import NOWHERE, Origin

SAMPLES = sorted((Path(__file__).resolve().parents[3] / "samples" / "formats").glob("hl7*/*.hl7"))
MSH = r"MSH|^~\&|LIS|ST ANNA|REG|STATE|20260304101500+0100||ORU^R01^ORU_R01|M1|P|2.5.1"
PID = "PID|1||0815^^^HOSP^MR"
OBR = "OBR|1||S26-1|11529-5^Study^LN|||||||||||||||||||||F"
OURS = {"", ": ", "; ", " ", *_SECTIONS.values(), _CHECKLIST, "ADDENDUM"}


def value_of(message: Message, origin: Origin) -> str:
    """The plain value an origin names, come by in another way than the reader's."""
    name, _, number = origin.segment.rstrip("]").partition("[")
    segment = [segment for segment in message.segments if segment.name == name][int(number) - 1]
    value = segment.fields[origin.field].split(message.repetition)[origin.repetition - 1]
    if origin.component:
        value = value.split(message.component)[origin.component - 1]
        value = value.split(message.subcomponent)[0] if origin.field != 5 or segment.fields[2] != "ED" else value
    return message.plain(value)


def check(message: Message, result: Result) -> None:
    """That a text and its map belong together."""
    text = result.text.text
    found = [(sign, result.origins.origin_at(offset)) for offset, sign in enumerate(text)]
    for sign, origin in found:
        if origin and origin.offset is not None:
            assert value_of(message, origin)[origin.offset] == sign or (sign == " " and value_of(message, origin)[origin.offset].isspace())
    for ours, run in groupby(found, lambda item: item[1] is None):
        if ours:
            words = "".join(sign for sign, _ in run)
            assert {line.strip() if len(line) > 2 else line for line in words.split("\n")} <= OURS, words


def read(*rows: str) -> tuple[Message, Result]:
    message = parse([row.encode() for row in (MSH, PID, *(rows if rows[0].startswith("OBR") else (OBR, *rows)))])
    (result,) = results(message)
    return message, result


def obx(value: str, kind: str = "FT", code: str = "22637-3^Final diagnosis^LN", unit: str = "") -> str:
    return f"OBX|1|{kind}|{code}||{value}|{unit}|||||F"


def _parsed(data: bytes) -> Iterator[tuple[Message, Result]]:
    for frame in frames(BytesIO(data)):
        try:
            message = parse(frame.segments) if frame.segments else None
            for result in results(message) if message else ():
                yield message, result  # type: ignore[misc]
        except MessageError:
            continue


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_each_character_of_a_sample_is_the_one_at_its_origin(path: Path) -> None:
    found = list(_parsed(path.read_bytes()))
    assert found
    for message, result in found:
        check(message, result)


def test_each_character_of_the_standards_guides_is_the_one_at_its_origin(shared: Path) -> None:
    found = [pair for path in (shared / "oracle" / "hl7v2").glob("*") if path.suffix != ".xml" for pair in _parsed(path.read_bytes())]
    assert len(found) > 5
    for message, result in found:
        check(message, result)


ROWS = {
    "escapes": [obx(r"A \T\ B\.br\1\S\3 nodes\.sp2\\X4F\\X4B\ \E\ end")],
    "repetitions": [obx("A. Nodes~(0/3)~~B. Breast")],
    "cut to one width": [obx("x" * 39 + "1"), obx("/14 " + "y" * 36), obx("end")],
    "notes": [obx("A."), "NTE|1||first~second", "NTE|2||third"],
    "notes before": ["NTE|1||only a note"],
    "blanks at both ends": [obx(r"\.br\\.br\pN0\.br\ ".strip()), obx("")],
    "a line break in a value": [obx("one\n\ntwo")],
    "answers": [
        obx("K1^pN1a^L", "CWE", "Q1^Category^L"),
        obx("K2^ Exact   number ^L", "CWE", "Q2^Nodes  examined^L"),
        obx("14", "NM", "Q2^Nodes  examined^L"),
        obx("2.5", "NM", "Q3^Size^L", "mm^x"),
        obx("<^0.2", "SN", "Q4^Deposit^L", "mm"),
        obx("A^Left&x^L~B^Right^L", "CE", "Q5^Sides^L"),
        obx("2^^L^^^^^^other", "CWE", "Q6^^L"),
    ],
    "a checklist": [obx("A1^pN0^CAPECP", "CWE", "Q1^Category^CAPECP"), "NTE|1||said by the checklist"],
    "names of the laboratory": [obx("text", "TX", r"L1^Path \T\ report^L"), obx("more", "TX", "L2^Other^L")],
    "sections and addendum": [OBR, obx("A."), OBR.replace("11529-5", "35265-8"), obx("B.", code="22634-0^G^LN")],
    "plain text in ED": [obx("LIS^text^^A^plain \\T\\ & words", "ED")],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_each_character_is_the_one_at_its_origin_however_the_text_was_cut(rows: list[str]) -> None:
    message, result = read(*rows)
    assert not result.reason
    check(message, result)


def test_the_origin_of_a_count_is_its_segment_repetition_and_offset() -> None:
    _, result = read(obx("Fatty.", code="22634-0^G^LN"), obx(r"A.~two \T\ (1/3)"))
    at = result.text.text.index("1/3")
    assert result.origins.origin_at(at) == Origin("OBX[2]", 5, 2, 0, 7)
    assert result.origins.origin_at(0) is None


def test_the_origin_of_a_number_that_was_cut_in_two_is_both_segments() -> None:
    _, result = read(*ROWS["cut to one width"])
    at = result.text.text.index("1/14")
    assert [result.origins.origin_at(at + step) for step in (0, 1)] == [Origin("OBX[1]", 5, 1, 0, 39), Origin("OBX[2]", 5, 1, 0, 0)]


def test_the_origin_of_an_answer_is_its_component_and_of_its_unit_its_field() -> None:
    _, result = read(*ROWS["answers"])
    text = result.text.text
    assert result.origins.origin_at(text.index("pN1a")) == Origin("OBX[1]", 5, 1, 2, 0)
    assert result.origins.origin_at(text.index("mm")) == Origin("OBX[4]", 6, 1, 1, 0)
    assert result.origins.origin_at(text.index("number")) == Origin("OBX[2]", 5, 1, 2, 9)


@pytest.mark.parametrize(
    "rows",
    [
        [obx("^AP^RTF^Base64^" + base64.b64encode(rb"{\rtf1 pN0 (0/3)}").decode(), "ED", "P^Report^L")],
        [obx(r"{\rtf1 pN0 \E\par", code="P^Report^L"), obx("(0/3)}", code="P^Report^L")],
        [obx("^TEXT^plain^Base64^" + base64.b64encode(b"pN0 (0/3)").decode(), "ED", "P^Report^L")],
    ],
    ids=["RTF", "RTF in a text", "plain text in base64"],
)
def test_the_origin_of_a_document_is_the_value_as_a_whole(rows: list[str]) -> None:
    _, result = read(*rows)
    origin = result.origins.origin_at(result.text.text.index("0/3"))
    assert origin is not None
    assert (origin.segment, origin.field, origin.offset) == ("OBX[1]", 5, None)


def test_what_is_not_of_a_text_has_no_origin() -> None:
    assert NOWHERE.origin_at(0) is None
    assert read(obx("pN0"))[1].origins.origin_at(10_000) is None


def test_a_map_has_as_many_pieces_as_the_text_has_lines_and_not_more() -> None:
    _, result = read(obx(r"\.br\ ".strip().join(["a line of some length"] * 1000)))
    assert len(result.origins.starts) < 6


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@given(st.lists(st.tuples(st.sampled_from(["FT", "TX", "ST", "CWE", "NM", "SN"]), _TEXTS, st.sampled_from("ABC")), min_size=1, max_size=8))
def test_each_character_of_anything_is_the_one_at_its_origin(rows: list[tuple[str, str, str]]) -> None:
    message = parse([row.encode() for row in (MSH, PID, OBR, *(obx(text, kind, f"{code}^Name {code}^L") for kind, text, code in rows))])
    for result in results(message):
        check(message, result)
