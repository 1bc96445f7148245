"""Conditions: the primary cancer of the breast, and cancer in lymph nodes where the category says there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from parser.model import Category, Evidence, NodeGroup, Report

from .categories import category_of, category_path
from .codes import concept, known_concept
from .context import Context
from .deposits import is_metastatic
from .elements import JsonObject
from .frame import PRIMARY, Frame
from .frozen import freeze
from .sites import SITES, breast_site, counted_groups, node_side, site, tumor_side
from .stages import STAGE_PATH, anatomic_stage, stage_value

__all__ = ["has_primary_cancer", "primary_cancer", "secondary_cancers"]

_MORPHOLOGY: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
_RELATED: Final = "http://hl7.org/fhir/StructureDefinition/condition-related"

_PRIMARY: Final[list[JsonObject]] = freeze([concept("category.problem_list"), concept("category.primary_cancer")])
_SECONDARY: Final[list[JsonObject]] = freeze([concept("category.problem_list"), concept("category.secondary_cancer")])

# What a category says about the site when no group of the ledger says it. pN3a and pN3b hold several combinations.
_STATED_SITES: Final = {
    "N1mi": "axillary",
    "N1": "axillary",
    "N1a": "axillary",
    "N1b": "internal_mammary",
    "N1c": "axillary",
    "N2a": "axillary",
    "N2b": "internal_mammary",
    "N3c": "supraclavicular",
}


def _is_metastasis(category: Category | None) -> bool:
    """N1mi and above. Isolated tumour cells, pN0(mol+) and pNX are not a metastasis to code."""
    return category is not None and category.base[1:3] in ("N1", "N2", "N3")


def has_primary_cancer(report: Report, edition: str) -> bool:
    """Whether the report tells of an invasive cancer: it holds facts, and its T is not carcinoma in situ alone.

    After treatment (ypTis, ypT0) the invasive cancer was there before, so the Condition stands.
    """
    in_situ = report.tumor.pt_stated is not None and report.tumor.pt_stated.value.startswith("pTis")
    return not in_situ or _is_metastasis(category_of(report, edition))


def primary_cancer(frame: Frame, report: Report, context: Context) -> JsonObject:
    """The cancer the nodes belong to."""
    side = tumor_side(report)
    tumor = report.tumor
    name = f"primary.{context.sex or 'unknown'}.{side or 'unknown'}"
    evidence: tuple[Evidence, ...] = tumor.laterality.evidence if tumor.laterality else ()
    extensions = []
    if tumor.histology:
        histology = known_concept(f"histology.{tumor.histology.value}", tumor.histology.value)
        extensions.append({"url": _MORPHOLOGY, "valueCodeableConcept": histology})
        evidence += tumor.histology.evidence
    content: JsonObject = {"bodySite": [breast_site(report)]}
    group = anatomic_stage(report, context.edition)
    if group:
        method = known_concept(f"edition.{context.edition}", context.edition)
        assessment = frame.refer("Observation", STAGE_PATH)
        content["stage"] = [{"summary": stage_value(group), "assessment": [assessment], "type": method}]
    code = concept(name, international=context.international)
    return frame.condition(PRIMARY, "primary", code, _PRIMARY, content, evidence, extensions)


def secondary_cancers(frame: Frame, report: Report, context: Context) -> Iterator[JsonObject]:
    """One Condition for each site with metastatic nodes, in the order of the report."""
    category = category_of(report, context.edition)
    if category is None or not _is_metastasis(category):
        return
    found: dict[str, list[NodeGroup]] = {}
    for group in counted_groups(report):
        if is_metastatic(group):
            # a breast report's nodes without a named region are counted with the axilla (SEER EOD 3.3, Note 4)
            found.setdefault(SITES.get(group.region, "axillary"), []).append(group)
    if not found:
        found[_STATED_SITES.get(category.base[1:], "regional")] = []
    for name, groups in found.items():
        related = [{"url": _RELATED, "valueReference": frame.primary}] if frame.primary else []
        content: JsonObject = {"evidence": [{"detail": [frame.refer("Observation", category_path(context.edition))]}]}
        if name != "regional":
            content["bodySite"] = [site(name, node_side(groups, report))]
        code = concept(f"secondary.{name}", international=context.international)
        evidence = [item for group in groups for item in group.evidence]
        yield frame.condition(f"Condition/secondary/{name}", "secondary", code, _SECONDARY, content, evidence, related)
