"""A Report as a person has it: what was read, with the values that were corrected, and the categories that follow from them.

A value that a person gave has no evidence. Categories are derived anew by the staging tables wherever the totals of nodes allow it;
where a person gave one, it holds, and its basis is "reviewed".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from parser.model import Decision as Staged
from parser.model import DecisionStatus, Report, Value

from .decision import Correction
from .fields import FIELDS, CorrectionError, Field, Kind
from .possible import ensure_possible
from .restaging import restaged

__all__ = ["FIELDS", "CorrectionError", "Field", "Kind", "changes", "corrected", "digest_of_reading", "told", "values"]

_NOT_STATED: Final = "not stated"
_COUNTED: Final = frozenset(("nodes.examined", "nodes.positive", "nodes.macromet", "nodes.micromet", "nodes.itc"))


def values(report: Report) -> dict[str, str]:
    """What the report says, by the names of `FIELDS`, in words; empty where nothing is stated."""
    return {name: field.shown(report) for name, field in FIELDS.items()}


def digest_of_reading(report: Report) -> bytes:
    """The digest of all values that a person is shown: what a decision is about besides the versions."""
    told = {**values(report), "pn_stated": str(report.pn_stated.value) if report.pn_stated else ""}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()


def changes(report: Report, given: Mapping[str, str], confirmed: Collection[str] = ()) -> tuple[Correction, ...]:
    """The corrections that make a report, as it was read, say what is given; none of values that it says already.

    ``confirmed``: values that are to hold as they are, whatever else is corrected, such as a pN that corrected counts would change.

    >>> from parser import parse
    >>> report = parse("Left breast: invasive ductal carcinoma. One of two axillary lymph nodes positive (1/2), deposit 3 mm. pN1a.")
    >>> changes(report, {"nodes.examined": "3", "nodes.positive": "1"})
    (Correction(field='nodes.examined', old='2', new='3'),)

    Raises:
        CorrectionError: there is no such value.
    """
    if unknown := given.keys() - FIELDS.keys():
        raise CorrectionError(f"{len(unknown)} of the values are none that can be corrected")
    said = values(report)
    words = {name: given[name].strip() for name in FIELDS if name in given}
    return tuple(Correction(name, said[name], new) for name, new in words.items() if new != said[name] or name in confirmed)


def told(corrections: Sequence[Correction]) -> tuple[str, ...]:
    """What was changed, a line each, without words of the report.

    >>> told([Correction("nodes.itc", "", "1")])
    ('nodes with isolated tumour cells only: 1, read as not stated',)
    """
    return tuple(f"{FIELDS[name].label}: {new or _NOT_STATED}, read as {old or _NOT_STATED}" for name, old, new in corrections)


def corrected(report: Report, corrections: Sequence[Correction]) -> Report:
    """The report with these values, accepted; without any, as it was read. Its issues stay, and block nothing.

    Raises:
        CorrectionError: a value that cannot be, or that contradicts another one.
    """
    given: dict[str, Any] = {}
    for field, old, new in corrections:
        if field not in FIELDS or FIELDS[field].shown(report) != old:
            raise CorrectionError(f"{FIELDS[field].label if field in FIELDS else 'a value'}: not as it was read")
        given[field] = FIELDS[field].read(new)
    parts = {part: _with_values(getattr(report, part), part, given) for part in ("nodes", "tumor")}
    counted = not _COUNTED.isdisjoint(given)
    if counted:  # the groups of the ledger and the printed number do not amount to what the person says
        parts["nodes"] = replace(parts["nodes"], positive_as_printed=None)
    found = replace(report, **parts, ledger=() if counted else report.ledger)
    ensure_possible(found.nodes, given.keys())
    staging = restaged(report, found, given.keys())
    for name, value in given.items():
        if edition := FIELDS[name].edition:
            staging[edition] = Staged(edition, value, possible=(value.base,), basis="reviewed")
    issues = tuple(replace(issue, blocking=False) for issue in report.issues)
    return replace(found, staging=staging, issues=issues, status=DecisionStatus.ACCEPTED)


def _with_values(part: Any, name: str, given: Mapping[str, Any]) -> Any:
    """Nodes or Tumor with the values that a person gave, without evidence."""
    own = {path.removeprefix(f"{name}."): value for path, value in given.items() if path.startswith(f"{name}.")}
    return replace(part, **{key: None if value is None else Value(value, ()) for key, value in own.items()})
