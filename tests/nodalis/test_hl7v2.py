"""HL7 v2: the reports of messages and batches; what is cut off, of another kind or not final is never a final report."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Iterator
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.hl7v2 import MAX_BYTES, MAX_SEGMENTS, framing
from nodalis.readers import Document, ReadError, Unread
from nodalis.readers.document import Source
from nodalis.readers.hl7v2 import read as read_hl7
from nodalis.readers.text import read as read_text
from tests.nodalis.pdf_files import pdf, show

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MSH = r"MSH|^~\&|LIS|ST ANNA|REG|STATE|20260304101500+0100||ORU^R01^ORU_R01|M1|P|2.5.1"
PID = "PID|1||0815^^^HOSP&1.2.4&ISO^MR||Muster^Erika||19610312|F"
OBR = "OBR|1||S26-1^LIS^1.2.3^ISO|11529-5^Surgical pathology study^LN|||20260302||||||||||||||||||F"
DIAGNOSIS = "OBX|1|FT|22637-3^Final diagnosis^LN||Three lymph nodes, negative (0/3).||||||F"


def message(*rows: str, msh: str = MSH, pid: str = PID, obr: str = OBR, end: str = "\r") -> bytes:
    """A message with these rows behind its OBR; an empty header, patient or order is left out."""
    return "".join(f"{row}{end}" for row in (msh, pid, obr, *(rows or (DIAGNOSIS,))) if row).encode()


def items(data: bytes) -> list[Document | ReadError]:
    return [item for item in read_hl7(Source(BytesIO(data), "a.hl7", "a")) if not isinstance(item, Unread)]


def one(data: bytes) -> Document:
    (item,) = items(data)
    assert isinstance(item, Document), item
    return item


def reasons(data: bytes) -> list[str]:
    return [str(item).removeprefix("a.hl7: ") for item in items(data) if isinstance(item, ReadError)]


def obx(value: str, kind: str = "FT", code: str = "22637-3^Final diagnosis^LN", status: str = "F", unit: str = "", sub: str = "") -> str:
    return f"OBX|1|{kind}|{code}|{sub}|{value}|{unit}|||||{status}"


def with_status(order: str, *observations: str) -> bytes:
    rows = [obx(f"line {number}", status=status) for number, status in enumerate(observations, 1)]
    return message(*rows, obr=OBR.removesuffix("F") + order)


# framing


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\n\r\n", "<CR>\r\n", "\n\r"])
def test_any_line_end_ends_a_segment(end: str) -> None:
    assert one(message(end=end)).text == "FINAL DIAGNOSIS\nThree lymph nodes, negative (0/3).\n"


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbf" + message(), b"\r\n\n" + message(), b"\x0b" + message() + b"\x1c\r", b"\x0b" + message() + b"\x1c", message()[:-1]],
)
def test_marks_before_and_behind_a_message_are_no_part_of_it(data: bytes) -> None:
    assert one(data).text == one(message()).text


def test_a_line_break_within_a_field_is_part_of_the_text() -> None:
    text = one(message(obx("A. Left axilla: negative (0/3).\n\nITC found\nB. Breast"), end="\r")).text
    assert text == "FINAL DIAGNOSIS\nA. Left axilla: negative (0/3).\n\nITC found\nB. Breast\n"


def test_a_line_that_may_be_text_or_a_segment_is_refused() -> None:
    assert reasons(message(obx("Table:\nITC|3\nMIC|1"))) == [
        "message 1: a line in it may be a segment or text: its name is none that HL7 has for segments"
    ]


@pytest.mark.parametrize(
    ("data", "found", "reason"),
    [
        (message()[:-12], 0, "message 1: cut off: its last segment has no end"),
        (message() + message()[:-30], 1, "message 2: cut off: its last segment has no end"),
        (message(DIAGNOSIS, "NTE|1||One of two")[:-1], 0, "message 1: cut off: its last segment has no end"),
        (message(DIAGNOSIS, "OB")[:-1], 0, "message 1: cut off: its last segment has no end"),
        (b"\x0b" + message() + b"\x0b" + message() + b"\x1c\r", 1, "message 1: cut off: its end mark (FS) is missing"),
        (b"\x0b" + message() + b"\x1c\rmore text\r", 0, "message 1: goes on behind its end mark (FS)"),
        (b"a log line\ranother\r" + message(), 1, "words outside of messages: expected HL7 v2, a message begins with MSH"),
        (b"", 0, "no message in it: expected HL7 v2, a message begins with MSH"),
        (b"\xef\xbb\xbf \r\n", 0, "no message in it: expected HL7 v2, a message begins with MSH"),
        (message(msh=MSH.replace("^~", "^^")), 0, "message 1: the delimiters in MSH-1 and MSH-2 are missing or not distinct"),
        (message(msh="MSH|"), 0, "message 1: the delimiters in MSH-1 and MSH-2 are missing or not distinct"),
        (message(msh=""), 0, "words outside of messages: expected HL7 v2, a message begins with MSH"),
        (message("OBX|1|FT|x||" + "x" * MAX_BYTES), 0, f"message 1: longer than {MAX_BYTES:,} bytes"),
        (message(*[DIAGNOSIS] * MAX_SEGMENTS), 0, f"message 1: more than {MAX_SEGMENTS:,} segments"),
    ],
    ids=[
        "text cut", "second message cut", "note cut", "name cut", "no end mark", "behind the end mark", "log lines", "empty", "blank",
        "delimiters twice", "no delimiters", "no MSH", "too long", "too many segments",
    ],
)  # fmt: skip
def test_what_is_cut_off_or_unclear_is_one_error_and_no_report(data: bytes, found: int, reason: str) -> None:
    assert reasons(data) == [reason]
    assert len(items(data)) == found + 1


def batch(*parts: bytes, count: str = "", header: bytes = b"BHS|^~\\&|LIS\r", files: str = "1") -> bytes:
    return b"FHS|^~\\&\r" + header + b"".join(parts) + f"BTS|{count}\rFTS|{files}\r".encode()


def test_a_batch_gives_its_messages() -> None:
    data = batch(message(), message(obr=OBR.replace("S26-1", "S26-2")), count="2")
    assert [item.id for item in items(data) if isinstance(item, Document)] == ["S26-1", "S26-2"]
    assert reasons(data) == []
    assert sum(item.size for item in items(data)) <= len(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (batch(message(), count="2"), "BTS-1 says another number of messages than there are: some may be missing"),
        (batch(message(), files="3"), "FTS-1 says another number of batches than there are: some may be missing"),
        (batch(message())[:-12], "cut off: the trailer of its batch (BTS, FTS) is missing, and there may be messages missing"),
        (batch(b"BHS|^~\\&\r", message(), files="2"), "a batch begins before the one before it ends (BHS): there may be messages missing"),
    ],
    ids=["count of messages", "count of batches", "no trailer", "batch in batch"],
)
def test_a_batch_that_lost_messages_is_an_error_beside_its_reports(data: bytes, reason: str) -> None:
    assert reasons(data) == [reason]
    assert [item.id for item in items(data) if isinstance(item, Document)] == ["S26-1"]


class _Endless(RawIOBase):
    """A batch of so many bytes that is never there as a whole."""

    def __init__(self, part: bytes, size: int) -> None:
        self._part, self._left, self._rest = part, size, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if not self._rest and self._left > 0:
            self._rest, self._left = self._part * 20, self._left - 20 * len(self._part)
        data, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("part", [message(obx("text " * 400)), b"x" * 4000], ids=["messages", "one line"])
def test_a_batch_is_never_held_in_memory(part: bytes) -> None:
    size = 60_000_000 if part.startswith(b"x") else 6_000_000
    stream = _Endless(part, size)
    tracemalloc.start()
    try:
        count = len([item.size for item in read_hl7(Source(BufferedReader(stream), "a.hl7", "a"))])
        assert tracemalloc.get_traced_memory()[1] < (40_000_000 if part.startswith(b"x") else 2_000_000)
    finally:
        tracemalloc.stop()
    assert count == (1 if part.startswith(b"x") else -(-size // (20 * len(part))) * 20)


def test_a_message_in_a_text_file_is_no_text() -> None:
    for data in (message(), b"\x0b" + message() + b"\x1c\r", b"\xef\xbb\xbf" + message(), batch(message())):
        (item,) = read_text(Source(BytesIO(data), "a.txt", "a"))
        assert isinstance(item, Document)
        assert item.id == "S26-1"
    (words,) = read_text(Source(BytesIO(b"MSH in a report\rOBX|1|"), "a.txt", "a"))
    assert isinstance(words, Document)
    assert words.id == "a"


# delimiters, characters, escapes


def test_delimiters_are_those_of_the_message() -> None:
    translated = message(obx("ER &amp PR")).decode().translate(str.maketrans(r"|^~\&", "#!*%$"))
    assert one(translated.replace("$amp", "%T%").encode()).text == "FINAL DIAGNOSIS\nER $ PR\n"
    assert one(message(obx(r"1\P\2"), msh=MSH.replace("&", "&#"))).text.endswith("1#2\n")
    assert one(message(obx(r"a\T\b & c"), msh=MSH.replace("\\&", ""))).text.endswith("a\\T\\b & c\n")


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"ER \T\ PR", "ER & PR"),
        (r"1\S\3 a\F\b \R\2 mm \E\ c", "1^3 a|b ~2 mm \\ c"),
        (r"one\.br\two\.sp\three\.sp2\four", "one\ntwo\nthree\n\nfour"),
        (r"\H\bold\N\ \.in+4\in\.ti-2\ti\.ce\mid\.fi\\.nf\.", "bold     in  ti\nmid."),
        (r"a\X0D0A\b\X0D\\X0A\c", "a\r\nb\r\nc"),
        (r"Gr\XC3\\XB6\\XC39F\e", "Größe"),
        (r"\E\.br\E\ x", "\\.br\\ x"),
        (r"C:\data 1\2 nodes \Z12\ \C2842\ \F", "C:\\data 1\\2 nodes \\Z12\\ \\C2842\\ \\F"),
        (r"\X0\ \XFF\ \XZZ\ ", "\\X0\\ \\XFF\\ \\XZZ\\ "),
        (r"forged\X0D\OBX|9", "forged\rOBX"),
        ("ER & PR, 1^3", "ER & PR, 1^3"),
    ],
)
def test_escapes_become_what_they_stand_for_and_nothing_else_is_lost(escaped: str, text: str) -> None:
    assert one(message(obx(escaped))).text == f"FINAL DIAGNOSIS\n{text}\n"


@pytest.mark.parametrize("escape", [r"\.sp100000000\ ", r"\.in9999\ ", r"\.sk99999999999\ ", r"\.sp3\ "])
def test_no_escape_grows_more_than_four_times(escape: str) -> None:
    text = one(message(obx("a" + escape.strip() * 1000 + "b"))).text
    assert len(text) < 4 * len(escape) * 1000 + 20


@pytest.mark.parametrize(
    ("named", "data", "text", "encoding", "guessed"),
    [
        ("", "µm".encode(), "µm", "utf-8", False),
        ("", "µm – x".encode("cp1252"), "µm – x", "cp1252", True),
        ("UNICODE UTF-8", "µm".encode("cp1252"), "µm", "cp1252", True),
        ("UNICODE UTF-8~8859/1", "µm".encode(), "µm", "utf-8", False),
        ("8859/1", "µm – x".encode("cp1252"), "µm – x", "cp1252", False),
        ("8859/2", "ő".encode("iso8859-2"), "ő", "iso8859-2", False),
        ("8859/15", "5 €".encode("iso8859-15"), "5 €", "iso8859-15", False),
        ("8859/1", b"Gr\\XF6\\\\XDF\\e", "Größe", "cp1252", False),
    ],
)
def test_characters_are_those_of_msh_18(named: str, data: bytes, text: str, encoding: str, guessed: bool) -> None:
    document = one(message(obx("{}"), msh=f"{MSH}||||||{named}").replace(b"{}", data))
    assert (document.text, document.encoding, document.guessed) == (f"FINAL DIAGNOSIS\n{text}\n", encoding, guessed)


@pytest.mark.parametrize(
    ("named", "data", "reason"),
    [
        ("BIG-5", b"x", "message 1: its character set (MSH-18) is none that is read: expected ASCII"),
        ("8859/1", b"\x81\x8d", "message 1: not text: not in the character set that MSH-18 names"),
        ("", b"\xff\x81\x8d", "message 1: not text: neither UTF-8"),
    ],
)
def test_other_characters_are_refused(named: str, data: bytes, reason: str) -> None:
    (found,) = reasons(message(obx("{}"), msh=f"{MSH}||||||{named}").replace(b"{}", data))
    assert found.startswith(reason)


# the text


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            [obx("Lump.", code="22636-5^H^LN"), obx("pN0"), obx("Fatty.", code="22634-0^G^LN"), obx("x", code="L1^MICRO^L^22635-7^M^LN")],
            "CLINICAL HISTORY\nLump.\n\nFINAL DIAGNOSIS\npN0\n\nGROSS DESCRIPTION\nFatty.\n\nMICROSCOPIC DESCRIPTION\nx\n",
        ),
        ([obx(line, "TX", "PATH^Report^L", sub=str(n)) for n, line in enumerate(("A. Nodes", "", "(0/3)"))], "Report\nA. Nodes\n\n(0/3)\n"),
        ([obx("A. Nodes~(0/3)~B. Breast")], "FINAL DIAGNOSIS\nA. Nodes\n(0/3)\nB. Breast\n"),
        ([obx(""), "NTE|1||A. Nodes", "NTE|2||(0/3)~end"], "FINAL DIAGNOSIS\n\nA. Nodes\n(0/3)\nend\n"),
        (["NTE|1||A. Nodes (0/3)"], "A. Nodes (0/3)\n"),
        ([obx("x" * 39 + "1"), obx("/14 " + "y" * 36), obx("end")], "FINAL DIAGNOSIS\n" + "x" * 39 + "1/14 " + "y" * 36 + "end\n"),
        ([obx("x" * 40, "TX"), obx("y" * 40, "TX")], "FINAL DIAGNOSIS\n" + "x" * 40 + "\n" + "y" * 40 + "\n"),
        (
            [obx("K1^pN1a^L", "CWE", "Q1^Category^L"), obx("2", "NM", "Q2^Nodes^L"), obx("<^0.2", "SN", "Q3^Size^L", unit="mm^x^UCUM")],
            "Category: pN1a\nNodes: 2\nSize: <0.2 mm\n",
        ),
        ([obx("A^Left^L~B^Right^L", "CE", "Q1^Sides^L"), obx("K1^^L^^^^^^other", "CWE", "Q2^^L")], "Sides: Left; Right\nQ2: other\n"),
        ([obx("20260302", "DT", "Q1^Day^L"), obx('""', "TX", "Q2^Null^L"), obx("seen", "ST", "Q3^Note^L")], "Day: 20260302\nNote: seen\n"),
        ([obx("pN0", kind="")], "FINAL DIAGNOSIS\npN0\n"),
        ([obx("^TEXT^plain^Base64^" + base64.b64encode("Größe\n(0/3)".encode()).decode(), "ED")], "FINAL DIAGNOSIS\nGröße\n(0/3)\n"),
        ([obx("LIS^text^^A^plain \\T\\ words", "ED")], "FINAL DIAGNOSIS\nplain & words\n"),
        ([obx("^AP^PDF^Base64^JVBERi0=", "ED"), obx("pN0")], "FINAL DIAGNOSIS\npN0\n"),
    ],
    ids=[
        "section by section", "line by line", "repetitions", "notes", "notes of the order", "cut to one width", "two lines of one width",
        "answers", "chosen answers", "dates, nulls and short answers", "no type", "base64", "not encoded", "text beside a PDF",
    ],
)  # fmt: skip
def test_the_text_is_put_together_however_it_was_cut(rows: list[str], text: str) -> None:
    assert one(message(*rows)).text == text


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (obx("http://lis.example.org/x^^^", "RP"), "its text is only a pointer (RP), and nothing is fetched"),
        (obx("^IM^JPEG^Base64^/9j/", "ED"), "the data in OBX-5 (ED): of a kind that is not read: expected plain text, RTF or PDF"),
        (obx("^TEXT^plain^Base64^pN1a!", "ED"), "the data in OBX-5 (ED): not base64"),
        (obx("^TEXT^plain^Base64^JVBERi0xLjc=", "ED"), "the data in OBX-5 (ED): not text: this is a PDF"),
        (obx("^application^pdf^Base64^pN1a!", "ED"), "the PDF in OBX-5: not base64"),
        (obx("^application^pdf^Base64^", "ED"), "the PDF in OBX-5: not a PDF"),
        (obx("^application^pdf^Base64^JVBERi0=", "ED"), "the PDF in OBX-5: a damaged PDF, or one that is cut off"),
        (obx("^AP^RTF^Base64^JVBERi0=", "ED"), "the RTF in OBX-5: not an RTF document"),
        (obx("^AP^RTF^Base64^e1xydGY=", "ED"), "the RTF in OBX-5: not a whole RTF document: it is cut off or its braces do not match"),
        (
            obx(r"{\E\rtf1 pN1a {\E\strike pN2a}"),
            "the RTF in OBX-5: not a whole RTF document: it is cut off or its braces do not match",
        ),
        (obx("<html><s>pN2a</s> pN1a</html>"), "its text is HTML or XML within OBX-5: expected plain text"),
        (obx(""), "no text in it: expected OBX segments with a text (FT, TX, ST, ED)"),
        ("ZDS|1", "no text in it: expected OBX segments with a text (FT, TX, ST, ED)"),
    ],
)
def test_a_report_without_a_text_that_can_be_read_is_an_error(row: str, reason: str) -> None:
    assert reasons(message(row)) == [f"message 1: {reason}"]


def enclosed(data: bytes, kind: str = "RTF", code: str = "PATH^Report^L", form: str = "AP^{}^Base64") -> str:
    """A row with a document in base64."""
    return obx(f"LIS^{form.format(kind)}^{base64.b64encode(data).decode()}", "ED", code)


def rtf(words: str) -> bytes:
    return rb"{\rtf1\ansi " + words.encode() + b"}"


def escaped(words: str) -> str:
    return words.replace("\\", "\\E\\").replace("~", "\\R\\")


def read_and_doubts(*rows: str) -> tuple[str, list[str]]:
    document = one(message(*rows))
    return document.text, [f"{issue.kind}{'' if issue.blocking else ', not blocking'}" for issue in document.issues]


DIAG, GROSS = "22637-3^D^LN", "22634-0^G^LN"
ADDENDUM = OBR.replace("11529-5", "35265-8")


@pytest.mark.parametrize(
    ("rows", "text", "doubts"),
    [
        ([enclosed(rtf("of RTF"))], "Report\nof RTF\n", []),
        ([enclosed(pdf(show("of PDF")), "PDF")], "Report\nof PDF\n", []),
        ([enclosed(pdf(show("of PDF")), form="application/pdf^^Base64")], "Report\nof PDF\n", []),
        ([enclosed(rtf(r"pN1a{\strike pN2a}{\v x}"))], "Report\npN1a \n", ["text_left_out", "text_left_out, not blocking"]),
        ([obx("LIS^AP^RTF^A^" + escaped(r"{\rtf1 of RTF}"), "ED", "P^Report^L")], "Report\nof RTF\n", []),
        ([enclosed(pdf(show("of PDF")), "PDF"), enclosed(rtf("of RTF"))], "Report\nof RTF\n", []),
        ([enclosed(b"", "PDF"), enclosed(b""), obx("plain", "TX", "PATH^Text^L")], "Text\nplain\n", ["text_left_out"]),
        ([enclosed(b"", "PDF"), obx("pN0", "TX", "PATH^Report^L"), obx("B.", "TX", "PATH^Report^L")], "Report\npN0\nB.\n", []),
        ([enclosed(b"", "PDF"), obx("A1^pN0^CAPECP", "CWE", "Q1^Category^CAPECP")], "SYNOPTIC REPORT\nCategory: pN0\n", []),
    ],
    ids=[
        "RTF", "PDF", "PDF by media type", "struck out", "not encoded", "RTF before PDF", "text before both", "text of one name",
        "checklist before PDF",
    ],
)  # fmt: skip
def test_a_report_without_text_of_its_own_is_read_from_its_rtf_or_pdf(rows: list[str], text: str, doubts: list[str]) -> None:
    assert read_and_doubts(*rows) == (text, doubts)


def test_neither_an_answer_nor_a_note_is_the_text_of_a_report_that_comes_as_pdf() -> None:
    rows = [obx("61", "NM", "AGE^Age^L"), obx("see report", "ST", "SEE^Text^L"), enclosed(pdf(show("pN0")), "PDF"), "NTE|1||By courier"]
    assert read_and_doubts(*rows) == ("Age: 61\nText: see report\n\nReport\npN0\nBy courier\n", [])


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([enclosed(rtf("Fatty."), code=GROSS), enclosed(rtf("pN0"), code=DIAG)], "GROSS DESCRIPTION\nFatty.\n\nFINAL DIAGNOSIS\npN0\n"),
        (
            [obx("Fatty.", code=GROSS), enclosed(rtf("pN0"), code=DIAG), enclosed(b"", "PDF")],
            "GROSS DESCRIPTION\nFatty.\n\nFINAL DIAGNOSIS\npN0\n",
        ),
        ([enclosed(pdf(show("(0/3)")), "PDF"), ADDENDUM, obx("ITC")], "Report\n(0/3)\n\nADDENDUM\n\nFINAL DIAGNOSIS\nITC\n"),
        ([obx("(0/3)"), ADDENDUM, enclosed(pdf(show("ITC")), "PDF")], "FINAL DIAGNOSIS\n(0/3)\n\nADDENDUM\n\nReport\nITC\n"),
    ],
    ids=["sections as RTF", "one section as RTF", "report of an addendum", "addendum of a report"],
)
def test_a_document_in_a_section_or_addendum_without_text_is_part_of_the_report(rows: list[str], text: str) -> None:
    assert read_and_doubts(*rows) == (text, [])


@pytest.mark.parametrize(
    ("rows", "text", "doubts"),
    [
        ([enclosed(rtf("(0/3)")), enclosed(rtf("(1/3)"))], "Report\n(0/3)\n(1/3)\n", ["unreadable_text"]),
        ([enclosed(rtf("(0/3)"), code=DIAG), enclosed(rtf("(1/3)"))], "FINAL DIAGNOSIS\n(0/3)\n\nReport\n(1/3)\n", ["unreadable_text"]),
        ([enclosed(pdf(show("(0/3)")), "PDF")] * 2, "Report\n(0/3)\n(0/3)\n", ["unreadable_text"]),
        ([enclosed(b"", "PDF"), enclosed(rtf("(0/3)")), enclosed(b"", "PDF")], "Report\n(0/3)\n", ["unreadable_text"]),
        ([obx(escaped(r"{\rtf1 (1/3)}"), code="R^R^L"), obx("(0/3)")], "FINAL DIAGNOSIS\n(0/3)\n", ["text_left_out"]),
        ([obx(escaped(r"{\rtf1 B.}")), obx("A.")], "FINAL DIAGNOSIS\nA.\n", ["text_left_out"]),
    ],
    ids=["two RTF", "RTF of a section and another", "two PDF", "more PDF than RTF", "RTF in a text beside text", "RTF in the same text"],
)
def test_documents_that_may_say_different_things_need_review(rows: list[str], text: str, doubts: list[str]) -> None:
    assert read_and_doubts(*rows) == (text, doubts)


def test_one_of_several_documents_that_cannot_be_read_is_an_error() -> None:
    assert reasons(message(enclosed(rtf("pN0"), code=DIAG), enclosed(b"{", code=GROSS))) == [
        "message 1: the RTF in OBX-5: not an RTF document"
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [obx(escaped(r"{\rtf1\ansi\ansicpg1250 Gr\'f6\'dfe 2\~mm (0/3)\par pN1a {\strike pN2a}\u8211- ö – 𝛼}"))],
        [obx(r"{\rtf1\ansi\ansicpg1250 Gr\'f6\'dfe 2\'a0mm (0/3)\par pN1a {\strike pN2a}\u8211- ö – 𝛼}")],
        [
            obx(line)
            for line in (r"{\rtf1\ansi\ansicpg1250{\colortbl;}", r"Gr\'f6\'dfe 2\'a0mm (0/3)\par", r"pN1a {\strike pN2a}\u8211- ö – 𝛼", "}")
        ],
    ],
    ids=["escaped", "not escaped", "line by line"],
)
def test_rtf_in_a_text_is_read_as_rtf_whatever_stands_for_its_characters(rows: list[str]) -> None:
    assert read_and_doubts(*rows) == ("FINAL DIAGNOSIS\nGröße 2\xa0mm (0/3)\npN1a  – ö – 𝛼\n", ["text_left_out"])


def test_rtf_that_was_cut_to_pieces_is_one_document_and_what_stands_behind_it_is_none() -> None:
    words = r"{\rtf1{\fonttbl{\f0 Arial;}}\pard FINAL DIAGNOSIS: Three lymph nodes without tumour (0/3), a text of some length.\par}"
    pieces = [obx(escaped(words[at : at + 45])) for at in range(0, len(words), 45)]
    expected = "FINAL DIAGNOSIS\nFINAL DIAGNOSIS: Three lymph nodes without tumour (0/3), a text of some length.\n"
    assert read_and_doubts(*pieces) == (expected, [])
    assert read_and_doubts(obx(r"{\rtf1 1\~of~2}")) == ("FINAL DIAGNOSIS\n1\nof2\n", [])
    assert read_and_doubts(*pieces, obx("B. Breast")) == ("FINAL DIAGNOSIS\nB. Breast\n", ["text_left_out"])


def test_a_report_has_at_most_fifty_documents() -> None:
    (reason,) = reasons(message(*[enclosed(rtf("pN0"))] * 26, ADDENDUM, *[enclosed(rtf("pN0"))] * 25))
    assert reason == "message 1: more than 50 RTF or PDF documents in OBX-5: expected those of one report"


def test_a_report_that_is_taken_back_needs_no_document_that_can_be_read() -> None:
    document = one(message(enclosed(b"", "PDF").removesuffix("F") + "D"))
    assert (document.text, document.context["status"]) == ("", "entered-in-error")


# whose, which, when


def test_a_message_says_whose_report_it_is_and_when() -> None:
    pid = "PID|1||999-12-3456^^^SSA^SS~0815^^^HOSP&1.2.4&ISO^MR||Muster^Erika^^^^^M~Beispiel&van^Anna^^^^^L||196103121030|f"
    obr = "OBR|1|PL-1|S26-1^LIS^1.2.3^ISO|X|||20260302083000+0100|||||||||||||||20260304100000+0100|||C"
    document = one(message(DIAGNOSIS, "SPM|1|||TISS|||||||||||||202603020815|||||||||||||A26-1^^^LIS&1.2.5&ISO", pid=pid, obr=obr))
    assert document.id == "S26-1"
    assert document.context == {
        "subject": "urn:oid:1.2.4|0815", "family": "Beispiel", "given": "Anna", "birth_date": "1961-03-12", "sex": "female",
        "report_id": "S26-1", "issuer": "urn:oid:1.2.3", "status": "corrected", "effective": "2026-03-02T08:30:00+01:00",
        "collected": "2026-03-02", "issued": "2026-03-04T10:00:00+01:00", "accession": "urn:oid:1.2.5|A26-1",
    }  # fmt: skip
    assert "Anna" not in repr(document)


@pytest.mark.parametrize(
    ("pid3", "subject"),
    [
        ("0815^^^HOSP&1.2.4&ISO^MR", "urn:oid:1.2.4|0815"),
        ("0815^^^&0c4a1a52-3d19-4c55-9a5c-3f6f0e7f6a01&UUID^PI", "urn:uuid:0c4a1a52-3d19-4c55-9a5c-3f6f0e7f6a01|0815"),
        ("0815^^^HOSP&urn:x:y&URI", "urn:x:y|0815"),
        (r"08\F\15^^^HOSP&1.2.4&ISO", "urn:oid:1.2.4|08|15"),
        (r"0815^^^&urn:x\F\y&URI", "urn:nodalis:hl7v2:URI:urn%3Ax%7Cy|0815"),
        ("0815^^^HOSP^MR", "urn:nodalis:hl7v2:ST%20ANNA:HOSP|0815"),
        ("0815^^^Lab&44D2062928&CLIA^MR", "urn:nodalis:hl7v2:CLIA:44D2062928|0815"),
        ("0816^^^A&1.2.5&ISO^PI~0815^^^B&1.2.4&ISO^MR", "urn:oid:1.2.4|0815"),
        ("0815^^^^MR", None),
        ("0815", None),
        ("999-12-3456^^^SSA&1.2.9&ISO^SS", None),
        ("^^^HOSP&1.2.4&ISO^MR", None),
        ('""', None),
        ("", None),
    ],
)
def test_a_patient_has_a_number_only_with_the_authority_that_gave_it(pid3: str, subject: str | None) -> None:
    assert one(message(pid=f"PID|1||{pid3}||Muster^Erika")).context.get("subject") == subject


@pytest.mark.parametrize(
    ("orders", "id_"),
    [
        (["OBR|1|PL-1|S26-1"], "S26-1"),
        (["ORC|RE|PL-1|S26-1", "OBR|1"], "S26-1"),
        (["ORC|RE|PL-1", "OBR|1"], "PL-1"),
        (["ORC|RE", "OBR|1|PL-1"], "PL-1"),
        (["OBR|1"], "M1"),
    ],
)
def test_the_number_is_the_laboratorys_or_the_next_best(orders: list[str], id_: str) -> None:
    assert one(message(*orders, DIAGNOSIS, obr="")).id == id_


def test_orders_of_one_number_are_one_report_and_others_are_reports_of_their_own() -> None:
    addendum = OBR.replace("11529-5", "35265-8")
    rows = [obx("pN0 (0/3)"), addendum, obx("pN1mi", status="F"), OBR.replace("S26-1", "S26-2"), obx("other")]
    first, second = items(message(*rows))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert first.text == "FINAL DIAGNOSIS\npN0 (0/3)\n\nADDENDUM\n\nFINAL DIAGNOSIS\npN1mi\n"
    assert (first.id, second.id, second.text) == ("S26-1", "S26-2", "FINAL DIAGNOSIS\nother\n")
    assert (first.issues, second.origin) == ((), "a.hl7: message 1: report 2")


def test_an_addendum_without_its_report_needs_review() -> None:
    for data in (message(obr=OBR.replace("11529-5", "35265-8")), with_status("F", "B")):
        assert [issue.blocking for issue in one(data).issues] == [True]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (message(msh=MSH.replace("ORU^R01^ORU_R01", "ADT^A08")), "not a message with results: expected ORU^R01 or MDM^T02 in MSH-9"),
        (message(msh=MSH.replace("ORU^R01^ORU_R01", "ORU^R30")), "not a message with results: expected ORU^R01 or MDM^T02 in MSH-9"),
        (message(msh=MSH.replace("ORU^R01^ORU_R01", "ACK^R01")), "an acknowledgment, which holds no report"),
        (message("MSA|AA|M1"), "an acknowledgment, which holds no report"),
        (message(msh=MSH.replace("|P|", "|T|")), "for training, not for production (MSH-11 T)"),
        (message(msh=MSH.replace("|P|", "|D^A|")), "for debugging, not for production (MSH-11 D)"),
        (message(DIAGNOSIS, PID.replace("0815", "4711"), OBR, DIAGNOSIS), "holds more than one patient"),
        (message("NTE|1||only a note", obr=""), "no OBR segment: it holds no report"),
        (message(DIAGNOSIS, "OBR|2", DIAGNOSIS), "several OBR segments, and not all of them have a number (OBR-3)"),
        (message(obr="OBR|1", msh=MSH.replace("M1", "")), "no number of a report: expected OBR-3, or TXA-15 or TXA-12"),
    ],
    ids=["ADT", "point of care", "ACK", "MSA", "training", "debugging", "two patients", "no order", "one without number", "no number"],
)
def test_what_is_no_report_of_one_patient_is_refused(data: bytes, reason: str) -> None:
    assert reasons(data) == [f"message 1: {reason}"]
    assert len(items(data)) == 1


def test_the_patient_may_be_repeated_before_each_order() -> None:
    assert len(one(message(DIAGNOSIS, PID, OBR, DIAGNOSIS)).text) > 60


# status


@pytest.mark.parametrize(
    ("order", "observations", "status"),
    [
        ("F", "FF", "final"), ("F", "V", "final"), ("F", "U", "final"), ("", "F", "final"), ("F", [""], "final"), ("f", "f", "final"),
        ("F", "FN", "final"), ("F", "FD", "final"), ("C", "F", "corrected"), ("F", "FC", "corrected"), ("F", "AC", "corrected"),
        ("F", "A", "amended"), ("F", "B", "amended"), ("F", "D", "entered-in-error"), ("P", "DD", "entered-in-error"),
        *((order, "F", "preliminary") for order in "PRSIAOMNQ"),
        *(("F", code, "preliminary") for code in ("P", "R", "I", "S", "Z", "FP", "FX", "CP")),
        ("P", "C", "preliminary"), ("", [""], "preliminary"),
    ],
)  # fmt: skip
def test_nothing_is_final_that_does_not_say_so(order: str, observations: str | list[str], status: str) -> None:
    assert one(with_status(order, *observations)).context["status"] == status


@pytest.mark.parametrize(
    ("order", "observations", "reason"),
    [
        ("X", "F", "its order is cancelled (OBR-25 X): it is no report"),
        ("Y", "F", "there is no such order (OBR-25 Y): it is no report"),
        ("Z", "F", "there is no record of the patient (OBR-25 Z): it is no report"),
        ("F", "XX", "has no result (OBX-11 X, N or O): it is no report"),
        (
            "F",
            "FW",
            "was reported by mistake, such as for the wrong patient (OBX-11 W): what was made of it before must be taken back by hand",
        ),
    ],
)
def test_what_says_that_it_is_no_report_is_none(order: str, observations: str, reason: str) -> None:
    assert reasons(with_status(order, *observations)) == [f"message 1: {reason}"]


def test_deleted_lines_are_no_part_of_a_report_and_one_deleted_whole_is_taken_back() -> None:
    rows = [obx("pN1a"), obx("pN2a", status="D"), "NTE|1||pN2a it is", obx("stays"), obx("not asked", status="N")]
    assert one(message(*rows)).text == "FINAL DIAGNOSIS\npN1a\nstays\n"
    assert one(with_status("F", "D")).text == "FINAL DIAGNOSIS\nline 1\n"
    deleted = one(message(obx("", status="D")))
    assert (deleted.text, deleted.context["status"]) == ("", "entered-in-error")


# anything at all


def _messages() -> Iterator[Path]:
    return (Path(__file__).resolve().parents[2] / "samples" / "formats").glob("hl7*/*.hl7")


@given(st.data())
def test_damaged_messages_give_reports_or_errors_and_never_an_exception(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([path.read_bytes() for path in sorted(_messages())])))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole)))
        whole[at : at + data.draw(st.integers(0, 40))] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"\r", b"|", b"\\", b"~", b"OBR|"])
        )
    found = items(bytes(whole))
    assert found
    for item in found:
        assert isinstance(item, Document | ReadError)
        assert "\n" not in str(item) or isinstance(item, Document)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30), min_size=1, max_size=6),
    st.sampled_from(["\r", "\n", "\r\n"]),
)
def test_any_text_that_is_escaped_reads_back(lines: list[str], end: str) -> None:
    escapes = {"\\": r"\E\ ".strip(), "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"}
    escaped = ["".join(escapes.get(sign, sign) for sign in line) for line in lines]
    rows = [obx(r"\.br\ ".strip().join(["Start", *escaped, "end"]), code="X^Report^L")]
    assert one(message(*rows, end=end)).text == "\n".join(["Report", "Start", *lines, "end"]) + "\n"


def test_the_names_of_segments_are_names() -> None:
    assert all(len(name) == 3 and name.isupper() for name in framing._SEGMENTS)
    assert {b"MSH", b"PID", b"OBR", b"OBX", b"NTE", b"SPM", b"ORC", b"PV1", b"TQ1", b"PRT"} <= framing._SEGMENTS


def test_messages_of_the_standards_guides_are_read(shared: Path) -> None:
    found = {}
    for path in (shared / "oracle" / "hl7v2").glob("*"):
        if path.suffix != ".xml":
            found[path.name] = items(path.read_bytes())
    assert len(found["naaccr_volV_samples.txt"]) == 5
    assert all(isinstance(item, Document) for item in found["naaccr_volV_samples.txt"] + found["fake-naaccr-hl7.txt"])
    (checklist,) = found["sdc-cdm_thyroid_naaccr_v51_sample.hl7"]
    assert isinstance(checklist, Document)
    assert "Number of Lymph Nodes Examined: Exact number (specify): 8\n" in checklist.text
    assert "not for production" in str(found["sdc-cdm_obx-Adrenal.hl7"][0])
