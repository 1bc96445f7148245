"""What all resources of one report have in common, built once: status, tags, subject, dates, links and ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from parser.model import DecisionStatus, Evidence, Report

from .codes import concept
from .context import Context
from .elements import ABSENT, Identifier, JsonObject, annotation, derived_from, reference
from .frozen import freeze
from .ids import ReportIds

__all__ = ["DECISION_SYSTEM", "ISSUE_SYSTEM", "Frame", "Links"]

# Tags of our own; docs/fhir.md describes them.
DECISION_SYSTEM: Final = "urn:nodalis:codesystem:decision"
ISSUE_SYSTEM: Final = "urn:nodalis:codesystem:issue"

# How resources point at each other: by fullUrl inside a Bundle, by type and id in a file of single resources.
Links: TypeAlias = Literal["urn", "relative"]


class Frame:
    """Builds the resources of one report around their own content."""

    __slots__ = (
        "_encounter",
        "_links",
        "_observed",
        "_quotes",
        "_recorded",
        "_source",
        "_specimen",
        "ids",
        "primary",
        "referred",
        "status",
        "subject",
        "tags",
        "verification",
    )

    def __init__(self, report: Report, context: Context, links: Links) -> None:
        self.ids = ReportIds(context.issuer, context.report_id, context.namespace)
        self.referred: set[str] = set()  # ids of ours that a resource points at; each must be exported
        self._links = links
        self._quotes = context.include_quotes
        text = context.source or Identifier(context.issuer, context.report_id)
        # what all resources share is read-only, so that changing one of them never changes another
        self._source: JsonObject = freeze({"url": "reference", "valueReference": reference(text, "DocumentReference")})
        self.subject: JsonObject = freeze(reference(context.subject, "Patient")) if context.subject else ABSENT
        self.primary: JsonObject | None = None  # reference to the primary cancer, once it is known to be exported
        review = report.status is DecisionStatus.NEEDS_REVIEW
        self.tags = _review_tags(report) if review else []
        self.status = _status(context, review)
        self.verification = concept(f"verification.{_VERIFICATION.get(self.status, 'confirmed')}")
        self._specimen: JsonObject | None = freeze(reference(context.specimen, "Specimen")) if context.specimen else None
        self._encounter = _encounter(context)
        self._recorded: JsonObject = {"recordedDate": context.recorded} if context.recorded else {}
        self._observed = self._encounter | _observed(context)

    def refer(self, kind: str, path: str) -> JsonObject:
        """A reference to the resource of this report that has ``path``."""
        return self._reference(kind, self.ids(path))

    def link(self, resource: JsonObject) -> JsonObject:
        """A reference to a resource of this report."""
        return self._reference(resource["resourceType"], resource["id"])

    def _reference(self, kind: str, identity: str) -> JsonObject:
        self.referred.add(identity)
        return {"reference": f"urn:uuid:{identity}" if self._links == "urn" else f"{kind}/{identity}"}

    def _start(self, kind: str, path: str, extensions: list[JsonObject]) -> JsonObject:
        identity = self.ids(path)
        resource: JsonObject = {"resourceType": kind, "id": identity}
        if self.tags:
            resource["meta"] = {"tag": list(self.tags)}
        if extensions:
            resource["extension"] = extensions
        resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity}"}]
        return resource

    def observation(
        self,
        path: str,
        code: JsonObject,
        categories: list[JsonObject],
        content: JsonObject,
        evidence: Sequence[Evidence],
        notes: Sequence[str] = (),
        *,
        focus: bool = True,
        specimen: bool = True,
    ) -> JsonObject:
        """An Observation; ``content`` holds its value and whatever else is its own.

        It is about the primary cancer (``focus``) and made on the specimen, unless the caller says otherwise.
        """
        resource = self._start("Observation", path, derived_from(evidence, self._source))
        resource["status"] = self.status
        resource["category"] = categories
        resource["code"] = code
        resource["subject"] = self.subject
        if self.primary and focus:
            resource["focus"] = [dict(self.primary)]
        resource.update(self._observed)
        if self._specimen and specimen:
            resource["specimen"] = self._specimen
        resource.update(content)
        self._add_notes(resource, evidence, notes)
        return resource

    def condition(
        self,
        path: str,
        code: JsonObject,
        categories: list[JsonObject],
        content: JsonObject,
        evidence: Sequence[Evidence],
        extensions: Sequence[JsonObject] = (),
    ) -> JsonObject:
        """A Condition; active unless the report was entered in error (con-3, con-5)."""
        resource = self._start("Condition", path, [*extensions, *derived_from(evidence, self._source)])
        if self.status != "entered-in-error":
            resource["clinicalStatus"] = concept("clinical.active")
        resource["verificationStatus"] = self.verification
        resource["category"] = categories
        resource["code"] = code
        resource["subject"] = self.subject
        resource.update(self._encounter)
        resource.update(self._recorded)
        resource.update(content)
        self._add_notes(resource, evidence, ())
        return resource

    def _add_notes(self, resource: JsonObject, evidence: Sequence[Evidence], notes: Sequence[str]) -> None:
        shown = [annotation(text) for text in notes]
        if self._quotes:
            shown += [annotation(f"Report text: {item.quote}") for item in evidence]
        if shown:
            resource["note"] = shown


_VERIFICATION: Final = {"preliminary": "provisional", "entered-in-error": "entered-in-error"}


def _status(context: Context, review: bool) -> str:
    if review and context.status != "entered-in-error":
        return "preliminary"  # a doubtful report is never final, whatever the laboratory calls it
    return context.status


def _review_tags(report: Report) -> list[JsonObject]:
    tags = [{"system": DECISION_SYSTEM, "code": "needs-review"}]
    tags += [{"system": ISSUE_SYSTEM, "code": kind.value} for kind in report.reasons]
    return [freeze(tag) for tag in tags]


def _encounter(context: Context) -> JsonObject:
    return {"encounter": freeze(reference(context.encounter, "Encounter"))} if context.encounter else {}


def _observed(context: Context) -> JsonObject:
    shared: JsonObject = {}
    if context.effective:
        shared["effectiveDateTime"] = context.effective
    else:
        shared["_effectiveDateTime"] = ABSENT
    if context.issued:
        shared["issued"] = context.issued
    if context.performer:
        shared["performer"] = freeze([reference(context.performer)])
    return shared
