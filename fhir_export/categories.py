"""Observations of the N and T categories: derived by a staging table, and as the report states them.

The value always holds the whole printed category in ``text``, prefix and suffixes included. It holds a code as well where
a verified one says the same; where the nearest code says less (no AJCC code for ``(f)``, ``(i-)``, ``(mol-)``, nor for
``(sn)`` but on pN1a), the code says less and the text says all. After neoadjuvant treatment (y) there is only text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from parser.model import Category, Decision, Evidence, Report

from .codes import CONCEPTS, codings, concept, known_concept
from .elements import JsonObject
from .frame import Frame
from .frozen import freeze

__all__ = ["category_path", "category_value", "derived_category", "stated_categories"]

_STAGING: Final[list[JsonObject]] = freeze([concept("category.laboratory"), concept("category.staging")])
_STATED: Final = concept("method.stated")


def category_path(edition: str) -> str:
    """The element path of the category of an edition."""
    return f"Observation/n_category/{edition}"


def derived_category(
    frame: Frame, report: Report, edition: str, members: Sequence[JsonObject], facts: Sequence[Evidence]
) -> Iterator[JsonObject]:
    """The category of one edition, if there is one.

    ``members`` are references to the Observations it is derived from, ``facts`` the passages of those.
    """
    decision = report.staging.get(edition)
    if decision is None or decision.category is None:
        return
    stated = decision.basis == "stated"
    content: JsonObject = {
        "valueCodeableConcept": category_value(decision.category),
        "method": known_concept(f"edition.{edition}", edition),
    }
    evidence: Sequence[Evidence] = ()
    if stated and report.pn_stated:
        evidence = report.pn_stated.evidence
    elif members and not stated:
        content["derivedFrom"] = members
        evidence = facts
    code = _n_code(decision.category)
    notes = [_explain(decision, stated)]
    yield frame.observation(category_path(edition), code, _STAGING, content, evidence, notes, specimen=False)


def stated_categories(frame: Frame, report: Report, edition: str) -> Iterator[JsonObject]:
    """What the report itself calls N and T. The stated N is left out where it already is the category of the edition."""
    decision = report.staging.get(edition)
    adopted = decision is not None and decision.category is not None and decision.basis == "stated"
    if report.pn_stated and not adopted:
        category = report.pn_stated.value
        content = {"valueCodeableConcept": category_value(category), "method": _STATED}
        yield frame.observation(
            "Observation/n_category/stated", _n_code(category), _STAGING, content, report.pn_stated.evidence, specimen=False
        )
    if report.tumor.pt_stated:
        text = report.tumor.pt_stated.value
        code = concept("observation.pt_category" if text.startswith(("p", "yp")) else "observation.t_category")
        content = {"valueCodeableConcept": _t_value(text), "method": _STATED}
        evidence = report.tumor.pt_stated.evidence
        yield frame.observation("Observation/t_category/stated", code, _STAGING, content, evidence, specimen=False)


def _explain(decision: Decision, stated: bool) -> str:
    if stated:
        return "As stated in the report; not derived from the node facts."
    inputs = ", ".join(f"{name} {value}" for name, value in decision.inputs.items())
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


def _code_list(table: str, token: str) -> list[JsonObject]:
    name = f"{table}.{token}"
    return codings(name) if name in CONCEPTS else []


def category_value(category: Category) -> JsonObject:
    """The category as a value: its own words, and a code where one is verified.

    >>> [coding["code"] for coding in category_value(Category("pN1a", suffixes=("sn",)))["coding"]]
    ['1229953003']
    >>> category_value(Category("pN1a", prefix="y"))
    {'text': 'ypN1a'}
    """
    literal = str(category)
    if category.prefix:
        found = _code_list("yn", f"{category.prefix}{category.base}")
    else:
        found = _code_list("n", literal) or _code_list("n", category.base)
    return {"coding": found, "text": literal} if found else {"text": literal}


def _t_value(text: str) -> JsonObject:
    """A stated T: a code for the category without its count of tumours, ``(m)`` or ``(3)``."""
    bare, _, suffix = text.partition("(")
    suffix = suffix.removesuffix(")")
    found = _code_list("t", text) or (_code_list("t", bare.strip()) if suffix == "m" or suffix.isdigit() else [])
    return {"coding": found, "text": text} if found else {"text": text}
