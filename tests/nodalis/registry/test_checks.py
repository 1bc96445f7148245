"""The check finds what the schema and the dictionary forbid, says where, and never quotes a value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nodalis.registry.checks import problems

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<NaaccrData xmlns="http://naaccr.org/naaccrxml" baseDictionaryUri="http://naaccr.org/naaccrxml/naaccr-dictionary-260.xml"
            recordType="A" specificationVersion="1.8">
  <Item naaccrId="registryId">0815</Item>
  <Patient>
    <Item naaccrId="nameLast">DOE</Item>
    <Tumor>
      <Item naaccrId="regionalNodesPositive" naaccrNum="820">01</Item>
      <Item naaccrId="dateOfDiagnosis">20260105</Item>
      <Item naaccrId="textStaging">pN1a</Item>
    </Tumor>
  </Patient>
</NaaccrData>
"""


def messages(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in problems(text.encode())]


def test_a_valid_file_has_no_problem() -> None:
    assert messages(FILE) == []


def test_the_valid_file_of_the_oracle_passes(shared: Path) -> None:
    assert problems((shared / "oracle" / "naaccr" / "minimal_valid_v26.xml").read_bytes()) == []


def test_the_bad_file_of_the_oracle_fails_with_its_three_reasons(shared: Path) -> None:
    assert [tuple(problem) for problem in problems((shared / "oracle" / "naaccr" / "bad_v26.xml").read_bytes())] == [
        (16, "ajccTnmPathNSuffix: naaccrNum is not 1035"),
        (17, "regionalNodesPositive: longer than 2 characters"),
        (22, "eodRegionalNodezz: not an item of NAACCR 26"),
    ]


@pytest.mark.parametrize(("old", "new", "line", "message"), [
    ("regionalNodesPositive", "regionalNodesPositiv", 8, "regionalNodesPositiv: not an item of NAACCR 26"),
    ('naaccrNum="820"', 'naaccrNum="830"', 8, "regionalNodesPositive: naaccrNum is not 820"),
    (">01<", ">1x<", 8, "regionalNodesPositive: expected digits"),
    (">01<", ">001<", 8, "regionalNodesPositive: longer than 2 characters"),
    (">20260105<", ">20261305<", 9, "dateOfDiagnosis: expected date"),
    ('recordType="A"', 'recordType="I"', 10, "textStaging: not an item of records of type I"),
    ("nameLast", "textStaging", 6, "textStaging: stands in Patient, expected in Tumor"),
    ("textStaging", "nameLast", 10, "nameLast: stands in Tumor, expected in Patient"),
    ("registryId", "nameFirst", 4, "nameFirst: stands in NaaccrData, expected in Patient"),
    ("textStaging", "dateOfDiagnosis", 10, "dateOfDiagnosis: 2 times in one Tumor"),
    (">20260105<", ">20260230<", 9, "dateOfDiagnosis: no day of the calendar"),
    (">20260105<", ">2026<!-- x -->1305<", 9, "dateOfDiagnosis: expected date"),
    (">01<", ">-1<", 8, "regionalNodesPositive: expected digits"), (">01<", ">one<", 8, "regionalNodesPositive: longer than 2 characters"),
    ("dictionary-260", "dictionary-240", 3, "baseDictionaryUri: expected that of NAACCR 25 or 26"),
    ('specificationVersion="1.8"', 'specificationVersion="2.0"', 3, "specificationVersion: expected 1.0 to 1.8"),
    ("recordType=", 'userDictionaryUri="urn:x" recordType=', 3, "userDictionaryUri: items of your own dictionaries cannot be checked"),
    (">pN1a<", "><b/><", 10, "textStaging: holds elements"),
])  # fmt: skip
def test_what_the_dictionary_forbids(old: str, new: str, line: int, message: str) -> None:
    assert (line, message) in messages(FILE.replace(old, new))


@pytest.mark.parametrize(("old", "new", "line"), [
    ('recordType="A"', 'recordType="X"', 3), ('recordType="A"', "", 3), ('specificationVersion="1.8"', "", 3),
    ('naaccrId="nameLast"', "", 6), ("NaaccrData", "Naaccr", 3), ("<Tumor>", "<Tumour>", 7), ('naaccrNum="820"', 'naaccrNum="many"', 8),
])  # fmt: skip
def test_what_the_schema_forbids(old: str, new: str, line: int) -> None:
    text = FILE.replace(old, new).replace("</Tumor>", "</Tumour>" if new == "<Tumour>" else "</Tumor>")
    assert any(at == line and said.startswith("not allowed by the schema: ") for at, said in messages(text))


def test_an_item_behind_a_patient_is_out_of_order() -> None:
    text = FILE.replace("  </Patient>", '  </Patient>\n  <Item naaccrId="registryType">1</Item>')
    assert any(line == 13 and said.startswith("not allowed by the schema") for line, said in messages(text))


