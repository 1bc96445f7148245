"""The work list: what its address asks for, and what it shows of each report. No address names a patient or a number of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from parser.model import IssueKind

from ...archive.reasons import MEANINGS
from ...registry.cohorts import COHORTS
from ...review.decision import ReviewState
from ...store.decisions import Filter, Item, Page, Sort, SortBy

ON_A_PAGE: Final = 50
STATES: Final[Mapping[ReviewState | None, str]] = {
    ReviewState.OPEN: "open",
    ReviewState.ACCEPTED: "accepted",
    ReviewState.CORRECTED: "corrected",
    ReviewState.SET_ASIDE: "set aside",
    ReviewState.CLEAR: "no review needed",
    None: "not read yet",
}
STATUSES: Final = {"accepted": "accepted", "needs_review": "needs review", "": "nothing was read"}
# How the service says in one word why a report is where it is, in words for a registrar.
_REASONS: Final = {
    "preliminary": "Preliminary: the final report is still to come",
    "without_result": "Without a result",
    "no_fact": "No fact on nodes or tumour was found",
    "wrong_patient": "Its sender says that it is about another patient",
    "deleted": "Its sender took it back",
    "no_version": "No message speaks of it any more",
}
_ANY: Final = "any"
_OTHER: Final = "other"
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Query:
    """What the address of the work list asks for; every part is one of a closed list or a category."""

    state: str = ReviewState.OPEN.value
    reason: str = _ANY
    category: str = _ANY
    cohort: str = _ANY
    decision: str = _ANY
    sort: str = "age"
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Query:
        """The query of an address; what is none of the list is as if it were not there.

        >>> Query.of({"state": "accepted", "sort": "-age", "page": "2", "reason": "x"})
        Query(state='accepted', reason='any', category='any', cohort='any', decision='any', sort='-age', page=2)
        """
        page = given.get("page", "")
        known = {
            "state": (*ReviewState, _ANY),
            "reason": (*IssueKind, _OTHER),
            "cohort": tuple(COHORTS),
            "decision": ("accepted", "needs_review"),
            "sort": [sign + by for by in SortBy for sign in ("", "-")],
        }
        found: dict[str, Any] = {name: given[name] for name, values in known.items() if given.get(name) in set(map(str, values))}
        if category := given.get("category", "")[:24]:
            found["category"] = category
        return cls(**found, page=int(page) if page.isdecimal() and 0 < len(page) < 7 and int(page) else 1)

    @property
    def filter(self) -> Filter:
        """Which reports are wanted."""
        return Filter(
            state=None if self.state == _ANY else ReviewState(self.state),
            reason=None if self.reason == _ANY else self.reason.removeprefix(_OTHER),
            category=None if self.category == _ANY else "" if self.category == _NONE else self.category,
            cohort=None if self.cohort == _ANY else self.cohort,
            status=None if self.decision == _ANY else self.decision,
        )

    @property
    def order(self) -> Sort:
        """In which order."""
        return Sort(SortBy(self.sort.removeprefix("-")), self.sort.startswith("-"))

    @property
    def parameters(self) -> str:
        """What stands behind the address: "?sort=-age", without what is as always."""
        usual = Query()
        given = {name: getattr(self, name) for name in Query.__slots__ if getattr(self, name) != getattr(usual, name)}
        return f"?{urlencode(given)}" if given else ""

    def at(self, page: int) -> Query:
        """The same list at another page."""
        return replace(self, page=page)


@dataclass(frozen=True, slots=True)
class Line:
    """A report in the list."""

    id: int
    url: str
    reasons: tuple[str, ...]
    age: str
    category: str
    decision: str
    state: str
    state_class: str


def list_page(query: Query, page: Page, categories: Sequence[str], now: datetime) -> Mapping[str, object]:
    """What the template of the work list shows."""
    pages = max(-(-page.total // ON_A_PAGE), 1)
    return {
        "query": query,
        "rows": [_line(item, query, now) for item in page.items],
        "heads": _heads(query),
        "choices": _choices(query, page, categories),
        "found": f"{page.total:,} report{'' if page.total == 1 else 's'}",
        "page": query.page,
        "pages": pages,
        "previous_url": f"/{query.at(query.page - 1).parameters}" if query.page > 1 else "",
        "next_url": f"/{query.at(query.page + 1).parameters}" if query.page < pages else "",
    }


def age(since: datetime | None, now: datetime) -> str:
    """How long ago something was, in one unit.

    >>> age(datetime(2026, 3, 2), datetime(2026, 3, 4)), age(datetime(2026, 3, 2), datetime(2026, 3, 2, 3)), age(None, datetime.max)
    ('2 days', '3 hours', '–')
    """
    if since is None:
        return "–"
    seconds = max(now - since, timedelta()).total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "now"


def reasons(item: Item) -> tuple[str, ...]:
    """Why somebody should look at a report."""
    if item.doubts:
        return tuple(MEANINGS.get(IssueKind(kind), kind) if kind in set(IssueKind) else kind for kind in item.doubts)
    return (_REASONS.get(item.reason, item.reason),) if item.reason else ()


def _line(item: Item, query: Query, now: datetime) -> Line:
    state = STATES[item.state] + (" (is being read)" if item.waits and item.state else "")
    return Line(
        id=item.id,
        url=f"/reports/{item.id}{query.parameters}",
        reasons=reasons(item),
        age=age(item.changed_at, now),
        category=item.category,
        decision=STATUSES.get(item.status, item.status),
        state=state,
        state_class=item.state or "",
    )


def _heads(query: Query) -> list[dict[str, str]]:
    """The heads of the columns, with a link where the list can be sorted by them."""
    sorted_by, down = query.sort.removeprefix("-"), query.sort.startswith("-")
    found = [{"name": "report", "url": "", "order": ""}]
    for by in ("reason", "age", "category", "decision"):
        here = by == sorted_by
        url = "/" + replace(query, sort=f"-{by}" if here and not down else by, page=1).parameters
        found.append({"name": by, "url": url, "order": ("descending" if down else "ascending") if here else ""})
    return [*found, {"name": "state", "url": "", "order": ""}]


def _choices(query: Query, page: Page, categories: Sequence[str]) -> list[dict[str, object]]:
    states = [(str(state), f"{STATES[state]} ({page.states.get(state, 0):,})") for state in ReviewState]
    kinds = sorted(((str(kind), words) for kind, words in MEANINGS.items()), key=lambda item: item[1])
    return [
        {"name": "state", "label": "State", "chosen": query.state, "options": [*states, (_ANY, "all")]},
        {"name": "reason", "label": "Reason", "chosen": query.reason, "options": [(_ANY, "any"), *kinds, (_OTHER, "another reason")]},
        {
            "name": "category",
            "label": "Category",
            "chosen": query.category,
            "options": [(_ANY, "any"), *((name, name) for name in categories), (_NONE, "none")],
        },
        {
            "name": "cohort",
            "label": "Cohort",
            "chosen": query.cohort,
            "options": [(_ANY, "any"), *((name, cohort.title) for name, cohort in COHORTS.items())],
        },
        {
            "name": "decision",
            "label": "Decision",
            "chosen": query.decision,
            "options": [(_ANY, "any"), ("accepted", "accepted"), ("needs_review", "needs review")],
        },
    ]
