"""From a document to the report: one value a question, each with its evidence, and an issue for every doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from .cautions import cautions
from .counted import draw_up
from .deposits import Counts, Found, add_cells, add_later, deposits_of, find, tally
from .document import Document, Mention
from .doubts import doubts
from .facts import Facts, as_stated
from .groups import Group, groups
from .ledger import Ledger
from .methods import extranodal_extension, node_ihc, node_molecular
from .model import (
    Decision,
    DecisionStatus,
    Deposit,
    Evidence,
    Issue,
    IssueKind,
    Method,
    NodeGroup,
    Nodes,
    Report,
    Role,
    Tumor,
    Value,
)
from .scope import index_side, invasive_sides, is_breast, scope_issues
from .staging import editions, load_table
from .stated import stated_category
from .tumor import resolve_tumor
from .unread import unread_statements

# Kinds that only place other findings and say nothing of the cancer themselves.
_PLACING = frozenset({"side", "region", "breast", "other_site", "distant_station", "invasive", "verdict", "candidate", "clinical_node"})
# Findings only where the words around them make them a deposit's, of nodes, or a result.
_ONLY_USED = frozenset({"focus_size", "part_ratio", "m_category"})
_NO_REPORT = frozenset({IssueKind.EMPTY_TEXT, IssueKind.NOT_BREAST})
_DEFAULT_EDITION = "AJCC 8"
T = TypeVar("T")


def resolve(document: Document) -> Report:
    """The report that a document's mentions amount to. What is counted nowhere else is looked for in the gross description too."""
    report = _resolve(document)
    nodes = report.nodes
    unread = nodes.examined is None and nodes.positive is None and not any(issue.kind in _NO_REPORT for issue in report.issues)
    if unread and document.speaks_of_nodes_elsewhere:
        return _resolve(Document(document.text, document.grammar, everywhere=True))
    return report


def _resolve(document: Document) -> Report:
    if not is_breast(document):
        return _out_of_scope(document)
    tumor, tumor_mentions = resolve_tumor(document)
    told = groups(document)
    invasive = invasive_sides(document)
    side, side_issues = index_side(document, tumor, told, invasive)
    ledger = draw_up(document, side, told)
    ledger.issues.extend(side_issues)
    stated, stated_mentions, contradicting = stated_category(document)
    if contradicting:
        ledger.flag(IssueKind.STATED_CATEGORIES_DIFFER, "the report prints categories that contradict each other", stated_mentions)
    found = find(document, ledger)
    table = load_table(_DEFAULT_EDITION)
    add_later(table, ledger, found)
    add_cells(table, ledger, found, stated)
    molecular, molecular_method, molecular_mentions = node_molecular(document)
    deposits = deposits_of(table, ledger, found, stated)
    counts = tally(table, [deposit for _, deposit in deposits])[0]
    ledger.settle(counts.itc)
    ihc, ihc_mentions = node_ihc(document, side, ledger.positive, counts.itc > 0)
    facts = Facts(ledger, deposits, ihc, molecular, stated, bool(document.of("clinical_node")))
    staging = facts.stage()
    if all(decision.category is None for decision in staging.values()) and stated is not None:
        staging = {edition: as_stated(decision, stated) for edition, decision in staging.items()}
    ene, ene_mentions = extranodal_extension(document)
    words_of_molecular = _proof(document, molecular_mentions)
    methods: _Methods = (
        _value(ene, _proof(document, ene_mentions)),
        _value(ihc, _proof(document, ihc_mentions)),
        _value(molecular, words_of_molecular),
        _value(molecular_method, words_of_molecular),
    )
    nodes = _nodes(document, ledger, facts, counts, found, methods)
    issues = [
        *ledger.issues,
        *doubts(document, ledger, facts, counts, found, staging, stated, stated_mentions, ene_mentions if ene else (), ihc_mentions),
        *cautions(document, table, ledger, told, found, stated),
        *scope_issues(document, ledger, stated, invasive),
        *unread_statements(document, ledger, told),
    ]
    used = {id(mention): Role.VALUE for mention in (*stated_mentions, *ihc_mentions, *molecular_mentions, *ene_mentions, *tumor_mentions)}
    used |= {id(mention): Role.VALUE for entry in found for mention in entry.mentions()}
    roles = used | ledger.roles
    return Report(
        DecisionStatus.NEEDS_REVIEW if any(issue.blocking for issue in issues) else DecisionStatus.ACCEPTED,
        tuple(sorted(issues, key=lambda issue: (issue.spans[:1], issue.kind))),
        nodes,
        tumor,
        _value(stated, _proof(document, stated_mentions)),
        staging,
        _lines(document, ledger.groups, deposits),
        document.findings(_to_report(document, roles), roles),
        document.grammar.version,
    )


def _to_report(document: Document, roles: Mapping[int, Role]) -> list[Mention]:
    """The mentions that are findings of the report, in the order of the text."""
    told = document.of(*[kind for kind in document.mentions if kind not in _PLACING])
    if _ONLY_USED.isdisjoint(document.mentions):
        return told
    return [mention for mention in told if mention.kind not in _ONLY_USED or id(mention) in roles]


