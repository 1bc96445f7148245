"""A Report as FHIR resources: a list, or a Bundle to keep (collection), to send (transaction) or to sign (document)."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from parser.model import IssueKind, Report

from .categories import n_categories
from .checks import ensure
from .conditions import has_primary_cancer, primary_cancer, secondary_cancers
from .context import Context
from .documents import composition, diagnostic_report, patient, source_document, specimen_resources
from .elements import JsonObject
from .frame import Frame, Links
from .ids import ReportIds
from .observations import NODE_ROWS, TUMOR_ROWS, observations, staging_facts
from .provenance import provenance
from .r5 import as_r5
from .sites import node_site
from .specimens import Specimens
from .stages import stages

__all__ = ["BundleForm", "to_bundle", "to_resources"]

BundleForm: TypeAlias = Literal["collection", "transaction", "document"]

# Nothing is exported of a text that is no breast report, or that could not be read.
_NOTHING = frozenset((IssueKind.NOT_BREAST, IssueKind.EMPTY_TEXT, IssueKind.UNREADABLE_TEXT))


def to_resources(report: Report, context: Context) -> list[JsonObject]:
    """The resources of a report, one NDJSON line each; they refer to each other as ``Condition/<id>``.

    DiagnosticReport, Conditions, Observations, Specimens, the text if it is sent, one Provenance; an empty list for a report without
    a fact. The same report and context give the same resources. Parts that many resources share are read-only: ``copy.deepcopy``
    what you change. ExportError if a resource fails ``checks``.
    """
    return _resources(report, context, "relative")


def to_bundle(report: Report, context: Context, *, form: BundleForm = "collection") -> JsonObject:
    """The resources of a report as one Bundle; they refer to each other by ``urn:uuid``.

    A transaction updates each resource by its id (``PUT Observation/<id>``), so sending it again changes nothing and
    sending a corrected report replaces the values. The server must let clients name ids (update as create).
    A document starts with a Composition and holds the Patient as well; it needs ``Context.recorded``
    and the patient by number, if at all (ValueError otherwise).
    ExportError if a resource fails ``checks``.
    """
    if form not in get_args(BundleForm):
        raise ValueError(f"form: expected one of {', '.join(get_args(BundleForm))}")
    if form == "document" and context.recorded is None:
        raise ValueError("form: a document has a date, so Context.recorded is needed")
    if form == "document" and isinstance(context.subject, str):
        raise ValueError("form: a document holds its patient, so Context.subject must be a number (Identifier), not a reference")
    resources = _resources(report, context, "urn", document=form == "document")
    ids = ReportIds(context.issuer, context.report_id, context.namespace)
    identity = ids[f"Bundle/{form}"]
    bundle: JsonObject = {"resourceType": "Bundle", "id": identity, "type": form}
    if form == "document":
        bundle["identifier"] = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity}"}
    if context.recorded:
        bundle["timestamp"] = context.recorded
    entries = [_entry(resource, form) for resource in resources]
    if entries:
        bundle["entry"] = entries
    return bundle


def _entry(resource: JsonObject, form: BundleForm) -> JsonObject:
    entry: JsonObject = {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
    if form == "transaction":
        entry["request"] = {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"}
    return entry


def _resources(report: Report, context: Context, links: Links, *, document: bool = False) -> list[JsonObject]:
    if any(issue.blocking and issue.kind in _NOTHING for issue in report.issues):
        return []
    specimens = Specimens(report)
    ours = context.condition is None and has_primary_cancer(report, context.edition)
    frame = Frame(report, context, links, specimens, primary=ours, patient=document)
    members, passages = staging_facts(frame, report)
    found = [
        *observations(frame, report, NODE_ROWS, node_site(report)),
        *n_categories(frame, report, context.edition, members, passages),
        *stages(frame, report, context.edition),
        *observations(frame, report, TUMOR_ROWS, {}),
    ]
    known = found or report.tumor.laterality or report.tumor.histology
    primary = [primary_cancer(frame, report, context)] if known and ours else []
    secondary = list(secondary_cancers(frame, report, context))
    if not (primary or secondary or found):
        return []
    sources = list(specimen_resources(frame, report, context, specimens))
    text = source_document(frame, context)
    whole = diagnostic_report(frame, report, context, found, sources, text)
    if text:
        sources.append(text)
    resources = [whole, *primary, *secondary, *found, *sources]
    resources.append(provenance(frame, report, context, frame.links(resources)))
    if document:
        sections = (("primary_cancer", primary), ("secondary_cancer", secondary), ("findings", [whole, *found]), ("source", sources))
        resources[:0] = [composition(frame, context, sections), patient(frame, context)]
    ensure(resources, frame.referred)
    return [as_r5(resource) for resource in resources] if context.fhir_version == "R5" else resources
