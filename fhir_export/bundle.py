"""A Report as FHIR R4 resources: a list, or a Bundle to keep (collection) or to send (transaction)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from parser.model import IssueKind, Report

from .categories import derived_category, stated_categories
from .checks import ensure
from .conditions import PRIMARY_PATH, has_primary_cancer, primary_cancer, secondary_cancers
from .context import Context
from .elements import JsonObject
from .frame import Frame, Links
from .ids import ReportIds
from .observations import NODE_ROWS, TUMOR_ROWS, observations, staging_facts
from .provenance import provenance
from .sites import node_site

__all__ = ["BundleForm", "to_bundle", "to_resources"]

BundleForm: TypeAlias = Literal["collection", "transaction"]

# Nothing is exported of a text that is no breast report, or that could not be read.
_NOTHING = frozenset((IssueKind.NOT_BREAST, IssueKind.EMPTY_TEXT, IssueKind.UNREADABLE_TEXT))


def to_resources(report: Report, context: Context) -> list[JsonObject]:
    """The resources of a report, one NDJSON line each; they refer to each other as ``Condition/<id>``.

    Conditions, then Observations, then one Provenance; an empty list for a report without a fact. The same report and
    context give the same resources. Parts that many resources share are read-only: ``copy.deepcopy`` what you change.
    ExportError if a resource fails ``checks``.
    """
    return _resources(report, context, "relative")


def to_bundle(report: Report, context: Context, *, form: BundleForm = "collection") -> JsonObject:
    """The resources of a report as one Bundle; they refer to each other by ``urn:uuid``.

    A transaction updates each resource by its id (``PUT Observation/<id>``), so sending it again changes nothing and
    sending a corrected report replaces the values. The server must let clients name ids (update as create).
    ExportError if a resource fails ``checks``.
    """
    if form not in ("collection", "transaction"):
        raise ValueError("form: expected collection or transaction")
    resources = _resources(report, context, "urn")
    ids = ReportIds(context.issuer, context.report_id, context.namespace)
    bundle: JsonObject = {"resourceType": "Bundle", "id": ids(f"Bundle/{form}"), "type": form}
    if context.recorded:
        bundle["timestamp"] = context.recorded
    entries = []
    for resource in resources:
        identity = resource["id"]
        entry: JsonObject = {"fullUrl": f"urn:uuid:{identity}", "resource": resource}
        if form == "transaction":
            entry["request"] = {"method": "PUT", "url": f"{resource['resourceType']}/{identity}"}
        entries.append(entry)
    if entries:
        bundle["entry"] = entries
    return bundle


def _resources(report: Report, context: Context, links: Links) -> list[JsonObject]:
    if any(issue.kind in _NOTHING for issue in report.issues):
        return []
    frame = Frame(report, context, links)
    if has_primary_cancer(report, context.edition):
        frame.primary = frame.refer("Condition", PRIMARY_PATH)
    members, passages = staging_facts(frame, report)
    found = [
        *observations(frame, report, NODE_ROWS, node_site(report)),
        *derived_category(frame, report, context.edition, members, passages),
        *stated_categories(frame, report, context.edition),
        *observations(frame, report, TUMOR_ROWS, {}),
    ]
    known = found or report.tumor.laterality or report.tumor.histology
    conditions = [primary_cancer(frame, report, context)] if known and frame.primary else []
    resources = [*conditions, *secondary_cancers(frame, report, context), *found]
    if not resources:
        return []
    resources.append(provenance(frame, report, context, [frame.link(resource) for resource in resources]))
    ensure(resources, frame.referred)
    return resources