# Extranodal extension, immunohistochemistry, the molecular result and its method.
_Methods = tuple[Value[bool] | None, Value[str] | None, Value[str] | None, Value[Method] | None]


def _nodes(document: Document, ledger: Ledger, facts: Facts, counts: Counts, found: Sequence[Found], methods: _Methods) -> Nodes:
    group_mentions = [group.mention for group in ledger.groups]
    counted = group_mentions + ledger.totals.mentions("examined", "positive", "axillary_examined", "axillary_positive", "macro", "micro")
    printed = ledger.positive
    itc = counts.itc
    positive = None if printed is None else max(counts.macro + counts.micro + counts.unsized, 0)
    sizes = [(size, mention) for entry in found for size, mention in entry.sizes]
    largest = max(sizes, key=lambda item: item[0].number, default=None)
    sentinel = [group.mention for group in ledger.groups if group.sentinel] + ledger.totals.mentions(
        "sentinel_examined", "sentinel_positive"
    )
    deposit_mentions = [mention for entry in found for mention in entry.mentions()] + ledger.totals.mentions("macro", "micro", "itc")
    sized = counts.unsized == 0 and printed is not None
    sentinel_positive = _sentinel_positive(facts, positive) if itc else ledger.sentinel_positive
    words = _proof(document, counted)
    words_of_none = _proof(document, ledger.none_found) if ledger.examined == 0 and not counted else words
    words_of_deposits = _proof(document, deposit_mentions) if deposit_mentions else words
    words_of_sentinel = _proof(document, sentinel)
    ene, ihc, molecular, molecular_method = methods
    return Nodes(
        examined=_value(ledger.examined, words_of_none),
        positive=_value(positive, words),
        positive_as_printed=_value(printed, words),
        macromet=_value(counts.macro if sized else None, words_of_deposits),
        micromet=_value(counts.micro if sized or counts.micro else None, words_of_deposits),
        itc=_value(itc if sized or itc else None, words_of_deposits),
        sentinel_examined=_value(ledger.sentinel_examined, words_of_sentinel),
        sentinel_positive=_value(sentinel_positive, words_of_sentinel),
        largest_deposit=_value(largest[0], _proof(document, [largest[1]])) if largest else None,
        extranodal_extension=ene,
        ihc=ihc,
        molecular=molecular,
        molecular_method=molecular_method,
    )


def _sentinel_positive(facts: Facts, positive: int | None) -> int | None:
    """The sentinel nodes with more than isolated tumour cells; None where nodes with such cells only may be sentinel nodes or others."""
    ledger = facts.ledger
    if not ledger.sentinel_positive or positive == 0:
        return ledger.sentinel_positive and 0
    if ledger.sentinel_examined == ledger.examined:
        return positive
    if positive == sum(group.positive or 0 for group in ledger.groups):
        return ledger.sentinel_positive  # nodes with isolated tumour cells only are counted as negative
    isolated = [(group, deposit.nodes) for group, deposit in facts.deposits if _only_itc(deposit)]
    if all(group is not None for group, _ in isolated):
        return ledger.sentinel_positive - sum(nodes for group, nodes in isolated if group and group.sentinel and group.positive)
    return None


def _only_itc(deposit: Deposit) -> bool:
    reading = tally(load_table(_DEFAULT_EDITION), [deposit])[0]
    return reading.itc > 0


def _proof(document: Document, mentions: Sequence[Mention]) -> tuple[Evidence, ...]:
    """The words of mentions in the order of the text, none twice."""
    if not mentions:
        return ()
    unique = {mention.span: mention for mention in mentions}
    return tuple([document.evidence(unique[span]) for span in sorted(unique)])


def _value(value: T | None, evidence: tuple[Evidence, ...]) -> Value[T] | None:
    return None if value is None else Value(value, evidence)


def _lines(document: Document, groups: Sequence[Group], deposits: Sequence[tuple[Group | None, Deposit]]) -> tuple[NodeGroup, ...]:
    own: dict[int, list[Deposit]] = {}
    for owner, deposit in deposits:
        if owner is not None and (deposit.size or deposit.words or deposit.cells):
            own.setdefault(id(owner), []).append(deposit)
    return tuple(_line(document, group, tuple(own.get(id(group), ()))) for group in groups)


def _line(document: Document, group: Group, own: tuple[Deposit, ...]) -> NodeGroup:
    evidence = tuple(document.evidence(mention) for mention in group.evidence)
    label = group.part.label if group.part.label and group.part.label[0] != "#" else None
    return NodeGroup(label, group.region, group.side, group.examined, group.positive, own, group.mention.version, evidence)


def _out_of_scope(document: Document) -> Report:
    """The report of a text that is empty or of another organ: no value, and the reason."""
    empty = not document.clean.strip()
    kind = IssueKind.EMPTY_TEXT if empty else IssueKind.NOT_BREAST
    issue = Issue(kind, "there is no text" if empty else "not a report of a breast")
    staging = {edition: Decision(edition, None) for edition in editions()}
    return Report(DecisionStatus.NEEDS_REVIEW, (issue,), Nodes(), Tumor(), None, staging, (), (), document.grammar.version)
