"""What was read from a report, in words for a registrar, each value tied to the words that prove it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from parser.model import Category as Stated
from parser.model import Decision, Deposit, Evidence, Issue, NodeGroup, Report, Span
from parser.staging import load_table

from ...archive.reasons import MEANINGS
from ...output import FACTS, chosen, plain, summary
from .passages import Passage, beginnings, passages


class Name(NamedTuple):
    """What a fact is called on the page."""

    field: str  # where the report has it, as corrections name it
    kind: str  # its colour
    words: str


# By the keys of ``output.FACTS``.
NAMES: Final[Mapping[str, Name]] = {
    "laterality": Name("tumor.laterality", "tumour", "Side of the cancer"),
    "examined": Name("nodes.examined", "count", "Nodes examined"),
    "positive": Name("nodes.positive", "count", "Positive nodes (more than ITC)"),
    "positive_as_printed": Name("nodes.positive_as_printed", "count", "Positive nodes as printed"),
    "itc_nodes": Name("nodes.itc", "deposit", "Nodes with ITC only"),
    "micromet_nodes": Name("nodes.micromet", "deposit", "Nodes with a micrometastasis"),
    "macromet_nodes": Name("nodes.macromet", "deposit", "Nodes with a macrometastasis"),
    "sentinel_examined": Name("nodes.sentinel_examined", "count", "Sentinel nodes examined"),
    "sentinel_positive": Name("nodes.sentinel_positive", "count", "Positive sentinel nodes"),
    "largest_deposit_mm": Name("nodes.largest_deposit", "deposit", "Largest deposit, mm"),
    "ene": Name("nodes.extranodal_extension", "deposit", "Extranodal extension"),
    "ihc_on_nodes": Name("nodes.ihc", "deposit", "Immunohistochemistry on nodes"),
    "molecular_on_nodes": Name("nodes.molecular", "deposit", "Molecular test on nodes"),
    "neoadjuvant": Name("tumor.neoadjuvant", "tumour", "After neoadjuvant therapy"),
    "tumor_size_mm": Name("tumor.size", "tumour", "Tumour size, mm"),
    "grade": Name("tumor.grade", "tumour", "Nottingham grade"),
    "er": Name("tumor.er", "tumour", "Oestrogen receptor"),
    "pr": Name("tumor.pr", "tumour", "Progesterone receptor"),
    "her2": Name("tumor.her2", "tumour", "HER2"),
    "ki67": Name("tumor.ki67_percent", "tumour", "Ki-67, %"),
    "oncotype": Name("tumor.oncotype_score", "tumour", "Oncotype DX score"),
    "pt_stated": Name("tumor.pt_stated", "category", "pT as stated"),
    "pn_stated": Name("pn_stated", "category", "pN as stated"),
    "m_stated": Name("tumor.m_stated", "category", "M as stated"),
}
_YES_NO: Final = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A value and where its words begin: the id of a passage, empty for a value that no words prove."""

    key: str
    kind: str
    name: str
    value: str
    words: str
    origin: str


@dataclass(frozen=True, slots=True)
class Group:
    """A line of the ledger."""

    key: str
    words: str
    cells: tuple[str, ...]  # specimen, region, side, examined, positive, deposits, version


@dataclass(frozen=True, slots=True)
class Category:
    """What an edition makes of the facts, and by which row of its table."""

    edition: str
    derived: str  # empty: the facts decide nothing
    by_hand: bool  # a person gave it
    differs: bool  # from the stated one, whatever the suffixes
    possible: tuple[str, ...]  # more than one: all that the facts allow
    row: str
    note: str
    source: str
    inputs: tuple[tuple[str, str], ...]  # what it means, and its value


