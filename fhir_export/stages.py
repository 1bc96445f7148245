"""The T and M categories as the report states them, and the anatomic stage group that follows from T, N and M.

AJCC 8 has prognostic stage groups beside the anatomic ones. They need grade, receptors and HER2 and are not derived; the
Observation says which of the two it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from parser.model import Report
from parser.staging import editions, stage_group

from .answers import Answer, Question, answer
from .categories import STAGING, category_of, category_path, coded, with_descriptors
from .codes import concept, known_concept
from .elements import JsonObject
from .frame import Frame

__all__ = ["STAGE_PATH", "anatomic_stage", "stage_value", "stages"]

STAGE_PATH: Final = "Observation/stage_group"
_T_PATH: Final = "Observation/t_category/stated"
_M_PATH: Final = "Observation/m_category/stated"
_STATED: Final = concept("method.stated")


def _question(path: str, profile: str, code: str) -> Question:
    return Question(path, profile, concept(f"observation.{code}"), STAGING, on_specimen=False)


_T: Final = {prefix: _question(_T_PATH, "t_category", f"{prefix}t_category") for prefix in ("p", "")}
_M: Final = {prefix: _question(_M_PATH, "m_category", f"{prefix}m_category") for prefix in ("p", "c", "")}
_GROUP: Final = _question(STAGE_PATH, "stage_group", "stage_group")
_ANATOMIC: Final = "The anatomic stage group of T, N and M. Prognostic stage groups need grade, receptors and HER2 and are not derived."


def stages(frame: Frame, report: Report, edition: str) -> Iterator[JsonObject]:
    """The stated T and M, and the stage group, as far as there are any."""
    t, m = report.tumor.pt_stated, report.tumor.m_stated
    if t:
        yield frame.observation(*_stated_t(t.value), t.evidence)
    if m:
        yield frame.observation(*_stated_m(m.value), m.evidence)
    group = anatomic_stage(report, edition)
    if t and m and group:
        members = [frame.refer("Observation", path) for path in (_T_PATH, category_path(edition), _M_PATH)]
        method = known_concept(f"edition.{edition}", edition)
        content: JsonObject = {"valueCodeableConcept": stage_value(group), "method": method, "hasMember": members}
        evidence = (*t.evidence, *(report.pn_stated.evidence if report.pn_stated else ()), *m.evidence)
        yield frame.observation(_GROUP, answer(_GROUP.code, content, (_ANATOMIC,)), evidence)


def anatomic_stage(report: Report, edition: str) -> str | None:
    """The anatomic stage group of the edition, such as ``IIA``; None unless T, N and M are known, and after neoadjuvant treatment."""
    t, m, category = report.tumor.pt_stated, report.tumor.m_stated, category_of(report, edition)
    if not (t and m and category) or edition not in editions():
        return None
    if t.value.startswith("y") or category.prefix or m.value.endswith("X"):
        return None
    return _group_of(edition, t.value, str(category), m.value)


_group_of: Final = lru_cache(maxsize=1024)(stage_group)


def stage_value(group: str) -> JsonObject:
    """A stage group as a value: coded where mCODE shows the code.

    >>> stage_value("IA")
    {'text': 'IA'}
    """
    return coded(group, "stage", group)


def t_value(text: str) -> JsonObject:
    """A stated T: a code for the category without its count of tumours, ``(m)`` or ``(3)``."""
    bare, _, suffix = text.partition("(")
    suffix = suffix.removesuffix(")")
    return coded(text, "t", text, *([bare.strip()] if suffix == "m" or suffix.isdigit() else []))


def m_value(text: str) -> JsonObject:
    """A stated M; MX and pM0, which AJCC does not have, are text."""
    return coded(text, "m", text)


@lru_cache(maxsize=1024)
def _stated_t(text: str) -> tuple[Question, Answer]:
    several = "(" in text and not text.startswith(("pTis", "ypTis"))
    descriptors = [name for name, there in (("y", text.startswith("y")), ("m", several)) if there]
    return _stated(_T["p" if text.startswith(("p", "yp")) else ""], t_value(text), descriptors)


@lru_cache(maxsize=1024)
def _stated_m(text: str) -> tuple[Question, Answer]:
    return _stated(_M[text[0] if text[0] in "pc" else ""], m_value(text), ["y"] * text.startswith("y"))


def _stated(asked: Question, value: JsonObject, descriptors: list[str]) -> tuple[Question, Answer]:
    content: JsonObject = {"valueCodeableConcept": value, "method": _STATED}
    return asked, answer(asked.code, content | with_descriptors(descriptors)).shared()
