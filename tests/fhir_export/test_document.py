"""docs/fhir.md says what is exported: its examples are real, its tables are complete, its commands exist."""

from __future__ import annotations

import dataclasses
import doctest
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.main import get_command

from fhir_export import Context
from fhir_export.bundle import BundleForm
from fhir_export.codes import CONCEPTS, EMITTED
from fhir_export.profiles import PROFILES
from fhir_export.terminology import code_systems
from nodalis.cli import app
from parser.model import Category, Decision, Deposit, Evidence, Issue, NodeGroup, Nodes, Report, Tumor
from tests.fhir_export.document import PAGES, marks, queries, rewritten

PAGE, CODES = (page.read_text(encoding="utf-8") for page in PAGES)


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.M | re.S)


def _cells(page: str) -> set[str]:
    """Everything in back quotes within the tables of a page."""
    return {cell for line in page.splitlines() if line.startswith("|") for cell in re.findall(r"`([^`]+)`", line.replace("\\|", "|"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_the_pages_show_of_the_code_is_as_the_code_has_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run `make approve` and read what it writes"


def test_every_json_block_has_a_mark() -> None:
    """One written by hand would never be compared."""
    assert len(_blocks("json")) == sum(kind == "example" for kind, _ in marks(PAGE)) > 10


def test_every_resource_type_has_an_example() -> None:
    shown = set(re.findall(r'^  "resourceType": "(\w+)"', "\n".join(_blocks("json")), flags=re.M))
    types = {"DiagnosticReport", "Condition", "Observation", "Specimen", "DocumentReference", "Provenance", "Composition", "Patient"}
    assert shown == types


def test_every_search_stands_in_the_page_and_no_other() -> None:
    shown = [(question.strip(), url) for question, url in re.findall(r"^\| ([^|]+)\| `(\w+\?.*)` \|$", PAGE, flags=re.M)]
    assert shown == [(query["question"], query["url"].replace("|", "\\|")) for query in queries()]


def test_the_python_example_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    test = doctest.DocTestParser().get_doctest("\n".join(_blocks("pycon")), {}, "fhir.md", None, None)
    assert len(test.examples) >= 5
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.FAIL_FAST).run(test, out=said.append)
    assert result.failed == 0, "".join(said)


def test_every_option_of_convert_in_the_page_exists() -> None:
    commands: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]  # typer's group of commands
    known = {name for parameter in commands["convert"].params for name in parameter.opts}
    lines = [line for block in _blocks("sh") for line in block.splitlines() if line.startswith("nodalis convert")]
    named = set(re.findall(r"(?<=[ `])--[a-z-]+", "\n".join([*lines, *re.findall(r"`--[^`]+`", PAGE)])))
    assert len(named) >= 10
    assert named <= known


FACTS: tuple[type[Any], ...] = (Nodes, Tumor, Decision, Category, NodeGroup, Deposit, Issue)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_every_fact_has_a_row(fact: type[Any]) -> None:
    names = {f"{fact.__name__}.{field.name}" for field in dataclasses.fields(fact)}
    assert names - _cells(PAGE) == set()


def test_every_part_of_evidence_has_a_row() -> None:
    assert {f"Evidence.{name}" for name in Evidence._fields} - _cells(PAGE) == set()


def test_every_part_of_a_report_has_a_row() -> None:
    """Nodes, tumour, issues and ledger have rows for their parts."""
    names = {f"Report.{field.name}" for field in dataclasses.fields(Report)} - {f"Report.{name}" for name in _IN_PARTS}
    assert names - _cells(PAGE) == set()


_IN_PARTS = ("nodes", "tumor", "issues", "ledger")


def test_every_field_of_the_context_has_a_row() -> None:
    section = PAGE.split("\n### Context\n")[1].split("\n## ")[0]
    assert {field.name for field in dataclasses.fields(Context)} - _cells(section) == set()


def test_every_form_is_named() -> None:
    assert all(f"\n| {form} |" in PAGE for form in get_args(BundleForm))


def test_every_profile_that_is_claimed_has_a_row() -> None:
    section = PAGE.split("\n## Profiles\n")[1].split("not claimed on purpose")[0]
    assert [url for url, _ in PROFILES.values() if url.rsplit("/", 1)[1] not in section] == []


def test_every_code_system_of_ours_is_named() -> None:
    assert {system["url"] for system in code_systems()} - _cells(PAGE) == set()


def test_every_entry_of_the_codes_is_in_a_table() -> None:
    shown = {group.strip() for kind, groups in marks(CODES) if kind == "codes" for group in groups.split(",")}
    assert {name.split(".")[0] for name in CONCEPTS} - shown == {"yn"}  # none of these leaves


def test_every_code_in_the_page_is_one_that_leaves() -> None:
    """Codes in the running text are written by hand."""
    emitted = {code for _, code in EMITTED}
    assert _digits(PAGE) - emitted == _ELSEWHERE


def _digits(page: str) -> set[str]:
    """LOINC and SNOMED CT codes of a page, without its examples."""
    text = re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S)
    return set(re.findall(r"(?<![\w.-])(?:\d{4,5}-\d|LA\d+-\d|\d{7,18})(?![\w.-])", text))


_ELSEWHERE = {"60568-3"}  # what another guide wants


def test_no_example_holds_a_name() -> None:
    """Names are tokens; the documents say which."""
    names: Iterable[str] = re.findall(r'"(?:family|given)": \[?"([^"]+)"', "\n".join(_blocks("json")))
    assert {re.sub(r"\d+", "", name) for name in names} == {"FAMILY-", "GIVEN-"}
