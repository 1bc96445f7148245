"""A report as the page shows it: who decided what, its versions, the form of a correction, and what changed meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from parser.model import Report

from ...registry.cohorts import members
from ...review.correction import values
from ...review.decision import Action, Made
from ...review.fields import FIELDS, Kind
from ...service.extraction import Seen
from ...store.decisions import Opened
from ...succession import current
from ...versions import Version
from .forms import NOT_STATED, Form
from .listing import STATES, Query, age, reasons
from .registry_items import codes
from .sheet import Sheet, sheet
from .text_changes import beside

DONE: Final[Mapping[str, str]] = {
    Action.ACCEPT: "Accepted. It is exported as it was read, with you as its reviewer.",
    Action.CORRECT: "Corrected. It is exported with your values, and with you as its reviewer.",
    Action.SET_ASIDE: "Set aside. Nothing of it is exported.",
    Action.UNDO: "Undone. The report stands as it did before.",
}
_SAID: Final = {Action.ACCEPT: "accepted", Action.CORRECT: "corrected", Action.SET_ASIDE: "set aside", Action.UNDO: "undone"}
_HINTS: Final = {Kind.SIZE: "3, 0.2, <2, >=1 or 1-2", Kind.CATEGORY: "such as pN1mi(sn) or ypN0(i+)"}
_PT_HINT: Final = "such as pT1c or ypT2(m)"
_UNREADABLE: Final = "There is no text that could be shown and decided about as a whole: the versions below say what came."


@dataclass(frozen=True, slots=True)
class Past:
    """A decision that was made."""

    what: str
    reviewer: str
    at: str
    when: str
    reason: str
    corrections: tuple[Mapping[str, str], ...]
    holds: bool
    why_not: str


def report_page(
    opened: Opened, seen: Seen, query: Query, around: tuple[int | None, int | None], now: datetime, edition: str
) -> dict[str, object]:
    """What the template of a report shows, but for what depends on who looks; registry items by the edition."""
    previous, following = around
    back = query.parameters
    held = opened.holds
    shown = _sheet(seen, held)
    return {
        "report": {
            "id": opened.item.id,
            "number": opened.item.number,
            "issuer": opened.item.issuer,
            "state": STATES[opened.item.state],
            "state_class": opened.item.state or "",
            "category": opened.item.category,
            "age": age(opened.item.changed_at, now),
            "reasons": reasons(opened.item),
        },
        "sheet": shown,
        "cohorts": [member.cohort.title for member in members(seen.report)] if seen.report else [],
        "codes": codes(seen, shown.passages, edition) if shown else None,
        "unreadable": f"{_UNREADABLE} ({seen.reason})",
        "fields": _fields(seen.read) if seen.read else [],
        "held": {"what": _SAID[held.decision.action] if held else ""},
        "may_undo": opened.may_undo,
        "seen": {
            "versions": opened.versions.hex(),
            "reading": seen.reading.hex(),
            "last": "" if opened.last is None else str(opened.last),
            "seen": " ".join(map(digest_of, opened.payloads)),
        },
        "decisions": decisions(opened),
        "versions": [_version(payload) for payload in opened.payloads],
        "back": back,
        "list_url": f"/{back}",
        "previous_url": f"/reports/{previous}{back}" if previous else "",
        "next_url": f"/reports/{following}{back}" if following else "",
    }


def conflict_page(opened: Opened, form: Form) -> dict[str, object]:
    """What the template of a conflict shows: what the person saw and entered, and what there is now."""
    known = [payload for payload in opened.payloads if digest_of(payload) in form.seen]
    old = _text(known) if known and len(known) == len(form.seen) else ""
    old_lines, new_lines = beside(old, _text(opened.payloads))
    since = [item for item, made in zip(decisions(opened), opened.decisions, strict=True) if made.id > (form.last or 0)]
    return {
        "report": {"id": opened.item.id},
        "what": _what(opened, form),
        "form": {"action": form.action.replace("_", " "), "reason": form.reason},
        "changes": [{"label": label_of(name), "new": "not stated" if value == NOT_STATED else value} for name, value in form.new.items()],
        "others": since,
        "old_lines": old_lines,
        "new_lines": new_lines,
    }


def _what(opened: Opened, form: Form) -> str:
    if opened.versions != form.versions:
        return "A newer version of the report has come since you opened it. Compare the two texts; what you entered is kept below."
    if opened.last != form.last:
        return "Somebody else decided about the report since you opened it. What you entered is kept below."
    return "The report is read otherwise than when you opened it, by other rules. What you entered is kept below."


def decisions(opened: Opened) -> list[Past]:
    """All decisions about a report, the first first."""
    return [_past(made, opened) for made in opened.decisions]


def digest_of(payload: bytes) -> str:
    """Which version it is, as a form says it."""
    return hashlib.sha256(payload).hexdigest()[:16]


def label_of(field: str) -> str:
    """The name of a field in words."""
    return FIELDS[field].label if field in FIELDS else field


def _past(made: Made, opened: Opened) -> Past:
    decision = made.decision
    holds = opened.holds is not None and opened.holds.id == made.id
    return Past(
        what=_SAID[decision.action].capitalize(),
        reviewer=decision.reviewer,
        at=decision.at.astimezone(UTC).isoformat(timespec="seconds"),
        when=f"{decision.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        reason=decision.reason,
        corrections=tuple({"label": label_of(item.field), "old": item.old, "new": item.new} for item in decision.corrections),
        holds=holds,
        why_not="about an earlier version" if decision.versions != opened.versions else "no longer holds",
    )


def _sheet(seen: Seen, held: Made | None) -> Sheet | None:
    """What is read, as it holds, with the doubts that there were whatever was decided."""
    if seen.read is None or seen.report is None:
        return None
    return sheet(replace(seen.report, issues=seen.read.issues), seen.text, _by_hand(held, seen))


def _by_hand(held: Made | None, seen: Seen) -> Collection[str]:
    """The fields whose values a person gave."""
    return [correction.field for correction in held.decision.corrections] if held and seen.report is not seen.read else ()


def _text(payloads: Iterable[bytes]) -> str:
    """The text of a report by these versions of it."""
    return current(map(Version.of, payloads)).text


def _fields(read: Report) -> Sequence[Mapping[str, object]]:
    old = values(read)
    return [
        {
            "name": name,
            "label": field.label,
            "old": old[name],
            "options": field.choices if field.kind is Kind.CHOICE else (),
            "hint": _PT_HINT if name == "tumor.pt_stated" else _HINTS.get(field.kind, ""),
        }
        for name, field in FIELDS.items()
    ]


def _version(payload: bytes) -> Mapping[str, str]:
    version = Version.of(payload)
    return {"status": str(version.change), "reported": version.moments.reported, "text": version.text}
