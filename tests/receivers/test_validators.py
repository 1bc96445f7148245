"""Two validators that share no code with the project find no error in any Bundle we write.

``fhircheck.py`` beside the corpus joins pyrofile-validator, fhircraft and four rules: base R4, US Core 6.1.0 and mCODE 4.0.0 with their
slices, bindings, invariants and reference targets. It is run over the approved Bundles of all samples and over the Bundles of every
annotated report of the corpus; those stay in the test's own folder. The other forms hold these resources, which is compared for
every sample, so the tool sees every tenth of them, with little and with full context. Bundles with one defect each go through the same run:
it is shown to refuse them. No validator here has a terminology server: that a SNOMED CT code belongs to a hierarchy is not checked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from fhir_export import Context, Identifier, dumps, to_bundle
from fhir_export.bundle import BundleForm
from parser import parse
from tests.receivers.deliveries import ISSUER, RECORDED
from tests.receivers.environments import clean_environment
from tests.receivers.paths import SAMPLES, TOOLS

pytestmark = pytest.mark.slow

PROCESSES = min(4, os.cpu_count() or 1)  # each takes about 40 s to start, then 1 to 2 s a Bundle
Bundle = dict[str, Any]


def _context(report_id: str) -> Context:
    return Context(
        report_id=report_id, issuer=ISSUER, subject=Identifier("urn:oid:2.999.3", "0815"), effective="2026-03-02", recorded=RECORDED
    )


def _full_context(report_id: str, text: str) -> Context:
    """Everything that a laboratory can say about a report, its text included. Invented."""
    return replace(
        _context(report_id),
        issued="2026-03-03T08:00:00Z",
        performer=Identifier("urn:oid:2.999.1", "pathologist 1"),
        encounter=Identifier("urn:oid:2.999.2", "stay 7"),
        sex="female",
        family="Sample",
        given="One",
        birth_date="1961-03-02",
        accession=Identifier("urn:oid:2.999.4", report_id),
        collected="2026-03-01",
        text=text,
        reviewer=Identifier("urn:oid:2.999.1", "registrar 1"),
        include_quotes=True,
    )


def _form(form: BundleForm, *, full: bool = False) -> Iterator[tuple[str, bytes]]:
    """Every sample as a Bundle of one form."""
    for path in sorted(SAMPLES.glob("*.txt")):
        text = path.read_bytes().decode("utf-8")
        context = _full_context(path.stem, text) if full else _context(path.stem)
        yield path.stem, dumps(to_bundle(parse(text), context, form=form))


def _tenth(bundles: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    return islice(bundles, 0, None, 10)


def _resources(bundle: bytes) -> list[Bundle]:
    return [entry["resource"] for entry in json.loads(bundle).get("entry", [])]


def _ids(bundle: bytes) -> list[str]:
    return [f"{resource['resourceType']}/{resource['id']}" for resource in _resources(bundle)]


def _approved() -> Iterator[tuple[str, bytes]]:
    for path in sorted((SAMPLES / "approved").glob("*.bundle.json")):
        yield path.name.removesuffix(".bundle.json"), path.read_bytes()


def _corpus(shared: Path) -> Iterator[tuple[str, bytes]]:
    rows = {name: (shared / "corpus" / name).read_text(encoding="utf-8").splitlines() for name in ("annotations.jsonl", "reports.jsonl")}
    annotated = {json.loads(line)["id"] for line in rows["annotations.jsonl"]}
    for row in map(json.loads, rows["reports.jsonl"]):
        if row["id"] in annotated:
            yield row["id"].replace("/", "_"), dumps(to_bundle(parse(row["text"]), _context(row["id"])))


def _observation(bundle: Bundle) -> Bundle:
    found: Bundle = next(
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "Observation" and "focus" in entry["resource"]
    )
    return found


# What is done to an approved Bundle, and a word of what must be said against it.
BROKEN: dict[str, tuple[Callable[[Bundle], object], str]] = {
    "no_code": (lambda bundle: _observation(bundle).pop("code"), "code"),
    "status_of_no_value_set": (lambda bundle: _observation(bundle).update(status="finished"), "status"),
    "impossible_date": (lambda bundle: _observation(bundle).update(effectiveDateTime="2026-13-02"), "effective"),
    "list_where_one_stands": (lambda bundle: _observation(bundle).update(subject=[{"reference": "Patient/sample"}]), "subject"),
    "reference_to_no_entry": (lambda bundle: bundle["entry"].pop(0), "resolves to no entry"),
    "value_with_its_absence": (lambda bundle: _observation(bundle).update(dataAbsentReason={"text": "unknown"}), "obs-6"),
}


def _broken() -> Iterator[tuple[str, bytes]]:
    approved = (SAMPLES / "approved" / "numbered_pn1a_ene.bundle.json").read_bytes()
    for name, (damage, _) in BROKEN.items():
        bundle = json.loads(approved)
        damage(bundle)
        yield name, json.dumps(bundle).encode()


@pytest.fixture(scope="module")
def verdicts(shared: Path, validator_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """What the tool says against each Bundle, by kind and name. One run over all of them."""
    folder = tmp_path_factory.mktemp("bundles")
    kinds = {
        "approved": _approved(), "corpus": _corpus(shared), "broken": _broken(),
        "transaction": _tenth(_form("transaction")), "document": _tenth(_form("document")),
        "full transaction": _tenth(_form("transaction", full=True)), "full document": _tenth(_form("document", full=True)),
    }  # fmt: skip
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in kinds}
    for kind, bundles in kinds.items():
        for name, content in bundles:
            (folder / f"{kind}.{name}.json").write_bytes(content)
            found[kind][name] = ["no verdict"]
    for verdict in _run(validator_python, shared / "tools" / "fhircheck.py", folder):
        kind, name = verdict["file"].removesuffix(".json").split(".", 1)
        found[kind][name] = [_without_values(issue) for issue in verdict["issues"]]
    return found


def _run(python: Path, tool: Path, folder: Path) -> Iterator[Bundle]:
    """The verdicts on all files of a folder; several processes share them."""
    files = sorted(folder.glob("*.json"))
    started = []
    for number in range(PROCESSES):
        # Each has the definitions in a cache of its own: the tool does not expect company.
        cache = TOOLS / "fhircheck" / str(number)
        _unpack(tool.parent.parent / "oracle" / "fhir" / "profiles", cache)
        environment = clean_environment(FHIRCHECK_CACHE=str(cache))
        output, errors = folder / f"{number}.out", folder / f"{number}.err"
        with output.open("wb") as out, errors.open("wb") as err:
            command = list(map(str, [python, "-W", "ignore", tool, *files[number::PROCESSES]]))
            started.append((subprocess.Popen(command, env=environment, stdout=out, stderr=err), output, errors))
    try:
        for process, output, errors in started:
            process.wait()
            last = errors.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            assert re.fullmatch(r"\d+ of \d+ files without an error", last), f"the tool ended with {process.returncode}: {last[:200]}"
            # one validator traces to the same stream
            yield from map(json.loads, filter(re.compile(r'\{"file"').match, output.read_text(encoding="utf-8").splitlines()))
    finally:
        for process, _, _ in started:
            process.kill()


def _unpack(packages: Path, cache: Path) -> None:
    """The packages of definitions, where the tool looks for them. It unpacks them itself only with Python 3.11.4 or later."""
    for package in sorted(packages.glob("*.tgz")):
        folder = cache / package.stem
        if (folder / ".done").exists():
            continue
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(package) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # of no effect before 3.11.4
            archive.extractall(folder)
        (folder / ".done").touch()


def _without_values(issue: str) -> str:
    """The issue without the value it is about, which could hold words of a report."""
    return re.sub(r"input_value=.*?(?=, input_type|$)", "input_value=...", issue)


@pytest.mark.parametrize("kind", ["approved", "corpus", "transaction", "document", "full transaction", "full document"])
def test_no_bundle_has_an_error(verdicts: dict[str, dict[str, list[str]]], kind: str) -> None:
    assert len(verdicts[kind]) >= (70 if kind in ("approved", "corpus") else 5)
    assert {name: issues for name, issues in verdicts[kind].items() if issues} == {}


@pytest.mark.parametrize("full", [False, True], ids=["little context", "full context"])
def test_each_form_holds_the_same_resources(full: bool) -> None:
    """A transaction holds those of a collection; a document adds its own, such as the Composition and the Patient."""
    forms = zip(_form("collection", full=full), _form("transaction", full=full), _form("document", full=full), strict=True)
    for (name, collection), (_, transaction), (_, document) in forms:
        assert _resources(transaction) == _resources(collection), name
        assert set(_ids(collection)) < set(_ids(document)), name


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_bundle_is_refused(verdicts: dict[str, dict[str, list[str]]], defect: str) -> None:
    assert any(BROKEN[defect][1] in issue for issue in verdicts["broken"][defect]), verdicts["broken"][defect]
