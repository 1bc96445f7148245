"""Report -> the row of ``nodalis extract``: plain dicts of strings, numbers, true, false and null.

``docs/cli.md`` describes the row for its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from operator import attrgetter

from parser.model import Decision, Deposit, Evidence, Finding, Issue, NodeGroup, Report, Span, Value
from parser.staging import deposit_classes, editions, load_table

from . import __version__

Row = dict[str, object]

# Key of the summary -> where the report holds the value. The order is the order of columns.
FACTS: Mapping[str, Callable[[Report], Value[object] | None]] = {
    "laterality": attrgetter("tumor.laterality"),
    "examined": attrgetter("nodes.examined"),
    "positive": attrgetter("nodes.positive"),
    "positive_as_printed": attrgetter("nodes.positive_as_printed"),
    "itc_nodes": attrgetter("nodes.itc"),
    "micromet_nodes": attrgetter("nodes.micromet"),
    "macromet_nodes": attrgetter("nodes.macromet"),
    "sentinel_examined": attrgetter("nodes.sentinel_examined"),
    "sentinel_positive": attrgetter("nodes.sentinel_positive"),
    "largest_deposit_mm": attrgetter("nodes.largest_deposit"),
    "ene": attrgetter("nodes.extranodal_extension"),
    "ihc_on_nodes": attrgetter("nodes.ihc"),
    "molecular_on_nodes": attrgetter("nodes.molecular"),
    "neoadjuvant": attrgetter("tumor.neoadjuvant"),
    "tumor_size_mm": attrgetter("tumor.size"),
    "grade": attrgetter("tumor.grade"),
    "er": attrgetter("tumor.er"),
    "pr": attrgetter("tumor.pr"),
    "her2": attrgetter("tumor.her2"),
    "ki67": attrgetter("tumor.ki67_percent"),
    "oncotype": attrgetter("tumor.oncotype_score"),
    "pt_stated": attrgetter("tumor.pt_stated"),
    "pn_stated": attrgetter("pn_stated"),
    "m_stated": attrgetter("tumor.m_stated"),
}
_AS_THEY_ARE = frozenset((str, bool, type(None)))
_MAX_INTEGER = 2**53  # beyond, JSON readers round
_FINDING_KEYS = frozenset({"kind", "rule", "start", "end", "quote", "role", "section", "version", "specimen"})


def row(id_: str, report: Report, wanted: Sequence[str] = (), encoding: str = "utf-8") -> Row:
    """Everything read from one report. ``wanted`` limits ``pn`` and ``staging`` to some editions."""
    decisions = chosen(report, wanted)
    return {
        "id": id_,
        "decision": str(report.status),
        "reasons": [str(reason) for reason in report.reasons],
        "summary": summary(report, decisions),
        "evidence": {key: [_evidence(item) for item in value.evidence] for key, value in _values(report) if value.evidence},
        "ledger": [_group(group) for group in report.ledger],
        "findings": [_finding(finding) for finding in report.findings],
        "staging": [_decision(decision) for decision in decisions],
        "issues": [_issue(issue) for issue in report.issues],
        "encoding": encoding,
        "grammar": report.grammar,
        "nodalis": __version__,
    }


def chosen(report: Report, wanted: Sequence[str] = ()) -> tuple[Decision, ...]:
    """The decisions of the wanted editions, oldest edition first; all of them where none is named."""
    return tuple(report.staging[edition] for edition in sorted(report.staging) if not wanted or edition in wanted)


def summary(report: Report, decisions: Iterable[Decision]) -> Row:
    """The facts as one flat object: the keys that a scorer or a spreadsheet reads."""
    decisions = tuple(decisions)
    values: Row = {key: None if (value := get(report)) is None else plain(value.value) for key, get in FACTS.items()}
    if report.nodes.extranodal_extension is not None:
        values["ene"] = "present" if report.nodes.extranodal_extension.value else "absent"
    values["pn"] = {decision.edition: category(decision) for decision in decisions}
    # The editions share their facts; where one of them decides and another does not, the newest that does speaks.
    values["pn_basis"] = next((decision.basis for decision in reversed(decisions) if decision.category is not None), None)
    return values


def category(decision: Decision) -> str | None:
    """The category with its prefix and without (sn) and (f), which the staging rows give apart.

    >>> from parser.model import Category
    >>> category(Decision("AJCC 8", Category("pN1a", prefix="y", suffixes=("sn",))))
    'ypN1a'
    """
    return decision.category.prefix + decision.category.base if decision.category is not None else None


def plain(value: object) -> object:
    """A value as JSON has it; sizes and categories as the strings they print as.

    >>> plain(Decimal("0.20"))
    '0.20'
    """
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, int):
        return str(value) if abs(value) > _MAX_INTEGER else value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Span):
        return [value.start, value.end]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [plain(item) for item in value]
    return str(value)


def _values(report: Report) -> list[tuple[str, Value[object]]]:
    return [(key, value) for key, get in FACTS.items() if (value := get(report)) is not None]


def _evidence(evidence: Evidence) -> Row:
    return {
        "start": evidence.span.start,
        "end": evidence.span.end,
        "quote": evidence.quote,
        "rule": evidence.rule,
        "section": str(evidence.section),
        "version": str(evidence.version),
    }


def _group(group: NodeGroup) -> Row:
    return {
        "specimen": group.specimen,
        "region": str(group.region),
        "side": plain(group.side),
        "examined": group.examined,
        "positive": group.positive,
        "version": str(group.version),
        "deposits": [_deposit(deposit) for deposit in group.deposits],
        "spans": [plain(evidence.span) for evidence in group.evidence],
    }


def _deposit(deposit: Deposit) -> Row:
    found: Row = {"nodes": deposit.nodes, "class": _deposit_class(deposit)}
    if deposit.size is not None:
        found["size_mm"] = str(deposit.size)
    if deposit.cells is not None:
        found["cells"] = str(deposit.cells)
    if deposit.method is not None:
        found["method"] = str(deposit.method)
    versions = {str(evidence.version) for evidence in deposit.evidence}
    if versions - {"original"}:
        found["version"] = max(versions - {"original"})
    found["spans"] = [plain(evidence.span) for evidence in deposit.evidence]
    return found


def _deposit_class(deposit: Deposit) -> str | None:
    """The one class that size, cells and words leave open in the newest edition; else what the words say."""
    table = load_table(editions()[-1])
    classes = deposit_classes(table, deposit.words, deposit.size, deposit.cells)
    found = next(iter(classes)) if len(classes) == 1 else deposit.words
    return str(found) if found is not None else None


def _finding(finding: Finding) -> Row:
    """One flat object; a value that is named as one of our own keys gets a trailing underscore."""
    values = {f"{name}_" if name in _FINDING_KEYS else name: plain(value) for name, value in finding.values.items()}
    return {
        "kind": finding.kind,
        **values,
        "start": finding.span.start,
        "end": finding.span.end,
        "quote": finding.quote,
        "rule": finding.rule,
        "role": str(finding.role),
        "section": str(finding.section),
        "version": str(finding.version),
        "specimen": finding.specimen,
    }


def _decision(decision: Decision) -> Row:
    return {
        "edition": decision.edition,
        "category": category(decision),
        "suffixes": list(decision.category.suffixes) if decision.category is not None else [],
        "row": decision.row,
        "source": decision.source,
        "inputs": plain(decision.inputs),
        "possible": list(decision.possible),
        "basis": decision.basis if decision.category is not None else None,
    }


def _issue(issue: Issue) -> Row:
    return {
        "kind": str(issue.kind),
        "message": issue.message,
        "spans": [plain(span) for span in issue.spans],
        "blocking": issue.blocking,
    }
