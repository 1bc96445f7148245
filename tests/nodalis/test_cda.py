"""CDA: the sections in order with their titles; hostile XML is one error and opens nothing."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.readers import Document, ReadError, Unread, read
from nodalis.readers.cda import read as read_cda
from nodalis.readers.document import Source
from tests.nodalis.pdf_files import pdf, show

HEADER = """
  <id root="1.2.3" extension="S26-1"/>
  <effectiveTime value="20260304100000+0100"/>
  <recordTarget><patientRole><id nullFlavor="UNK"/><id root="1.2.4" extension="0815"/>
    <patient><administrativeGenderCode code="F"/></patient></patientRole></recordTarget>"""
SECTIONS = """
  <component><structuredBody>
    <component><section><title>FINAL
        DIAGNOSIS</title><text>
      <paragraph>Left axilla: <content styleCode="Bold">one of two</content> nodes (1/2).<br/>Deposit 3 mm &lt; 1 cm.</paragraph>
      <list><item>first</item><item>second</item></list>
    </text><component><section><title>Nodes</title><text>Level I: 0/3</text></section></component></section></component>
    <component><section><text><table><tbody><tr><td>pN</td><td>pN1a</td></tr></tbody></table></text></section></component>
  </structuredBody></component>"""


def cda(body: str = SECTIONS, header: str = HEADER, doctype: str = "") -> bytes:
    return f'<?xml version="1.0"?>{doctype}<ClinicalDocument xmlns="urn:hl7-org:v3">{header}{body}</ClinicalDocument>'.encode()


def attached(attributes: str, content: str) -> bytes:
    return cda(f"<component><nonXMLBody><text {attributes}>{content}</text></nonXMLBody></component>")


def one(data: bytes) -> Document | ReadError:
    (item,) = read_cda(Source(BytesIO(data), "a.xml", "a"))
    assert not isinstance(item, Unread)
    return item


def text(words: str) -> str:
    item = one(
        cda(f"<component><structuredBody><component><section><text>{words}</text></section></component></structuredBody></component>")
    )
    assert isinstance(item, Document), item
    return item.text


def test_the_sections_come_in_order_with_titles_on_lines_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(cda())
    (document,) = read([str(tmp_path / "a.xml")])
    assert isinstance(document, Document)
    assert [line for line in document.text.splitlines() if line] == [
        "FINAL DIAGNOSIS", "Left axilla: one of two nodes (1/2).", "Deposit 3 mm < 1 cm.", "first", "second",
        "Nodes", "Level I: 0/3", "pN\tpN1a\t",
    ]  # fmt: skip
    assert document.id == "S26-1"
    assert document.context == {
        "issuer": "urn:oid:1.2.3", "report_id": "S26-1", "subject": "urn:oid:1.2.4|0815", "sex": "female",
        "issued": "2026-03-04T10:00:00+01:00",
    }  # fmt: skip


def test_words_stay_as_they_stand() -> None:
    assert text("line one\n  line two &amp; <![CDATA[<3 mm]]>") == "line one\n  line two & <3 mm"
    assert text("<paragraph>a<!-- no word --> b</paragraph>") == "a b"


@pytest.mark.parametrize("mark", ['revised="delete"', 'styleCode="xStrikethrough"', 'styleCode="Bold line-through"'])
def test_what_is_struck_out_is_no_word_of_the_report(mark: str) -> None:
    assert text(f"pN1a <content {mark}>pN2a</content>(1/14)") == "pN1a (1/14)"


@pytest.mark.parametrize(
    ("header", "id_"),
    [("", "a"), ('<id root="1.2.9"/>', "1.2.9"), ('<id nullFlavor="NI"/>', "a")],
    ids=["none", "root", "null"],
)
def test_a_document_without_a_number_has_the_id_of_its_root_or_its_file(header: str, id_: str) -> None:
    item = one(cda(header=header))
    assert isinstance(item, Document)
    assert item.id == id_
    assert "subject" not in item.context


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (cda(doctype="<!DOCTYPE ClinicalDocument>"), "has a DOCTYPE"),
        (cda("<x>&f;</x>", doctype='<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>'), "has a DOCTYPE"),
        (cda(doctype='<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>'), "has a DOCTYPE"),
        (cda("<x>&l11;</x>", doctype=f'<!DOCTYPE d [<!ENTITY l0 "lol">{LAUGHS}]>'), ""),
        (cda("<x>" * 5000 + "</x>" * 5000), "not well-formed XML"),
        (cda("<x>"), "not well-formed XML"),
        (cda("a\x00b"), "not well-formed XML"),
        (b"", "not well-formed XML"),
        (b"%PDF-1.7", "not well-formed XML"),
        (b"<ClinicalDocument/>", "not a CDA document"),
        (cda(header=HEADER + "<recordTarget/>"), "has more than one patient"),
        (cda("<component/>"), "no section with a text"),
        (attached('mediaType="application/pdf"', "x"), "its nonXMLBody: no base64"),
        (attached('mediaType="application/pdf" representation="B64"', "x"), "its nonXMLBody: not base64"),
        (attached('mediaType="application/pdf" representation="B64"', "eHh4eHh4"), "its nonXMLBody: not a PDF"),
        (attached('mediaType="image/tiff" representation="B64"', "eHh4eHh4"), "its nonXMLBody: of a media type that is not read"),
        (attached('mediaType="text/rtf"', '<reference value="http://127.0.0.1:9/x"/>'), "its nonXMLBody: no data, and nothing is fetched"),
        (b" " * (16 * 1024 * 1024 + 1), "longer than"),
    ],
    ids=[
        "doctype",
        "file",
        "parameter",
        "laughs",
        "deep",
        "cut off",
        "NUL",
        "empty",
        "pdf",
        "other",
        "two patients",
        "no sections",
        "no representation",
        "not base64",
        "no pdf",
        "picture",
        "reference",
        "long",
    ],
)
def test_hostile_and_wrong_documents_are_one_error_at_once(data: bytes, reason: str, canary: str) -> None:
    start = perf_counter()
    item = one(data.replace(b"0815", canary.encode()))
    assert perf_counter() - start < 1
    assert isinstance(item, ReadError)
    assert item.reason.startswith(reason)
    assert canary not in str(item)
    assert "root:" not in str(item)


@pytest.mark.parametrize(
    ("kind", "data"),
    [("application/pdf", pdf(show("pN1a (1/3)"))), ("text/rtf", rb"{\rtf1 pN1a (1/3)}"), ("text/plain", b"pN1a (1/3)\n")],
    ids=["pdf", "rtf", "text"],
)
def test_a_body_of_another_format_is_read(kind: str, data: bytes) -> None:
    item = one(attached(f'mediaType="{kind}" representation="B64"', base64.encodebytes(data).decode()))
    assert isinstance(item, Document), item
    assert (item.id, item.text.strip(), item.issues) == ("S26-1", "pN1a (1/3)", ())


def test_a_plain_body_may_stand_as_it_is() -> None:
    item = one(attached("", "\npN1a &lt; 2\n"))
    assert isinstance(item, Document), item
    assert item.text == "pN1a < 2"


def test_struck_out_words_need_review() -> None:
    plain = "<item>second</item>"
    struck, nothing = (one(cda(SECTIONS.replace(plain, f'{plain}<item styleCode="Strike">{words}</item>'))) for words in ("pN2a", " "))
    assert isinstance(struck, Document)
    assert isinstance(nothing, Document)
    assert [(str(issue.kind), issue.blocking) for issue in struck.issues] == [("text_left_out", True)]
    assert nothing.issues == ()


def test_a_text_too_long_is_refused() -> None:
    item = one(cda(SECTIONS.replace("first", "x" * 2_200_000)))
    assert isinstance(item, ReadError)
    assert item.reason.startswith("text too long")


@given(st.binary(max_size=60), st.integers(0, len(cda())))
def test_any_bytes_give_reports_or_errors(noise: bytes, place: int) -> None:
    assert isinstance(one(cda()[:place] + noise + cda()[place:]), Document | ReadError)
