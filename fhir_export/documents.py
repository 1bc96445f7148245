"""The report as a whole: its specimens, its text, the DiagnosticReport, and the first two entries of a document Bundle."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha1
from typing import Final

from parser.model import DecisionStatus, NodeGroup, Nodes, Report, Value

from .codes import concept
from .context import Context
from .elements import ABSENT, Identifier, JsonObject, identifier, reference
from .frame import PATIENT, ROOT_SPECIMEN, SOURCE, Frame
from .frozen import FrozenList, freeze
from .narrative import Xhtml, escaped, generated, listed, paragraphs, tabled
from .sites import counted_groups
from .specimens import Specimens

__all__ = ["REPORT_PATH", "composition", "diagnostic_report", "patient", "source_document", "specimen_resources"]

REPORT_PATH: Final = "DiagnosticReport"
_CATEGORY: Final[list[JsonObject]] = freeze([concept("report.category")])
_CODE: Final = concept("report.code")
_LABEL: Final[JsonObject] = freeze({"text": "Label in the report"})
_TISSUE: Final = concept("specimen.tissue")
_TUMOR: Final = concept("specimen.tumor")
_TITLE: Final = "Surgical pathology report: lymph nodes of breast cancer"
_LEDGER_TITLE: Final = escaped("Lymph nodes")
_LEDGER: Final = tuple(escaped(name) for name in ("Specimen", "Region", "Side", "Examined", "Positive"))
# composition-status has no "corrected"; a corrected report is an amended document
_DOCUMENT_STATUS: Final = {"corrected": "amended"}


def specimen_resources(frame: Frame, report: Report, context: Context, specimens: Specimens) -> Iterator[JsonObject]:
    """The specimen of the whole report, unless the caller has one, and its labelled parts."""
    shared: JsonObject = {}
    if context.accession:
        shared["accessionIdentifier"] = identifier(context.accession)
    shared |= {"type": _TISSUE, "subject": frame.subject}
    collected: JsonObject = freeze({"collectedDateTime": context.collected} if context.collected else {})
    if context.specimen is None:
        content = {"identifier": frame.identifiers(ROOT_SPECIMEN)} | shared | ({"collection": collected} if collected else {})
        yield frame.resource("Specimen", ROOT_SPECIMEN, "specimen", "All specimens of the report", content)
    parents = FrozenList([frame.root_specimen])
    for label in specimens.labels:
        path = f"{ROOT_SPECIMEN}/{label}"
        site = specimens.site(label)
        labelled = {"type": _LABEL, "value": label}
        content = {"identifier": [*frame.identifiers(path), labelled], **shared, "parent": parents}
        if site or collected:
            content["collection"] = collected | {"bodySite": site} if site else collected
        if specimens.holds_only_the_tumor(label):
            content["type"] = _TUMOR  # what mCODE wants a tumour's size to be measured on
        said = f"Specimen {label}: {site['text']}" if site else f"Specimen {label}"
        yield frame.resource("Specimen", path, "specimen", said, content)


def source_document(frame: Frame, context: Context) -> JsonObject | None:
    """The report's text, where the caller wants it sent."""
    if context.text is None:
        return None
    content: JsonObject = {
        "identifier": frame.identifiers(SOURCE),
        "status": "entered-in-error" if context.status == "entered-in-error" else "current",
        "docStatus": _DOCUMENT_STATUS.get(context.status, context.status),
        "type": _CODE,
        "category": [concept("document.category")],
        "subject": frame.subject,
        "content": [{"attachment": _attachment(context.text)}],
    }
    if context.issued:
        content["date"] = context.issued
    if context.performer:
        content["author"] = [reference(context.performer)]
    if context.encounter:
        content["context"] = {"encounter": [reference(context.encounter, "Encounter")]}
    return frame.resource("DocumentReference", SOURCE, None, "The text of the report, as it was read", content)


