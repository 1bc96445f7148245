"""PDF: what is seen on its pages, in the order of reading; what is scanned always needs review; what is hostile is one line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from nodalis.cli import app
from nodalis.decoding import Extract, NotTextError
from nodalis.readers import Document, ReadError, ocr, read
from nodalis.readers.pdf import extract
from nodalis.readers.pdf_layout import Character, laid_out
from parser import parse
from tests.nodalis.pdf_files import pdf, scanned, show

SAMPLES = ("lettered_pn0_sn", "cap_pn1a_two_macro_one_micro", "numbered_pn1a_ene")
WHOLE = "LEFT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA.\nLEFT AXILLA: METASTATIC CARCINOMA IN 3 OF 14 LYMPH NODES (3/14)."
GOOD = pdf(show(WHOLE))

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="there is no tesseract here, which reads scanned pages")


def text(data: bytes) -> str:
    """The text of a document that raises no doubt."""
    found = extract(data)
    assert found.issues == ()
    return found.decoded.text


def doubts(found: Extract) -> list[tuple[str, bool]]:
    return [(str(issue.kind), issue.blocking) for issue in found.issues]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_report_as_pdf_gives_what_its_text_gives(root: Path, name: str) -> None:
    plain = (root / "samples" / f"{name}.txt").read_text(encoding="utf-8")
    middle = plain.index("\n", len(plain) // 2)
    found = text(pdf(show(plain[:middle], size=7), show(plain[middle + 1 :], size=7)))
    assert found.split() == plain.split()
    assert found.count("\f") == 1
    there, here = parse(plain), parse(found)
    assert here.nodes.examined.value == there.nodes.examined.value
    assert here.nodes.positive.value == there.nodes.positive.value
    assert {key: str(value.category) for key, value in here.staging.items()} == {
        key: str(value.category) for key, value in there.staging.items()
    }


def test_numbers_below_each_other_stay_apart_and_beside_their_labels() -> None:
    labels, values = show("Nodes examined:\nNodes positive:\nLargest deposit:"), show("12\n0\n3 mm", x=300)
    assert text(pdf(labels + values)) == "Nodes examined:\t12\nNodes positive:\t0\nLargest deposit:\t3 mm"


LEFT = "The left column begins with a sentence that\ngoes on for three lines and is about the\nbreast only."
RIGHT = "The right column tells that lymph nodes\nof the axilla are free (0/12) and\nnothing else."


@pytest.mark.parametrize("by_line", [False, True], ids=["column after column", "line after line"])
def test_two_columns_of_prose_are_read_one_after_the_other(by_line: bool) -> None:
    columns = [show(LEFT) + show(RIGHT, x=320)]
    if by_line:
        pairs = zip(LEFT.split("\n"), RIGHT.split("\n"), strict=True)
        columns = [show(left, y=780 - 14 * at) + show(right, x=320, y=780 - 14 * at) for at, (left, right) in enumerate(pairs)]
    heading = show("TWO COLUMNS", y=820)
    below = show("SIGNED BY PATHOLOGIST 1", y=600)
    assert text(pdf(heading + b"".join(columns) + below)) == f"TWO COLUMNS\n{LEFT}\n{RIGHT}\nSIGNED BY PATHOLOGIST 1"


def test_a_hyphen_at_the_end_of_a_line_stays() -> None:
    assert text(pdf(show("metas-\ntatic carcinoma in 1-3 nodes"))) == "metas-\ntatic carcinoma in 1-3 nodes"


@pytest.mark.parametrize("matrix", ["0 1 -1 0", "-1 0 0 -1", "0 -1 1 0"], ids=["up", "upside down", "down"])
def test_turned_lines_are_read_in_their_order(matrix: str) -> None:
    _, b, _, d = map(int, matrix.split())
    lines = [f"BT /F1 10 Tf {matrix} {300 + 14 * at * b} {400 - 14 * at * d} Tm (Line {at} of 3) Tj ET\n" for at in range(3)]
    assert text(pdf("".join(lines).encode())) == "Line 0 of 3\nLine 1 of 3\nLine 2 of 3"


def test_what_is_filled_into_a_form_is_read() -> None:
    shown = show("pN1a", x=2, y=4)
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F1 3 0 R>>>>/Length %d>>stream\n%s\nendstream"
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(pN1a)/F 4/Rect[200 776 300 796]/AP<</N 5 0 R>>>>"
    assert text(pdf(show("Stage:"), form=form % (len(shown), shown), field=field)) == "Stage:\tpN1a"


HIDDEN = {
    "white": b"1 1 1 rg " + show("pN2a", y=500),
    "drawn invisibly": b"3 Tr " + show("pN2a", y=500),
    "tiny": show("pN2a", y=500, size=0.4),
    "off the page": show("pN2a", y=900),
    "struck out": show("pN2a", y=500) + b"60 502.8 30 0.6 re f",
    "struck out by a stroke": show("pN2a", y=500) + b"60 503 m 90 503 l S",
}


@pytest.mark.parametrize("content", HIDDEN.values(), ids=HIDDEN.keys())
def test_words_that_nobody_can_see_or_that_are_struck_out_are_left_out_and_raise_a_doubt(content: bytes) -> None:
    found = extract(pdf(show("pN1a") + content))
    assert found.decoded.text == "pN1a"
    assert doubts(found) == [("text_left_out", True)]


def test_white_words_on_a_dark_ground_and_underlined_words_are_read() -> None:
    banner = b"0 0 0.5 rg 50 770 300 30 re f 1 1 1 rg " + show("FINAL DIAGNOSIS")
    underlined = b"0 g " + show("pN1a", y=500) + b"60 498.4 30 0.6 re f"
    assert text(pdf(banner + underlined)) == "FINAL DIAGNOSIS\npN1a"


# Its characters have numbers and no names: $ is the number of a sign, which may be any.
NAMELESS = (
    b"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Own/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2"
    b"/BaseFont/AAAAAA+Own/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500>>]>>"
)


def test_signs_of_a_font_that_does_not_name_them_are_no_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = b"BT /F2 10 Tf 60 600 Td <00110020> Tj ET"
    assert text(pdf(show(WHOLE) + nameless, font=NAMELESS)) == f"{WHOLE}\n\ufffd\ufffd"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotTextError, match="a scanned PDF, which needs tesseract"):
        extract(pdf(show("pN1a") + nameless, font=NAMELESS))


def test_a_text_layer_over_or_under_a_scan_is_read_and_needs_review() -> None:
    for layer in ({"over": b"3 Tr " + show(WHOLE)}, {"under": show(WHOLE)}):
        found = extract(scanned(GOOD, **layer))
        assert found.decoded.text == WHOLE
        assert doubts(found) == [("text_from_scan", True)]


def test_a_picture_behind_a_whole_report_does_not_make_it_a_scan() -> None:
    assert text(scanned(pdf(b""), over=show(f"{WHOLE}\n{WHOLE}"))) == f"{WHOLE}\n{WHOLE}"


BAD = {
    "empty": (b"", "not a PDF"),
    "wrong type": (b"PK\x03\x04 a zip archive", "not a PDF"),
    "rtf": (rb"{\rtf1 text}", "not a PDF"),
    "cut off": (GOOD[:-40], "a damaged PDF, or one that is cut off"),
    "half": (GOOD[: len(GOOD) // 2], "a damaged PDF, or one that is cut off"),
    "cut off in its second version": (GOOD + b"9 0 obj\n<</A 1", "a damaged PDF, or one that is cut off"),
    "nothing but its mark": (b"%PDF-1.7\n%%EOF\n", "a damaged PDF, or one that is cut off"),
    "no pages": (pdf(), "a PDF without pages"),
    "empty pages": (pdf(b"", b""), "a PDF without text: its pages are empty"),
    "too many pages": (pdf(*[b""] * 201), "a PDF of more than 200 pages"),
    "a million operators": (pdf(b"0 0 1 1 re f " * 1_000_000), "a PDF of more parts than any report needs"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_pdf_is_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(NotTextError, match=re.escape(reason)) as caught:
        extract(data)
    assert "\n" not in str(caught.value)


def test_what_unpacks_to_300_mb_is_refused() -> None:
    bomb = pdf(b" " * 300_000_000)
    assert len(bomb) < 400_000
    with pytest.raises(NotTextError, match="damaged, or made to need more memory than a report may: refused"):
        extract(bomb)


def test_a_password_is_asked_for_but_not_where_it_only_protects_from_printing(root: Path) -> None:
    samples = root / "samples"
    refused, found = read([str(samples / "bad" / "password.pdf"), str(samples / "formats" / "pdf" / "printing_refused.pdf")])
    assert isinstance(refused, ReadError)
    assert refused.reason == "an encrypted PDF: save it without a password"
    assert isinstance(found, Document)
    assert found.id == "printing_refused"
    assert "(0/14)" in found.text


def test_bad_files_are_counted_and_the_others_are_converted(tmp_path: Path) -> None:
    for name, (data, _) in BAD.items():
        (tmp_path / f"{name}.pdf").write_bytes(data)
    (tmp_path / "good.pdf").write_bytes(GOOD)
    done = CliRunner().invoke(app, ["convert", *map(str, sorted(tmp_path.glob("*.pdf"))), "-o", str(tmp_path / "out")])
    assert done.exit_code == 4
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    assert len(errors) == len(BAD)
    assert f"{len(BAD) + 1} inputs: 1 accepted, 0 need review, {len(BAD)} failed" in done.stderr


def test_without_pypdfium2_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodalis.readers.pdf.find_spec", lambda name: None)
    with pytest.raises(NotTextError, match=re.escape("pip install 'nodalis[pdf]'")):
        extract(GOOD)


def test_without_tesseract_a_scan_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert not ocr.is_installed()
    with pytest.raises(NotTextError, match="a scanned PDF, which needs tesseract"):
        extract(scanned(GOOD))
    with pytest.raises(NotTextError, match="a scanned PDF, which needs tesseract"):
        extract(pdf(show(WHOLE), b"0 0 m 100 100 l S"))  # a page of text and one that is only drawn


@pytest.mark.slow
@needs_tesseract
@pytest.mark.parametrize("name", SAMPLES)
def test_a_scanned_report_is_read_and_always_needs_review(root: Path, tmp_path: Path, name: str) -> None:
    plain = (root / "samples" / f"{name}.txt").read_text(encoding="utf-8")
    data = scanned(pdf(show(plain, size=8)))
    found = extract(data)
    assert doubts(found) == [("text_from_scan", True)]
    there, here = parse(plain), parse(found.decoded.text)
    assert (here.nodes.positive.value, here.nodes.examined.value) == (there.nodes.positive.value, there.nodes.examined.value)
    (tmp_path / "scan.pdf").write_bytes(data)
    done = CliRunner().invoke(app, ["extract", str(tmp_path / "scan.pdf"), "--format", "jsonl"])
    assert done.exit_code == 3
    assert '"text_from_scan"' in done.stdout


@pytest.mark.slow
@needs_tesseract
def test_a_stamp_over_a_scan_does_not_hide_it_and_a_scan_behind_text_is_read_too() -> None:
    stamped = extract(scanned(GOOD, over=show("RECEIVED", y=20)))
    assert "3 OF 14" in stamped.decoded.text
    assert doubts(stamped) == [("text_from_scan", True)]
    with pytest.raises(NotTextError, match="a PDF without text"):
        extract(scanned(pdf(b"")))


PLACES = st.floats(0, 600, allow_nan=False)
CHARACTERS = st.builds(Character, st.sampled_from("aN10/"), PLACES, PLACES, PLACES, st.floats(0.1, 30), st.booleans())


@given(st.lists(CHARACTERS, max_size=60))
def test_no_layout_loses_or_adds_a_character(characters: list[Character]) -> None:
    assert sorted("".join(laid_out(characters).split())) == sorted(one.text for one in characters)


@given(st.binary(max_size=400), st.integers(0, len(GOOD)))
def test_damaged_bytes_give_a_text_or_one_line(noise: bytes, at: int) -> None:
    try:
        found = extract(GOOD[:at] + noise + GOOD[at + len(noise) :])
    except NotTextError as error:
        lines = str(error).splitlines()
    else:
        lines = [found.decoded.text.strip()]
    assert any(lines)
