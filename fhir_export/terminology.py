"""The code systems of our own as FHIR CodeSystem resources: what stands in values and tags where no standard code is verified.

``docs/terminology/`` holds them as files, which a receiver can load into a terminology server or hand to a validator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from parser.model import IssueKind

from .codes import CONCEPTS
from .elements import JsonObject
from .frame import DECISION_SYSTEM, ISSUE_SYSTEM
from .narrative import escaped, generated, listed

__all__ = ["TAGS", "code_systems"]

_PREFIX: Final = "urn:nodalis:codesystem:"
_DESCRIPTIONS: Final = {
    "observation": "What Nodalis reads of lymph nodes and no LOINC code was found for.",
    "method": "How a value was found, where no SNOMED CT code was found for it.",
    "tnm-descriptor": "Prefixes and suffixes of a TNM category that its SNOMED CT code does not say.",
    "decision": "What Nodalis thinks of the resources of a report.",
    "issue": "Why a report needs review.",
}
_DECISIONS: Final = {
    "needs-review": "Something in the report could change the category: a person must read it",
    "stated-differs": "The category that the report states is not the one that its facts give",
}


# What a tag of ours may be
TAGS: Final = frozenset(
    [*((DECISION_SYSTEM, code) for code in _DECISIONS), *((ISSUE_SYSTEM, kind.value) for kind in IssueKind)],
)


def code_systems() -> Iterator[JsonObject]:
    """One CodeSystem for each system of our own, R4 and R5 alike."""
    for name in ("observation", "method", "tnm-descriptor"):
        own = {code.code: code.display or "" for entry in CONCEPTS.values() for code in entry.codes if code.system == _PREFIX + name}
        yield _code_system(name, _PREFIX + name, own.items())
    yield _code_system("decision", DECISION_SYSTEM, _DECISIONS.items())
    yield _code_system("issue", ISSUE_SYSTEM, ((kind.value, kind.value.replace("_", " ").capitalize()) for kind in IssueKind))


def _code_system(name: str, url: str, codes: Iterable[tuple[str, str]]) -> JsonObject:
    concepts = [{"code": code, "display": display} for code, display in codes]
    return {
        "resourceType": "CodeSystem",
        "id": f"nodalis-{name}",
        "text": generated(listed(escaped(f"{concept['code']}: {concept['display']}") for concept in concepts)),
        "url": url,
        "name": "Nodalis" + "".join(part.capitalize() for part in name.split("-")),
        "title": f"Nodalis {name.replace('-', ' ')}",
        "status": "active",
        "experimental": False,
        "publisher": "Nodalis",
        "description": _DESCRIPTIONS[name],
        "caseSensitive": True,
        "content": "complete",
        "count": len(concepts),
        "concept": concepts,
    }
