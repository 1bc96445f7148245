"""What all resources of one report have in common, built once: status, tags, subject, dates, links, specimens and ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from parser.model import DecisionStatus, Evidence, Report

from .codes import concept
from .context import Context
from .elements import ABSENT, Identifier, JsonObject, annotation, derived_from, reference
from .frozen import freeze
from .ids import ReportIds
from .narrative import generated, line, paragraph
from .profiles import PROFILES, broken
from .specimens import Specimens

__all__ = ["DECISION_SYSTEM", "ISSUE_SYSTEM", "PATIENT", "ROOT_SPECIMEN", "SOURCE", "Frame", "Links"]

# Tags of our own; docs/fhir.md describes them and docs/terminology/ publishes them.
DECISION_SYSTEM: Final = "urn:nodalis:codesystem:decision"
ISSUE_SYSTEM: Final = "urn:nodalis:codesystem:issue"

# Element paths of resources that others refer to
PATIENT: Final = "Patient"
SOURCE: Final = "DocumentReference"
ROOT_SPECIMEN: Final = "Specimen"

# How resources point at each other: by fullUrl inside a Bundle, by type and id in a file of single resources.
Links: TypeAlias = Literal["urn", "relative"]

_VERIFICATION: Final = {"preliminary": "provisional", "entered-in-error": "entered-in-error"}


class Frame:
    """Builds the resources of one report around their own content.

    ``patient``: whether the report's resources come with a Patient of their own, as a document does.
    """

    __slots__ = (
        "_encounter",
        "_links",
        "_profiles",
        "_quotes",
        "_recorded",
        "_root_specimen",
        "_source",
        "_specimens",
        "ids",
        "lines",
        "observed",
        "primary",
        "referred",
        "source",
        "status",
        "subject",
        "tags",
        "verification",
    )

    def __init__(self, report: Report, context: Context, links: Links, specimens: Specimens, *, patient: bool = False) -> None:
        self.ids = ReportIds(context.issuer, context.report_id, context.namespace)
        self.referred: set[str] = set()  # ids of ours that a resource points at; each must be exported
        self.lines: dict[str, str] = {}  # id of a resource -> what it says in a line, for the narratives of others
        self._links = links
        self._quotes = context.include_quotes
        self._profiles = context.profile == "mcode" and context.fhir_version == "R4"
        # what all resources share is read-only, so that changing one of them never changes another
        if patient:
            self.subject: JsonObject = freeze(self.refer("Patient", PATIENT))
        else:
            self.subject = freeze(reference(context.subject, "Patient")) if context.subject else ABSENT
        if context.source is None and context.text is not None:
            self.source: JsonObject = freeze(self.refer("DocumentReference", SOURCE))
        else:
            self.source = freeze(reference(context.source or Identifier(context.issuer, context.report_id), "DocumentReference"))
        self._source: JsonObject = freeze({"url": "reference", "valueReference": self.source})
        # reference to the primary cancer: the caller's, else ours once it is known to be exported
        self.primary: JsonObject | None = freeze(reference(context.condition, "Condition")) if context.condition else None
        review = report.status is DecisionStatus.NEEDS_REVIEW
        self.tags = _review_tags(report) if review else []
        self.status = _status(context, review)
        self.verification = concept(f"verification.{_VERIFICATION.get(self.status, 'confirmed')}")
        self._specimens = specimens
        self._root_specimen: JsonObject | None = freeze(reference(context.specimen, "Specimen")) if context.specimen else None
        self._encounter = _encounter(context)
        self._recorded: JsonObject = {"recordedDate": context.recorded} if context.recorded else {}
        # when, where and by whom the findings were made, as Observations and the DiagnosticReport have it
        self.observed = self._encounter | _observed(context)

    def refer(self, kind: str, path: str) -> JsonObject:
        """A reference to the resource of this report that has ``path``."""
        return self._reference(kind, self.ids(path))

    def link(self, resource: JsonObject) -> JsonObject:
        """A reference to a resource of this report."""
        return self._reference(resource["resourceType"], resource["id"])

    def root_specimen(self) -> JsonObject:
        """A reference to the specimen of the whole report: the caller's, else ours."""
        return self._root_specimen or self.refer("Specimen", ROOT_SPECIMEN)

    def specimen(self, evidence: Sequence[Evidence]) -> JsonObject:
        """A reference to the labelled part that all these words are about, else to the specimen of the whole report."""
        label = self._specimens.label(evidence)
        return self.refer("Specimen", f"{ROOT_SPECIMEN}/{label}") if label else self.root_specimen()

    def _reference(self, kind: str, identity: str) -> JsonObject:
        self.referred.add(identity)
        return {"reference": f"urn:uuid:{identity}" if self._links == "urn" else f"{kind}/{identity}"}

    def resource(
        self,
        kind: str,
        path: str,
        profile: str | None,
        said: str,
        content: JsonObject,
        extensions: Sequence[JsonObject] = (),
        narrative: str | None = None,
    ) -> JsonObject:
        """A resource of the report with ``content`` as its own elements; ``said`` is what it says in a line.

        ``profile`` names the one of ``profiles`` that it claims if it conforms and the caller wants claims. ``narrative`` is escaped
        XHTML, where there is more to show than the line.
        """
        identity = self.ids(path)
        self.lines[identity] = said
        resource: JsonObject = {"resourceType": kind, "id": identity, "meta": {}, "text": generated(narrative or paragraph(said))}
        if extensions:
            resource["extension"] = list(extensions)
        resource.update(content)
        meta = resource["meta"]
        if self._profiles and profile and not broken(url := PROFILES[profile][0], resource):
            meta["profile"] = [url]
        if self.tags:
            meta["tag"] = list(self.tags)
        if not meta:
            del resource["meta"]
        return resource

    def identifiers(self, path: str) -> list[JsonObject]:
        """The id as an identifier, for servers that give ids of their own."""
        return [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{self.ids(path)}"}]

    def observation(
        self,
        path: str,
        profile: str | None,
        code: JsonObject,
        categories: list[JsonObject],
        content: JsonObject,
        evidence: Sequence[Evidence],
        notes: Sequence[str] = (),
        extensions: Sequence[JsonObject] = (),
        *,
        focus: bool = True,
        specimen: bool = True,
    ) -> JsonObject:
        """An Observation; ``content`` holds its value and whatever else is its own.

        It is about the primary cancer (``focus``) and made on a specimen, unless the caller says otherwise.
        """
        elements: JsonObject = {
            "identifier": self.identifiers(path),
            "status": self.status,
            "category": categories,
            "code": code,
            "subject": self.subject,
        }
        if self.primary and focus:
            elements["focus"] = [dict(self.primary)]
        elements.update(self.observed)
        if specimen:
            elements["specimen"] = self.specimen(evidence)
        elements.update(content)
        self._add_notes(elements, evidence, notes)
        said = line(code, content)
        all_extensions = [*derived_from(evidence, self._source), *extensions]
        return self.resource("Observation", path, profile, said, elements, all_extensions, paragraph(said, *notes))

    def condition(
        self,
        path: str,
        profile: str,
        code: JsonObject,
        categories: list[JsonObject],
        content: JsonObject,
        evidence: Sequence[Evidence],
        extensions: Sequence[JsonObject] = (),
    ) -> JsonObject:
        """A Condition; active unless the report was entered in error (con-3, con-5).

        The places of its words stand on its code: the profile's slices of ``extension`` leave room for one of each kind.
        """
        said = str(code["text"])
        if evidence:
            code = {"extension": derived_from(evidence, self._source), **code}
        elements: JsonObject = {"identifier": self.identifiers(path)}
        if self.status != "entered-in-error":
            elements["clinicalStatus"] = concept("clinical.active")
        elements |= {"verificationStatus": self.verification, "category": categories, "code": code, "subject": self.subject}
        elements |= self._encounter | self._recorded | content
        self._add_notes(elements, evidence, ())
        return self.resource("Condition", path, profile, said, elements, extensions)

    def _add_notes(self, elements: JsonObject, evidence: Sequence[Evidence], notes: Sequence[str]) -> None:
        shown = [annotation(text) for text in notes]
        if self._quotes:
            shown += [annotation(f"Report text: {item.quote}") for item in evidence]
        if shown:
            elements["note"] = shown


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
