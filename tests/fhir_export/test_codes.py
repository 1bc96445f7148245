from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from fhir_export.check_digits import is_loinc, is_sct
from fhir_export.checks import problems
from fhir_export.codes import CONCEPTS, EMITTED, Code, Concept, Mark, codings, concept
from fhir_export.narrative import escaped, generated

CODES = [(entry.name, code) for entry in CONCEPTS.values() for code in entry.codes]
every_code = pytest.mark.parametrize(("name", "code"), CODES, ids=[f"{name}-{code.code}" for name, code in CODES])


@every_code
def test_check_digits_are_right(name: str, code: Code) -> None:
    if code.system == "http://loinc.org":
        assert is_loinc(code.code)
    if code.system == "http://snomed.info/sct":
        assert is_sct(code.code)


@every_code
def test_every_code_says_where_it_was_seen(name: str, code: Code) -> None:
    assert code.mark in get_args(Mark)
    assert code.source


@every_code
def test_only_verified_codes_leave(name: str, code: Code) -> None:
    shown = [coding["code"] for coding in codings(name)]
    assert (code.code in shown) == (code.mark in ("V", "V1", "own"))


def test_one_code_has_one_display() -> None:
    displays: dict[tuple[str, str], set[str | None]] = {}
    for _, code in CODES:
        displays.setdefault((code.system, code.code), set()).add(code.display)
    assert [key for key, found in displays.items() if len(found) > 1] == []


@pytest.mark.parametrize("entry", CONCEPTS.values(), ids=CONCEPTS)
def test_every_concept_says_something_and_passes_the_checks(entry: Concept) -> None:
    # concepts after neoadjuvant treatment have codes of one notebook only: categories.py shows their words
    shown = concept(entry.name)
    assert shown or entry.name.startswith("yn.")
    observation: dict[str, object] = {"resourceType": "Observation", "id": "1", "status": "final", "category": [{"text": "x"}]}
    observation |= {"subject": {"display": "x"}, "effectiveDateTime": "2026", "valueCodeableConcept": {"text": "x"}}
    observation["text"] = generated(escaped("x"))
    plain = {"coding": [dict(item) for item in shown.get("coding", ())], "text": "x"}
    if plain["coding"]:
        assert problems([observation | {"code": plain}]) == []


def test_codes_seen_in_one_secondary_file_are_not_emitted() -> None:
    assert ("http://snomed.info/sct", "1229887009") not in EMITTED  # ypN1a
    assert codings("yn.ypN1a") == []


@pytest.mark.parametrize("code", ["443451005", "21894-1", "1", "12345678901234567890", "٤٤٣٥٢٧٠٠٧"])
def test_a_wrong_snomed_identifier_is_seen(code: str) -> None:
    assert not is_sct(code)


@pytest.mark.parametrize("code", ["21907-3", "272166-2", "218941", "LA6576-7", "LP7839-5", "-1", "21894-", "A-1"])
def test_a_wrong_loinc_code_is_seen(code: str) -> None:
    assert not is_loinc(code)


ANSWERS = (
    *("LA9633-4", "LA9634-2", "LA11883-8", "LA11882-0", "LA18976-3", "LA15920-4", "LA18978-9", "LA6111-4", "LA11841-6"),
    *("LA11842-4", "LA11843-2", "LA27151-2", "LA6576-8", "LA6577-6", "LA27824-4", "LA33-6", "LA32-8", "LA4489-6"),
)


@pytest.mark.parametrize("code", [*ANSWERS, "LP7839-6", "LP29684-5", "LP29708-2"])
def test_published_answer_and_part_codes_pass(code: str) -> None:
    assert is_loinc(code)


def test_the_document_lists_every_code_that_leaves(root: Path) -> None:
    text = (root / "docs" / "fhir-codes.md").read_text(encoding="utf-8")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    missing = {code for _, code in EMITTED if not any(f"`{code}`" in line for line in tables)}
    assert missing == set()
