"""RTF: what is seen on the page, without what is struck out or hidden; what is broken is one line."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from striprtf.striprtf import rtf_to_text
from typer.testing import CliRunner

from nodalis.cli import app
from nodalis.decoding import NotTextError
from nodalis.readers import Document, ReadError, Unread, opened, read
from nodalis.readers.contained import ContainedError
from nodalis.readers.document import Source
from nodalis.readers.rtf import extract
from nodalis.readers.rtf import read as read_rtf
from nodalis.readers.rtf_text import Rtf
from parser import parse

FONTS = rb"{\f0\fswiss Arial;}{\f1\froman\fcharset2 Symbol;}{\f2\fnil\fcharset2 Wingdings;}{\f3\fcharset128 Mincho;}"
HEAD = rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl" + FONTS + b"}"


def _other(data: str) -> str:
    """The text as a program that shares no code with us reads it."""
    return str(rtf_to_text(data))  # type: ignore[no-untyped-call] # has no types


def text(body: bytes, head: bytes = HEAD) -> str:
    return Rtf(head + body + b"}").text


SAMPLES = {
    "table_pn1a": ("accepted", 1, 3, []),
    "corrected_pn1a": ("needs_review", 2, 11, [("text_left_out", True), ("text_left_out", False)]),
    "code_pages_pn0_i_plus": ("accepted", 0, 2, []),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_as_rtf_is_read(root: Path, name: str) -> None:
    status, positive, examined, issues = SAMPLES[name]
    (document,) = read([str(root / "samples" / "formats" / "rtf" / f"{name}.rtf")])
    assert isinstance(document, Document)
    assert document.id == name
    assert [(str(issue.kind), issue.blocking) for issue in document.issues] == issues
    report = parse(document.text)
    assert (report.nodes.positive.value, report.nodes.examined.value) == (positive, examined)
    assert status == ("needs_review" if any(issue.blocking for issue in document.issues) else report.status)


def test_headers_stand_in_front_and_footers_at_the_end(root: Path) -> None:
    found = Rtf((root / "samples" / "formats" / "rtf" / "table_pn1a.rtf").read_bytes()).text
    lines = found.splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("Laboratory of the invented hospital", "FINAL DIAGNOSIS", "Page 1")
    assert "Number of lymph nodes examined\t3\t" in lines
    assert not {"Draft", "Old", "Arial", "pN3a", "89504e"} & set(re.findall(r"\w+", found))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb"a\par b\line c\tab d", "a\nb\nc\td"),
        (rb"a\cell b\cell\row c\cell\row", "a\tb\t\nc\t"),
        (rb"2\endash 3 \lquote x\rquote  \{1\} \\ a\~b 1\_3 no\-des", "2–3 ‘x’ {1} \\ a\xa0b 1-3 nodes"),
        (rb"\'e9 \u8804? \u8804\'3f \uc0\u8804 2 \uc2\u8804\'81\'30 2", "é ≤ ≤ ≤2 ≤ 2"),
        (rb"\u8804\par 2", "≤\n2"),
        (rb"\u-10179?\u-8704? \u-3933?", "😀 ≤"),
        (rb"{\f1\'a3\'b3\'b1m}{\f2\'fe\'a8} \'a3", "≤≥±μ[x][ ] £"),
        (rb"{\f3\'83\'41\'83m}", "アノ"),
        (rb"a{\pict\bin5 }}{{\\ffd8}b{\*\unknown c}d{\object{\*\objdata 00}{\result e}}", "abde"),
        (rb"{\field{\*\fldinst HYPERLINK \'22x\'22}{\fldrslt link}}{\pntext 1.\tab}A", "link1.\tA"),
        (rb"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt box}}{\shprslt{\*\do{\dptxbxtext box}}}}", "box"),
        (rb"{\upr{a}{\*\ud{b}}}", "a"),
        (b"one\r\ntwo\\\r\nthree", "onetwo\nthree"),
    ],
    ids=[
        "lines",
        "table",
        "signs",
        "unicode",
        "no fallback",
        "pairs",
        "fonts of signs",
        "two bytes",
        "skipped",
        "fields",
        "box",
        "upr",
        "ends",
    ],
)
def test_what_stands_on_the_page_is_read(body: bytes, expected: str) -> None:
    assert text(body) == expected


@pytest.mark.parametrize(
    ("body", "expected", "struck", "hidden"),
    [
        (rb"pN1a {\strike pN2a}", "pN1a", True, False),
        (rb"\strike pN2a\strike0  pN1a", "pN1a", True, False),
        (rb"\striked1 pN2a\plain  pN1a", "pN1a", True, False),
        (rb"pN1a {\revised\deleted pN2a}{\mvf 2/3}", "pN1a", True, False),
        (rb"pN1a {\b\v pN2a}", "pN1a", False, True),
        (rb"\trowd\intbl\strike 1/3\cell\strike0 2/3\cell\row", "2/3", True, False),
        (rb"{\strike  }{\strike0 pN1a}{\striked0 , 1/3}{\v\par}", "pN1a, 1/3", False, False),
        (rb"{\strike\f1\'a3\u8804?}pN1a", "pN1a", True, False),
    ],
    ids=["group", "switch", "plain", "tracked", "hidden", "cell", "nothing struck", "signs"],
)
def test_no_word_is_read_that_is_struck_out_deleted_or_hidden(body: bytes, expected: str, struck: bool, hidden: bool) -> None:
    found = Rtf(HEAD + body + b"}")
    assert (found.text.strip(), found.struck, found.hidden) == (expected, struck, hidden)


def test_characters_that_are_none_raise_a_doubt() -> None:
    assert text(rb"1\u999999999?/3 \u-99999? \u0? \u-10179? {\f2\'41} \'81") == "1\ufffd/3 \ufffd \ufffd \ufffd \ufffd \ufffd"
    assert text(b"\\'e9", head=rb"{\rtf1\ansi\ansicpg4711 ") == "\ufffd"


BAD = {
    "empty": (b"", "not an RTF document"),
    "wrong type": (b"%PDF-1.7", "not an RTF document"),
    "cut off": (HEAD + rb"\pard Lymph nodes (1/", "not a whole RTF document"),
    "cut off in a word": (HEAD + b"a\\", "not a whole RTF document"),
    "cut off in a picture": (HEAD + rb"{\pict\bin999 ff}}", "not a whole RTF document"),
    "open brace": (HEAD + rb"{\b a}{ b}", "not a whole RTF document"),
    "deep": (HEAD + b"{" * 100_000 + b"}" * 100_001, "an RTF document nested deeper than any report needs"),
    "long": (HEAD + b"x" * 2_100_000 + b"}", "text too long"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_document_is_one_line(data: bytes, reason: str) -> None:
    (unread,) = read_rtf(Source(BytesIO(data), "a.rtf", "a"))
    assert isinstance(unread, Unread)
    error = opened(unread)
    assert isinstance(error, ReadError)
    assert str(error).startswith(f"a.rtf: {reason}")
    assert "\n" not in str(error)


def test_bad_files_are_counted_and_the_others_are_converted(tmp_path: Path) -> None:
    for name, (data, _) in BAD.items():
        (tmp_path / f"{name}.rtf").write_bytes(data)
    good = rb"LEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA.\par LEFT AXILLA: ALL 14 LYMPH NODES NEGATIVE (0/14).}"
    (tmp_path / "good.rtf").write_bytes(HEAD + good)
    done = CliRunner().invoke(app, ["convert", *map(str, sorted(tmp_path.glob("*.rtf"))), "-o", str(tmp_path / "out")])
    assert done.exit_code == 4
    assert len([line for line in done.stderr.splitlines() if "error:" in line]) == len(BAD)
    assert f"1 accepted, 0 need review, {len(BAD)} failed" in done.stderr


@pytest.mark.slow
def test_a_document_that_takes_too_long_is_refused() -> None:
    with pytest.raises(NotTextError, match="takes too long to read"):
        extract(HEAD + b"{}" * 10_000_000 + b"}")


WORDS = st.text("abc 123/()-é≤", min_size=1, max_size=12)
PLAIN = st.lists(st.tuples(WORDS, st.sampled_from([r"\par ", r"\line ", r"\tab ", r"\b ", r"{\i x}", ""])), max_size=20)


@given(PLAIN)
def test_ordinary_documents_are_read_as_another_program_reads_them(parts: list[tuple[str, str]]) -> None:
    body = "".join("".join(char if char.isascii() else f"\\u{ord(char)}?" for char in words) + end for words, end in parts)
    data = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl;\red0\green0\blue0;}\pard\plain\f0\fs20 " + body + "}"
    assert Rtf(data.encode()).text.split() == _other(data).split()


def test_a_table_is_read_as_another_program_reads_it(root: Path) -> None:
    data = (root / "samples" / "formats" / "rtf" / "table_pn1a.rtf").read_bytes()
    other = _other(data.decode("cp1252")).replace("|", " ")
    ours = Rtf(data).text
    assert set(re.findall(r"\w+", ours)) >= set(re.findall(r"\w+", other))


@given(st.binary(max_size=200), st.integers(0, 3000))
def test_any_bytes_give_a_text_or_a_reason(root: Path, noise: bytes, at: int) -> None:
    data = (root / "samples" / "formats" / "rtf" / "table_pn1a.rtf").read_bytes()
    try:
        found = Rtf(data[:at] + noise + data[at:]).text
    except ContainedError as error:
        found = str(error)
    assert found.encode("utf-8")  # no half of a character is left
