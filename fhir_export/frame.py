"""What all resources of one report have in common, built once: status, tags, subject, dates, links, specimens and ids."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, TypeAlias, cast

from parser.model import DecisionStatus, Evidence, Report

from .answers import Answer, Question
from .codes import concept
from .context import Context
from .elements import ABSENT, Identifier, JsonObject, annotation, derived_from, reference
from .frozen import FrozenList, FrozenObject, freeze
from .ids import ReportIds
from .narrative import Xhtml, escaped, generated, paragraphs
from .profiles import PROFILES, broken
from .specimens import Specimens

__all__ = ["DECISION_SYSTEM", "ISSUE_SYSTEM", "PATIENT", "PRIMARY", "ROOT_SPECIMEN", "SOURCE", "Frame", "Links"]

# Tags of our own; docs/fhir.md describes them and docs/terminology/ publishes them.
DECISION_SYSTEM: Final = "urn:nodalis:codesystem:decision"
ISSUE_SYSTEM: Final = "urn:nodalis:codesystem:issue"

# Element paths of resources that others refer to
PATIENT: Final = "Patient"
PRIMARY: Final = "Condition/primary"
SOURCE: Final = "DocumentReference"
ROOT_SPECIMEN: Final = "Specimen"

# How resources point at each other: by fullUrl inside a Bundle, by type and id in a file of single resources.
Links: TypeAlias = Literal["urn", "relative"]

_ACTIVE: Final = concept("clinical.active")
_VERIFICATION: Final = {"preliminary": "provisional", "entered-in-error": "entered-in-error"}


class Frame:
    """Builds the resources of one report around their own content.

    ``primary``, ``patient``: whether the report's resources come with a Condition of the primary cancer, and with a Patient, of
    their own.
    """

    __slots__ = (
        "_encounter",
        "_focus",
        "_parts",
        "_profiles",
        "_quotes",
        "_recorded",
        "_source",
        "_specimens",
        "_tags",
        "_urn",
        "corrected",
        "ids",
        "lines",
        "observed",
        "primary",
        "referred",
        "root_specimen",
        "source",
        "status",
        "subject",
        "verification",
    )

    def __init__(
        self, report: Report, context: Context, links: Links, specimens: Specimens, *, primary: bool, patient: bool = False
    ) -> None:
        self.ids = ReportIds(context.issuer, context.report_id, context.namespace)
        self.referred: set[str] = set()  # ids of ours that a resource points at; each must be exported
        self.lines: dict[str, Xhtml] = {}  # id of a resource -> what it says in a line, for the narratives of others
        self._urn = links == "urn"
        self._quotes = context.include_quotes
        self.corrected = bool(context.corrections)
        self._profiles = context.profile == "mcode" and context.fhir_version == "R4"
        # what all resources share is read-only, so that changing one of them never changes another
        if patient:
            self.subject = self._own("Patient", PATIENT)
        else:
            self.subject = _theirs(context.subject, "Patient") if context.subject else ABSENT
        if context.source is None and context.text is not None:
            self.source = self._own("DocumentReference", SOURCE)
        else:
            self.source = _theirs(context.source or Identifier(context.issuer, context.report_id), "DocumentReference")
        self._source = FrozenObject(url="reference", valueReference=self.source)
        # reference to the primary cancer: the caller's, else ours
        self.primary: JsonObject | None = _theirs(context.condition, "Condition") if context.condition else None
        if primary:
            self.primary = self._own("Condition", PRIMARY)
        self._focus = FrozenList([self.primary])
        self._specimens = specimens
        self.root_specimen = _theirs(context.specimen, "Specimen") if context.specimen else self._own("Specimen", ROOT_SPECIMEN)
        self._parts: dict[str, JsonObject] = {}  # label -> reference to its specimen
        review = report.status is DecisionStatus.NEEDS_REVIEW
        self._tags = _review_tags(report) if review else ()
        self.status = _status(context, review)
        self.verification = concept(f"verification.{_VERIFICATION.get(self.status, 'confirmed')}")
        self._encounter = _encounter(context)
        self._recorded: JsonObject = {"recordedDate": context.recorded} if context.recorded else {}
        # when, where and by whom the findings were made, as Observations and the DiagnosticReport have it
        self.observed = self._encounter | _observed(context)

    def refer(self, kind: str, path: str) -> JsonObject:
        """A reference to the resource of this report that has ``path``."""
        identity = self.ids[path]
        self.referred.add(identity)
        return {"reference": f"urn:uuid:{identity}" if self._urn else f"{kind}/{identity}"}

    def links(self, resources: Sequence[JsonObject]) -> list[JsonObject]:
        """References to resources of this report."""
        self.referred.update([resource["id"] for resource in resources])
        if self._urn:
            return [{"reference": f"urn:uuid:{resource['id']}"} for resource in resources]
        return [{"reference": f"{resource['resourceType']}/{resource['id']}"} for resource in resources]

    def specimen(self, evidence: Sequence[Evidence]) -> JsonObject:
        """A reference to the labelled part that all these words are about, else to the specimen of the whole report."""
        label = self._specimens.label(evidence)
        if not label:
            return self.root_specimen
        if label not in self._parts:
            self._parts[label] = self._own("Specimen", f"{ROOT_SPECIMEN}/{label}")
        return self._parts[label]

    def _own(self, kind: str, path: str) -> JsonObject:
        return FrozenObject(self.refer(kind, path))

    def resource(
        self,
        kind: str,
        path: str,
        profile: str | None,
        said: str,
        content: JsonObject,
        extensions: list[JsonObject] | None = None,
        narrative: Xhtml | None = None,
    ) -> JsonObject:
        """A resource of the report with ``content`` as its own elements; ``said`` is what it says in a line.

        ``profile`` names the one of ``profiles`` that it claims if it conforms and the caller wants claims. ``narrative`` is there
        where there is more to show than the line.
        """
        line = escaped(said)
        found = self._begun(kind, path, line, generated(narrative or paragraphs(line)), extensions)
        found.update(content)
        return self._finished(found, profile)

    def identifiers(self, path: str) -> list[JsonObject]:
        """The id as an identifier, for servers that give ids of their own."""
        return [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{self.ids[path]}"}]

    def observation(
        self,
        asked: Question,
        answered: Answer,
        evidence: Sequence[Evidence],
        shared: JsonObject | None = None,
        extensions: Sequence[JsonObject] = (),
    ) -> JsonObject:
        """An Observation; ``shared`` are elements that it has in common with others, before those of the answer."""
        path, profile, code, category, of_cancer, on_specimen = asked
        content, notes, said, text = answered
        places = derived_from(evidence, self._source)
        if extensions:
            places += extensions
        found = self._begun("Observation", path, said, text, places)
        found["identifier"] = self.identifiers(path)
        found["status"] = self.status
        found["category"] = category
        found["code"] = code
        found["subject"] = self.subject
        if of_cancer and self.primary:
            found["focus"] = self._focus
        found.update(self.observed)
        if on_specimen:
            found["specimen"] = self.specimen(evidence)
        if shared:
            found.update(shared)
        found.update(content)
        if notes or self._quotes:
            self._add_notes(found, evidence, notes)
        return self._finished(found, profile)

    def condition(
        self,
        path: str,
        profile: str,
        code: JsonObject,
        categories: list[JsonObject],
        content: JsonObject,
        evidence: Sequence[Evidence],
        extensions: list[JsonObject],
    ) -> JsonObject:
        """A Condition; active unless the report was entered in error (con-3, con-5).

        The places of its words stand on its code: the profile's slices of ``extension`` leave room for one of each kind.
        """
        said = str(code["text"])
        if evidence:
            code = {"extension": derived_from(evidence, self._source), **code}
        elements: JsonObject = {"identifier": self.identifiers(path)}
        if self.status != "entered-in-error":
            elements["clinicalStatus"] = _ACTIVE
        elements |= {"verificationStatus": self.verification, "category": categories, "code": code, "subject": self.subject}
        elements |= self._encounter | self._recorded | content
        if self._quotes:
            self._add_notes(elements, evidence, ())
        return self.resource("Condition", path, profile, said, elements, extensions)

    def _begun(self, kind: str, path: str, said: Xhtml, text: JsonObject, extensions: list[JsonObject] | None) -> JsonObject:
        """The elements that stand first in any resource; ``meta`` keeps its place."""
        identity = self.ids[path]
        self.lines[identity] = said
        found: JsonObject = {"resourceType": kind, "id": identity, "meta": None, "text": text}
        if extensions:
            found["extension"] = extensions
        return found

    def _finished(self, resource: JsonObject, profile: str | None) -> JsonObject:
        """The resource with its ``meta``: the profile that it conforms to, and the tags of the report."""
        url = PROFILES[profile][0] if profile and self._profiles else None
        meta = _meta(None if url and broken(url, resource) else url, self._tags)
        if meta:
            resource["meta"] = meta
        else:
            del resource["meta"]
        return resource

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


def _review_tags(report: Report) -> tuple[tuple[str, str], ...]:
    return (DECISION_SYSTEM, "needs-review"), *((ISSUE_SYSTEM, kind.value) for kind in report.reasons)


@lru_cache(maxsize=1024)
def _meta(url: str | None, tags: tuple[tuple[str, str], ...]) -> JsonObject:
    """``meta`` with a profile, and with tags as pairs of system and code; shared and read-only, empty for neither."""
    profiles: JsonObject = {"profile": [url]} if url else {}
    tagged: JsonObject = {"tag": [{"system": system, "code": code} for system, code in tags]} if tags else {}
    return cast(JsonObject, freeze(profiles | tagged))


def _theirs(target: str | Identifier, kind: str) -> JsonObject:
    """A reference to a resource of the caller."""
    return cast(JsonObject, freeze(reference(target, kind)))


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