@dataclass(frozen=True, slots=True)
class Doubt:
    """An issue in words."""

    key: str
    words: str
    kind: str
    meaning: str
    message: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report as the page shows it."""

    passages: tuple[Passage, ...]
    facts: tuple[Shown, ...]
    groups: tuple[Group, ...]
    stated: str
    categories: tuple[Category, ...]
    doubts: tuple[Doubt, ...]
    names: Mapping[str, str]  # of all keys, for whoever asks what stands in a passage
    styles: Mapping[str, str]  # of the passages in which values stand, by their ids


def sheet(report: Report, text: str, by_hand: Collection[str] = ()) -> Sheet:
    """What was read from a text, beside the text; ``by_hand`` are the fields whose values a person gave."""
    spans = dict(_spans(report))
    parts = passages(text, spans)
    words = beginnings(parts)
    values = summary(report, ())
    facts = tuple(_fact(key, values[key], words, by_hand) for key, get in FACTS.items() if get(report) is not None)
    groups = tuple(_group(number, group, words) for number, group in enumerate(report.ledger, 1))
    doubts = tuple(_doubt(number, issue, words) for number, issue in enumerate(report.issues, 1))
    names = {
        **{fact.key: f"{fact.name}: {fact.value}" for fact in facts},
        **{group.key: f"Node group {number}" for number, group in enumerate(groups, 1)},
        **{doubt.key: doubt.meaning for doubt in doubts},
    }
    kinds = {
        **{fact.key: fact.kind for fact in facts},
        **dict.fromkeys((group.key for group in groups), "count"),
        **dict.fromkeys((doubt.key for doubt in doubts), "doubt"),
    }
    styles = {part.id: _style([kinds[key] for key in part.values]) for part in parts if part.values}
    printed = report.pn_stated.value if report.pn_stated else None
    categories = tuple(_category(item, printed, by_hand) for item in reversed(chosen(report)))
    return Sheet(parts, facts, groups, str(printed or ""), categories, doubts, names, styles)


def _style(kinds: Sequence[str]) -> str:
    """The colour of the value with the shortest words, underlined in waves where there is a doubt besides."""
    return f"{kinds[0]} doubtful" if "doubt" in kinds[1:] else kinds[0]


def _spans(report: Report) -> Iterator[tuple[str, list[Span]]]:
    """The words behind every value that can be clicked."""
    for key, get in FACTS.items():
        if (value := get(report)) is not None:
            yield f"fact-{key}", _places(value.evidence)
    for number, group in enumerate(report.ledger, 1):
        yield f"group-{number}", _places([*group.evidence, *(item for deposit in group.deposits for item in deposit.evidence)])
    for number, issue in enumerate(report.issues, 1):
        yield f"issue-{number}", list(issue.spans)


def _places(evidence: Iterable[Evidence]) -> list[Span]:
    return [item.span for item in evidence]


def _fact(key: str, value: object, words: Mapping[str, str], by_hand: Collection[str]) -> Shown:
    field, kind, name = NAMES[key]
    found = words.get(f"fact-{key}", "")
    origin = "given by hand" if field in by_hand else "its words" if found else "follows from other values"
    return Shown(f"fact-{key}", kind, name, _said(value), found, origin)


def _group(number: int, group: NodeGroup, words: Mapping[str, str]) -> Group:
    key = f"group-{number}"
    deposits = "; ".join(map(_deposit, group.deposits))
    cells = (group.specimen, group.region, group.side, group.examined, group.positive, deposits, group.version)
    return Group(key, words.get(key, ""), tuple("–" if cell in (None, "") else str(cell) for cell in cells))


def _deposit(deposit: Deposit) -> str:
    size = f"{deposit.size} mm" if deposit.size is not None else ""
    cells = f"{deposit.cells} cells" if deposit.cells is not None else ""
    parts = (f"{deposit.nodes} node{'s' * (deposit.nodes != 1)}", deposit.words, size, cells, deposit.method)
    return " ".join(str(part) for part in parts if part)


def _category(decision: Decision, stated: Stated | None, by_hand: Collection[str]) -> Category:
    table = load_table(decision.edition)
    row = next((row for row in table.rows if row.id == decision.row), None)
    inputs = tuple(
        (table.inputs[name].means.partition(";")[0], str(value).replace("_", " "))
        for name, value in decision.inputs.items()
        if name in table.inputs and value != table.inputs[name].default
    )
    return Category(
        edition=decision.edition,
        derived=str(decision.category) if decision.category is not None and decision.basis != "stated" else "",
        differs=_differs(decision, stated),
        by_hand=f"pN {decision.edition}" in by_hand,
        possible=decision.possible if len(decision.possible) > 1 else (),
        row=decision.row or "",
        note=row.note if row else "",
        source=decision.source or "",
        inputs=inputs,
    )


def _differs(decision: Decision, stated: Stated | None) -> bool:
    found = decision.category
    return found is not None and stated is not None and (found.prefix, found.base) != (stated.prefix, stated.base)


def _doubt(number: int, issue: Issue, words: Mapping[str, str]) -> Doubt:
    key = f"issue-{number}"
    return Doubt(key, words.get(key, ""), str(issue.kind), MEANINGS[issue.kind], issue.message, issue.blocking)


def _said(value: object) -> str:
    """A value in words.

    >>> _said(True), _said(3), _said("not done")
    ('yes', '3', 'not done')
    """
    return _YES_NO[value] if isinstance(value, bool) else str(plain(value))
