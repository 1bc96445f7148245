"""Text items: the words behind the codes with their places, and how the category came about. Only records A and M may hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fhir_export import Context
from parser.model import Decision, Evidence, IssueKind, Report

from ..output import FACTS, plain
from ..printable import one_line
from .coded import Coded
from .dictionary import load_dictionary, size
from .identity import left_out

ITEMS: Final = ("textDxProcPath", "textStaging")
_CUT: Final = " [cut]"
_NOT_XML: Final = re.compile("[\ufffe\uffff]")  # the characters besides controls and surrogates that no XML may hold


def codes(report: Report, context: Context, edition: str, doubts: tuple[IssueKind, ...]) -> Iterator[Coded]:
    """The text items of a report, cut where they are longer than their fields."""
    quotes = _quotes(report)
    words = [f"Report {context.report_id}", *(f"{_place(evidence)}: {', '.join(values)}" for evidence, values in quotes.items())]
    yield _text("textDxProcPath", words, "the words of the values, with their offsets in the text", tuple(quotes))
    yield _text("textStaging", _staging(report, context, edition, doubts), "how the category came about")


def _text(id_: str, parts: Iterable[str], basis: str, evidence: tuple[Evidence, ...] = ()) -> Coded:
    text = _NOT_XML.sub("\ufffd", one_line(" ".join("; ".join(parts).split())))
    return Coded(id_, _fitting(text, load_dictionary().entries[id_].length), basis, evidence)


def _fitting(text: str, length: int) -> str:
    """The text, cut with a mark where it is longer.

    >>> _fitting("one two three", 12)
    'one tw [cut]'
    """
    if size(text) <= length:
        return text
    kept = text[: length - len(_CUT)]
    while size(kept) > length - len(_CUT):
        kept = kept[:-1]
    return kept + _CUT


def _quotes(report: Report) -> dict[Evidence, list[str]]:
    """The words that prove values, each once with all it proves, in the order of the text."""
    found: dict[Evidence, list[str]] = {}
    for key, get in FACTS.items():
        value = get(report)
        for evidence in value.evidence if value is not None else ():
            found.setdefault(evidence, []).append(f"{key} {plain(value.value)}" if value is not None else key)
    return {evidence: found[evidence] for evidence in sorted(found, key=lambda evidence: evidence.span)}


def _place(evidence: Evidence) -> str:
    return f'"{evidence.quote}" ({evidence.span.start}-{evidence.span.end}, {evidence.section}, {evidence.version})'


def _staging(report: Report, context: Context, edition: str, doubts: tuple[IssueKind, ...]) -> Iterator[str]:
    decision = report.staging[edition]
    yield f"{edition}: {decision.category or 'no category'}" + (f" ({_basis(decision)})" if decision.category else "")
    if report.pn_stated is not None:
        yield f"printed: {report.pn_stated.value}"
    if given := _given(report):
        yield f"given by a person: {', '.join(given)}"
    if doubts:
        yield f"not coded, the report needs review: {', '.join(doubts)}"
    if unfitting := left_out(context):
        yield f"left out: {', '.join(unfitting)}"
    yield f"rules {report.grammar}"


def _given(report: Report) -> list[str]:
    """The values that a person gave: no words prove them. That a report is silent of a treatment needs no words either."""
    values = ((key, get(report)) for key, get in FACTS.items())
    return [
        f"{key} {plain(value.value)}"
        for key, value in values
        if value is not None and not value.evidence and (key, value.value) != ("neoadjuvant", False)
    ]


def _basis(decision: Decision) -> str:
    if decision.basis != "derived":
        return decision.basis
    told = [f"{name} {value}" for name, value in decision.inputs.items() if value not in (0, "none", "not_done")]
    return f"derived by {decision.row} from {', '.join(told) or 'no deposit'}"