def diagnostic_report(
    frame: Frame,
    report: Report,
    context: Context,
    results: Sequence[JsonObject],
    specimens: Sequence[JsonObject],
    document: JsonObject | None,
) -> JsonObject:
    """The report: its number and dates, its results, its specimens, a conclusion in words; its text where that is sent."""
    corrected = " and corrected by a person" if context.corrections else ""
    conclusion = f"As read by {context.software}{corrected}: {_conclusion(report, context.edition)}"
    content: JsonObject = {
        "identifier": [identifier(Identifier(context.issuer, context.report_id)), *frame.identifiers(REPORT_PATH)],
        "status": frame.status,
        "category": _CATEGORY,
        "code": _CODE,
        "subject": frame.subject,
    } | frame.observed
    content["specimen"] = frame.links(specimens) if specimens else [frame.root_specimen]
    if results:
        content["result"] = frame.links(results)
    content["conclusion"] = conclusion
    if document:
        content["presentedForm"] = [document["content"][0]["attachment"]]
    shown = [paragraphs(escaped(conclusion))]
    if results:
        shown.append(listed([frame.lines[item["id"]] for item in results]))
    groups = counted_groups(report)
    if groups:
        shown.append(tabled(_LEDGER_TITLE, _LEDGER, [_group(group) for group in groups]))
    return frame.resource("DiagnosticReport", REPORT_PATH, "report", conclusion, content, narrative=Xhtml("".join(shown)))


def patient(frame: Frame, context: Context) -> JsonObject:
    """The patient, as far as the caller names one. Only in documents: elsewhere it would overwrite the receiver's own."""
    content: JsonObject = {"identifier": [identifier(context.subject)] if isinstance(context.subject, Identifier) else [ABSENT]}
    name: JsonObject = {"family": context.family} if context.family else {}
    if context.given:
        name["given"] = [context.given]
    content["name"] = [name or ABSENT]
    content |= {"gender": context.sex} if context.sex else {"_gender": ABSENT}
    if context.birth_date:
        content["birthDate"] = context.birth_date
    shown = " ".join(filter(None, (context.given, context.family))) or "Patient"
    return frame.resource("Patient", PATIENT, "patient", shown, content)


def composition(frame: Frame, context: Context, sections: Iterable[tuple[str, Sequence[JsonObject]]]) -> JsonObject:
    """The first entry of a document. ``sections``: an entry ``section.*`` of ``codes.toml`` and its resources; none without any."""
    content: JsonObject = {
        "identifier": frame.identifiers("Composition")[0],
        "status": _DOCUMENT_STATUS.get(frame.status, frame.status),
        "type": _CODE,
        "subject": frame.subject,
    }
    if isinstance(context.encounter, Identifier):  # a document must hold what its Composition refers to by a literal reference
        content["encounter"] = reference(context.encounter, "Encounter")
    content |= {"date": context.recorded, "author": [{"type": "Device", "display": context.software}], "title": _TITLE}
    content["section"] = [_section(frame, name, resources) for name, resources in sections if resources]
    return frame.resource("Composition", "Composition", None, _TITLE, content)


def _section(frame: Frame, name: str, resources: Sequence[JsonObject]) -> JsonObject:
    heading = concept(f"section.{name}")
    lines = [frame.lines[item["id"]] for item in resources]
    coded = {"code": heading} if "coding" in heading else {}
    return {"title": heading["text"], **coded, "text": generated(listed(lines)), "entry": frame.links(resources)}


def _attachment(text: str) -> JsonObject:
    data = text.encode("utf-8", "replace")  # a lone surrogate becomes one question mark: offsets still hold
    digest = b64encode(sha1(data, usedforsecurity=False).digest()).decode()
    return {"contentType": "text/plain; charset=utf-8", "data": b64encode(data).decode(), "hash": digest, "title": _CODE["text"]}


def _conclusion(report: Report, edition: str) -> str:
    """The category and the counts in a sentence, without a word of the report."""
    nodes, decision = report.nodes, report.staging.get(edition)
    said = []
    if nodes.examined and nodes.positive:
        small = [f"{value.value} with {name}" for name, value in _classes(nodes) if value and value.value]
        said.append(", ".join([f"{nodes.positive.value} of {nodes.examined.value} lymph nodes positive", *small]) + ".")
    if decision and decision.category:
        said.append(f"{decision.category} by {edition}{' as stated' if decision.basis == 'stated' else ''}.")
    if report.status is DecisionStatus.NEEDS_REVIEW:
        said.append(f"Needs review: {', '.join(reason.value.replace('_', ' ') for reason in report.reasons)}.")
    return " ".join(said) or "Nothing was read of lymph nodes."


def _classes(nodes: Nodes) -> tuple[tuple[str, Value[int] | None], ...]:
    return (("macrometastases", nodes.macromet), ("micrometastases", nodes.micromet), ("isolated tumor cells", nodes.itc))


def _group(group: NodeGroup) -> list[Xhtml]:
    return [_cell(value) for value in (group.specimen, group.region, group.side, group.examined, group.positive)]


@lru_cache(maxsize=1024)
def _cell(value: str | int | None) -> Xhtml:
    return escaped("" if value is None else str(value))