@pytest.mark.parametrize("text", ["", "pN1a", "<a>", "\x00", FILE[:-20], FILE.replace("DOE", "\x01"), FILE.replace("DOE", "&e;")])
def test_what_is_no_xml_is_told_in_one_line(text: str) -> None:
    assert [said for _, said in messages(text)] == ["not well-formed XML"]


@pytest.mark.parametrize("entity", ["SYSTEM 'file:///etc/hostname'", "SYSTEM 'http://127.0.0.1:9/x'", "'ROE'"])
def test_a_document_type_is_refused_and_nothing_of_it_is_opened(entity: str) -> None:
    text = FILE.replace("<NaaccrData", f"<!DOCTYPE NaaccrData [<!ENTITY e {entity}>]>\n<NaaccrData", 1).replace("DOE", "&e;")
    assert messages(text) == [(1, "has a document type declaration, which data files do not need")]


def test_entities_that_grow_are_refused() -> None:
    bombs = "".join(f"<!ENTITY e{at} '{f'&e{at - 1};' * 10}'>" for at in range(1, 12))
    text = FILE.replace("<NaaccrData", f"<!DOCTYPE NaaccrData [<!ENTITY e0 'DOE'>{bombs}]>\n<NaaccrData", 1).replace("DOE", "&e11;")
    assert len(messages(text)) == 1


def test_no_message_quotes_the_file() -> None:
    for place in (">01<", ">20260105<", 'naaccrNum="820"', 'naaccrId="nameLast"', 'recordType="A"'):
        for canary in ("DOE^JANE 0815", "Quillfeather"):
            mark = place[:-1].rpartition('"')[0] + f'"{canary}"' if place.endswith('"') else f">{canary}<"
            found = messages(FILE.replace(place, mark))
            assert found
            assert not any("JANE" in said or ("Quillfeather" in said and "nameLast" not in place) for _, said in found)


def test_several_problems_stand_in_the_order_of_their_lines() -> None:
    found = messages(FILE.replace(">01<", ">1x<").replace(">20260105<", ">x<").replace("nameLast", "nobody"))
    assert [line for line, _ in found] == [6, 8, 9]


@pytest.mark.parametrize(("old", "new", "line", "told"), [
    ("http://naaccr.org/naaccrxml\"", "http://example.org\"", 3, "expected NaaccrData of http://naaccr.org/naaccrxml"),
    ("    <Tumor>", "    words <Tumor>", 5, "text outside of items"),
    ("<Patient>", "<Tumor/><Patient>", 5, "an element where none of its kind may stand"),
    (">DOE<", "><Item naaccrId='nameFirst'>JANE</Item><", 6, "an element inside an item"),
    ('naaccrNum="820"', 'code="820"', 8, "an attribute that is not of its element"),
    ('naaccrId="nameLast"', 'naaccrNum="2230"', 6, "an attribute is missing"),
    ('recordType="A"', 'recordType="Q"', 3, "recordType: expected A, M, C or I"),
    ('recordType="A"', 'recordType="A" timeGenerated="today"', 3, "an attribute with a value of another type"),
    ('naaccrNum="820"', 'naaccrNum="many"', 8, "an attribute with a value of another type"),
])  # fmt: skip
def test_what_the_schema_forbids_is_told_in_words(old: str, new: str, line: int, told: str) -> None:
    assert (line, f"not allowed by the schema: {told}") in messages(FILE.replace(old, new, 1))


@pytest.mark.parametrize(("old", "new"), [
    (">DOE<", "><![CDATA[DOE]]><"), (">DOE<", ">DO<!-- a comment -->E<"), ("    <Tumor>", "    <?x y?>\n    <Tumor>"), (">01<", "><"),
    (">01<", "> 01 <"),
    ("    <Tumor>", '    <o:Other xmlns:o="urn:o"><o:More/></o:Other>\n    <Tumor>'),
    ('recordType="A"', 'recordType="A" xmlns:o="urn:o" o:x="1"'),
])  # fmt: skip
def test_what_the_standard_allows_is_no_problem(old: str, new: str) -> None:
    assert messages(FILE.replace(old, new)) == []


def test_a_prefix_for_the_namespace_is_no_problem() -> None:
    prefixed = re.sub(r"<(/?)(?=[A-Z])", r"<\1n:", FILE).replace("xmlns=", "xmlns:n=")
    assert messages(prefixed) == []
    assert messages(prefixed.replace(">01<", ">1x<")) == [(8, "regionalNodesPositive: expected digits")]


def test_items_of_own_dictionaries_are_told_of_once() -> None:
    text = (
        FILE.replace("recordType=", 'userDictionaryUri="urn:x urn:y" recordType=')
        .replace("textStaging", "ourOwnItem")
        .replace(">01<", ">1x<")
    )
    assert messages(text) == [
        (3, "userDictionaryUri: items of your own dictionaries cannot be checked"), (8, "regionalNodesPositive: expected digits"),
    ]  # fmt: skip
