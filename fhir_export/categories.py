"""Observations of the N category: derived by a staging table, and as the report states it, side by side.

The value always holds the whole printed category in ``text``, prefix and suffixes included. It holds a code as well where
a verified one says the same; where the nearest code says less (no AJCC code for ``(f)``, ``(i-)``, ``(mol-)``, nor for
``(sn)`` but on pN1a), the code says less, the text says all and a component says the rest in a searchable way. After
neoadjuvant treatment (y) there is only text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, cast

from parser.model import Category, Decision, Evidence, Report

from .answers import Question, answer
from .codes import CONCEPTS, codings, concept, known_concept
from .elements import JsonObject
from .frame import DECISION_SYSTEM, Frame
from .frozen import freeze

__all__ = ["STAGING", "category_of", "category_path", "category_value", "coded", "n_categories", "with_descriptors"]

STAGING: Final[list[JsonObject]] = freeze([concept("category.laboratory"), concept("category.staging")])
_DESCRIPTOR: Final = concept("observation.tnm_descriptor")
_DIFFERS: Final[JsonObject] = freeze({"system": DECISION_SYSTEM, "code": "stated-differs"})
_NOT_USED: Final = ("not_done", "none")  # an input that had no part in the decision, whatever else the report says of it
_STATED_PATH: Final = "Observation/n_category/stated"


def category_path(edition: str) -> str:
    """The element path of the category of an edition."""
    return f"Observation/n_category/{edition}"


def n_categories(
    frame: Frame, report: Report, edition: str, members: Sequence[JsonObject], facts: Sequence[Evidence]
) -> Iterator[JsonObject]:
    """The category of the edition, and the one the report states where it is not the same Observation.

    ``members`` are references to the Observations it is derived from, ``facts`` the passages of those. Where the two say
    different things, each names the other in a note and carries the tag ``stated-differs``.
    """
    decision = report.staging.get(edition)
    stated = report.pn_stated
    if decision and decision.category:
        adopted = decision.basis == "stated"
        other = stated.value if stated and not adopted else None
        content = _value(decision.category, f"edition.{edition}", edition)
        evidence: Sequence[Evidence] = stated.evidence if stated and adopted else ()
        if members and decision.basis == "derived":
            content = content | {"derivedFrom": members}
            evidence = facts
        notes = [_explain(decision), *_compare("The report states", other, decision.category)]
        yield _observation(frame, category_path(edition), decision.category, content, evidence, notes, other, "n_category")
        if adopted:
            return
    if stated:
        derived = decision.category if decision else None
        content = _value(stated.value, "method.stated", "")
        notes = [*_compare(f"Derived by {edition}:", derived, stated.value)]
        profile = None if derived else "n_category"  # one N category of a report is the one that receivers of mCODE look for
        yield _observation(frame, _STATED_PATH, stated.value, content, stated.evidence, notes, derived, profile)


def _observation(
    frame: Frame,
    path: str,
    category: Category,
    content: JsonObject,
    evidence: Sequence[Evidence],
    notes: Sequence[str],
    other: Category | None,
    profile: str | None,
) -> JsonObject:
    asked = Question(path, profile, _n_code(category), STAGING, on_specimen=False)
    found = frame.observation(asked, answer(asked.code, content, notes), evidence)
    if other and _meaning(other) != _meaning(category):
        meta = found.get("meta", {})
        found["meta"] = meta | {"tag": [*meta.get("tag", ()), _DIFFERS]}
    return found


@lru_cache(maxsize=1024)
def _value(category: Category, method: str, words: str) -> JsonObject:
    """Value, method and descriptors of a category, shared and read-only. ``method``: an entry of ``codes.toml``, else its words."""
    negated = [name for name in ("i-", "mol-") if f"({name})" in category.base]
    content: JsonObject = {"valueCodeableConcept": category_value(category), "method": known_concept(method, words)}
    return cast(JsonObject, freeze(content | with_descriptors([*category.prefix, *negated, *category.suffixes])))


def with_descriptors(names: Iterable[str]) -> JsonObject:
    """``component`` with one TNM descriptor each: y, r, m, sn, f, i-, mol-. Empty for none."""
    found = [{"code": _DESCRIPTOR, "valueCodeableConcept": known_concept(f"descriptor.{name}", name)} for name in names]
    return {"component": found} if found else {}


def _meaning(category: Category) -> tuple[str, str]:
    """What a category says of the nodes, whatever was done to look for smaller deposits or to take the nodes out."""
    return category.prefix, category.base.replace("(i-)", "").replace("(mol-)", "")


def _compare(words: str, other: Category | None, category: Category) -> Iterator[str]:
    if other is not None:
        yield f"{words} {other}{', which differs' if _meaning(other) != _meaning(category) else ''}."


def _explain(decision: Decision) -> str:
    if decision.basis == "stated":
        return "As stated in the report; not derived from the node facts."
    if decision.basis == "reviewed":
        return "Given by the person who reviewed the report; not derived from the node facts."
    inputs = ", ".join(f"{name} {value}" for name, value in decision.inputs.items() if value not in _NOT_USED)
    row = f" by row {decision.row}" if decision.row else ""
    return f"Derived from the node facts{row}{': ' if inputs else ''}{inputs}."


def _n_code(category: Category) -> JsonObject:
    """The staging type; r and yr have none of their own (mCODE), so the one for any N category."""
    if "r" in category.prefix:
        return _N
    return _CN if category.base.startswith("c") else _PN


_N: Final = concept("observation.n_category")
_CN: Final = concept("observation.cn_category")
_PN: Final = concept("observation.pn_category")


def category_of(report: Report, edition: str) -> Category | None:
    """The category of the edition, derived or adopted from the report."""
    decision = report.staging.get(edition)
    return decision.category if decision else None


def coded(text: str, table: str, *tokens: str) -> JsonObject:
    """A category or stage group as a value: its own words, and the codings of the first token that has verified ones."""
    names = (f"{table}.{token}" for token in tokens)
    found: list[JsonObject] = next(filter(None, (codings(name) for name in names if name in CONCEPTS)), [])
    return {"coding": found, "text": text} if found else {"text": text}


def category_value(category: Category) -> JsonObject:
    """The category as a value: its own words, and a code where one is verified.

    >>> [coding["code"] for coding in category_value(Category("pN1a", suffixes=("sn",)))["coding"]]
    ['1229953003']
    >>> category_value(Category("pN1a", prefix="y"))
    {'text': 'ypN1a'}
    """
    literal = str(category)
    if category.prefix:
        return coded(literal, "yn", f"{category.prefix}{category.base}")
    return coded(literal, "n", literal, category.base)
