"""NAACCR XML is valid, the same each time, and holds whatever a report or a person puts into it as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from fhir_export import Identifier
from nodalis.registry.abstract import Abstract
from nodalis.registry.abstract_files import Form, abstract_file
from nodalis.registry.checks import problems
from nodalis.registry.dictionary import RECORD_TYPES, RELEASES, RecordType, Release, size
from parser import parse
from parser.model import Evidence, Report, Section, Span, Value
from tests.nodalis.registry.abstracts import BREAST, abstracted

TEXT = BREAST + "SENTINEL LYMPH NODES: METASTATIC CARCINOMA IN 1 OF 2 LYMPH NODES, 5 MM. ER POSITIVE. pT1c pN1a(sn)"
PERSON: dict[str, Any] = {"family": "DOE", "given": "JANE", "birth_date": "1961-03", "subject": Identifier("urn:oid:1.2.4", "0815")}


def written(abstracts: Sequence[Abstract], release: Release = "26", record_type: RecordType = "A") -> bytes:
    stream = BytesIO()
    with abstract_file(stream, Form(release=release, record_type=record_type)) as add:
        for one in abstracts:
            add(one)
    return stream.getvalue()


def values(data: bytes, id_: str) -> list[str | None]:
    return [item.text for item in etree.fromstring(data).iter("{http://naaccr.org/naaccrxml}Item") if item.get("naaccrId") == id_]


every_release = pytest.mark.parametrize("release", RELEASES)


@every_release
@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_all_samples_are_valid(root: Path, release: Release, record_type: RecordType) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "samples").glob("*.txt"))]
    abstracts = [abstracted(text, report_id=f"S-{number}") for number, text in enumerate(texts)]
    data = written(abstracts, release, record_type)
    assert problems(data) == []
    assert len(values(data, "regionalNodesPositive")) == len(texts) > 60


@every_release
def test_a_file_is_the_same_bytes_each_time(release: Release) -> None:
    assert written([abstracted(TEXT, **PERSON)], release) == written([abstracted(TEXT, **PERSON)], release)


def test_a_whole_file() -> None:
    data = written([abstracted(TEXT, **PERSON)], "25", "I")
    assert (
        data.decode()
        == """\
<?xml version='1.0' encoding='UTF-8'?>
<NaaccrData xmlns="http://naaccr.org/naaccrxml" baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-250.xml" \
recordType="I" specificationVersion="1.7">
  <Patient>
    <Item naaccrId="dateOfBirth" naaccrNum="240">196103</Item>
    <Tumor>
      <Item naaccrId="ajccTnmPathN" naaccrNum="1012">pN1a</Item>
      <Item naaccrId="ajccTnmPathNSuffix" naaccrNum="1035">(sn)</Item>
      <Item naaccrId="eodRegionalNodes" naaccrNum="774">200</Item>
      <Item naaccrId="estrogenReceptorSummary" naaccrNum="3827">1</Item>
      <Item naaccrId="gradePathological" naaccrNum="3844">2</Item>
      <Item naaccrId="lnPositiveAxillaryLevel1To2" naaccrNum="3882">01</Item>
      <Item naaccrId="regionalNodesExamined" naaccrNum="830">02</Item>
      <Item naaccrId="regionalNodesPositive" naaccrNum="820">01</Item>
      <Item naaccrId="sentinelLymphNodesExamined" naaccrNum="834">02</Item>
      <Item naaccrId="sentinelLymphNodesPositive" naaccrNum="835">01</Item>
      <Item naaccrId="tnmEditionNumber" naaccrNum="1060">08</Item>
      <Item naaccrId="tumorSizePathologic" naaccrNum="754">014</Item>
    </Tumor>
  </Patient>
</NaaccrData>
"""
    )


@pytest.mark.parametrize(("record_type", "held"), [("A", True), ("M", True), ("C", False), ("I", False)])
def test_only_records_a_and_m_hold_words_of_the_report(record_type: RecordType, held: bool) -> None:
    data = written([abstracted(TEXT, **PERSON)], "26", record_type)
    assert (b"1 OF 2 LYMPH NODES" in data) is held
    assert bool(values(data, "textDxProcPath")) is bool(values(data, "textStaging")) is bool(values(data, "pathReportNumber1")) is held


@pytest.mark.parametrize(("record_type", "held"), [("A", True), ("M", True), ("C", True), ("I", False)])
def test_a_record_of_incidence_names_nobody(record_type: RecordType, held: bool) -> None:
    data = written([abstracted(TEXT, **PERSON)], "26", record_type)
    assert (b"DOE" in data) is (b"JANE" in data) is (b"0815" in data) is held


def test_what_is_known_of_the_patient_comes_from_the_context_only() -> None:
    data = written([abstracted(TEXT)])
    assert not any(values(data, id_) for id_ in ("nameLast", "nameFirst", "dateOfBirth", "medicalRecordNumber", "patientIdNumber"))
    data = written([abstracted(TEXT, **PERSON)])
    assert [values(data, id_) for id_ in ("nameLast", "nameFirst", "dateOfBirth", "medicalRecordNumber")] == [
        ["DOE"], ["JANE"], ["196103"], ["0815"],
    ]  # fmt: skip
    assert values(data, "patientIdNumber") == []  # the registry's own number: the laboratory's would be another patient's


def test_the_number_of_the_report_is_that_of_the_specimens_where_it_is_known() -> None:
    assert values(written([abstracted(TEXT)]), "pathReportNumber1") == ["0815"]
    assert values(written([abstracted(TEXT, accession=Identifier("urn:oid:1", "A-1"))]), "pathReportNumber1") == ["A-1"]
    long = written([abstracted(TEXT, report_id="R" * 21)])
    assert values(long, "pathReportNumber1") == []
    assert str(values(long, "textDxProcPath")[0]).startswith(f"Report {'R' * 21}; ")


@pytest.mark.parametrize(("field", "value", "item"), [
    ("family", "D" * 41, "nameLast"), ("given", "J" * 41, "nameFirst"),
    ("subject", Identifier("urn:oid:1", "9" * 16), "medicalRecordNumber"),
    ("accession", Identifier("urn:oid:1", "9" * 21), "pathReportNumber1"),
])  # fmt: skip
def test_what_is_too_long_and_no_text_is_left_out_and_said_without_its_value(field: str, value: Any, item: str) -> None:
    written_now = written([abstracted(TEXT, **{field: value})])
    assert values(written_now, item) == []
    assert values(written_now, "regionalNodesExamined") == ["02"]
    (staging,) = values(written_now, "textStaging")
    assert f"left out: {item}: longer than " in str(staging)
    assert not {b"DDD", b"JJJ", b"999"} & {written_now[at : at + 3] for at in range(len(written_now))}


def quoting(*quotes: str) -> Report:
    """A report whose values are proven by these words."""
    report = parse(TEXT)
    assert report.nodes.examined is not None
    proof = tuple(Evidence(Span(at, at + len(quote)), quote, "rule", Section.DIAGNOSIS) for at, quote in enumerate(quotes))
    return replace(report, nodes=replace(report.nodes, examined=Value(2, proof)))


@pytest.mark.parametrize("quotes", [("x" * 5000,), ("\U0001f600" * 3000,), ("a\U0001f600" * 1500, "b" * 10), ("LYMPH NODE",) * 400])
def test_a_text_longer_than_its_field_is_cut_with_a_mark(quotes: tuple[str, ...]) -> None:
    data = written([abstracted(quoting(*quotes))])
    assert problems(data) == []
    (text,) = values(data, "textDxProcPath")
    assert text is not None
    assert text.endswith(" [cut]")
    assert 3990 <= size(text) <= 4000


SIGNS = (
    "]]>", "<![CDATA[x]]>", "<Item naaccrId='x'>1</Item>", "</Item></Tumor></Patient>", "&amp;", "&", "&#0;", "&#x1b;", "<!--", "-->",
    "<?xml version='1.0'?>", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;", "%x;", "'", '"', "\x00", "\x01", "\x08",
    "\x0b", "\x0c", "\x0e", "\x1b[31m", "\x1f", "\x7f", "\x85", "\x9f", "\r", "\n", "\r\n", "\t", "\u2028", "\u2029", "\ufeff", "\ufffe",
    "\uffff",
    "\ud800", "\udfff", "\U0001f600", "\U000e0001", "\u202e", "\u200b", "\u00ad", "=1+1", "+1", "-1", "@x", "\uff1d1", "{{7*7}}", "${x}",
    "\x1c",
)  # fmt: skip
PAYLOADS = (*SIGNS, *(left + right for left, right in pairwise(SIGNS)), "".join(SIGNS))


def test_there_are_a_hundred_payloads() -> None:
    assert len(set(PAYLOADS)) >= 100


@every_release
@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_hostile_words_stay_the_text_of_their_item(payload: str, release: Release) -> None:
    harmless, hostile = written([abstracted(quoting("harmless"))], release), written([abstracted(quoting(payload))], release)
    assert problems(hostile) == []
    assert [(item.tag, item.get("naaccrId")) for item in etree.fromstring(hostile).iter()] == [
        (item.tag, item.get("naaccrId")) for item in etree.fromstring(harmless).iter()
    ]
    (text,) = values(hostile, "textDxProcPath")
    assert text is not None
    assert text.isprintable() or "\U000e0001" in payload
    assert all(word in text for word in payload.split() if word.isprintable())


@pytest.mark.parametrize("name", ["]]>", "<b>", "O'NEIL & <SONS>", '"', "&lt;", "=1+1"])
def test_hostile_names_come_back_as_they_were(name: str) -> None:
    data = written([abstracted(TEXT, family=name)])
    assert problems(data) == []
    assert values(data, "nameLast") == [name]


PIECES = (
    BREAST, "SENTINEL LYMPH NODES:", "AXILLA:", "INTERNAL MAMMARY NODE:", "3 OF 14 LYMPH NODES POSITIVE.", "0/2",
    "120 OF 150 LYMPH NODES POSITIVE.",
    "FINE NEEDLE ASPIRATION:", "METASTATIC CARCINOMA", "MICROMETASTASIS, 0.3 MM", "< 0.5 MM", "ISOLATED TUMOR CELLS", "pT1c pN1a(sn)",
    "ypT2 ypN0(i+)",
    "pN1(f)", "pNX", "rpN2a", "ER: 90-95%.", "PR: <1%.", "HER2: 2+.", "Ki-67: 10.25%.", "Oncotype DX recurrence score 16.", "GRADE: 3.",
    "POORLY DIFFERENTIATED",
    "STATUS POST NEOADJUVANT CHEMOTHERAPY.", "]]>", "\x00\x1b", "\uffff",
)  # fmt: skip


def test_an_empty_file_is_valid() -> None:
    assert problems(written([])) == []


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=12).map(" ".join), st.sampled_from(RELEASES))
def test_whatever_a_text_says_its_abstract_is_valid(text: str, release: Release) -> None:
    for reviewer in (None, "Practitioner/7"):
        assert problems(written([abstracted(text, reviewer=reviewer)], release)) == []
