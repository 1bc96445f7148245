"""Groups of lymph nodes as passages state them: one statement, one group, each with its part, region and side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .document import Document, Mention
from .model import Region, Role, Side, Version
from .numbers import UP_TO_TWENTY
from .regions import region_of
from .sections import DIAGNOSES, Part, Passage, names_nodes
from .statements import BREAST, statements
from .stations import stations
from .verdicts import number, positive_among, told_by
from .words import holds

_CORRECTED = re.compile(r"(?<![a-z])(?:corrected|revised|amended|should\s+(?:read|be))(?![a-z])[^.;]{0,50}\Z")
_ONE_NODE = re.compile(r"(?<![a-z])(?:lymph\s{0,2})?n[o0]{1,2}[dca]e(?![a-z])(?!\s{0,2}(?:dissection|biops|s\)))|(?<![a-z])sln(?![a-z])")
_SEVERAL = re.compile(r"(?<![a-z])n[o0]{1,2}[dca]es(?![a-z])")
_OPENS_WITH_NODE = re.compile(
    r"(?:part\s)?[\s#(]{0,3}(?:[a-z]|\d{1,2})?[\s).:\"'-]{0,5}(?:(?:left|right|sentinel|axillary|intramammary)\s){0,3}(?:lymph\s+)?n[o0]{1,2}des?"
)
_LABEL_OF_NUMBER = re.compile(rf"\s?[:=]\s{{0,3}}(?:\d|{UP_TO_TWENTY})")  # "Lymph nodes: negative|: 10|, positive: 2"
_TISSUE = re.compile(r"[\s,]{1,3}(?:[a-z]{1,12}\s){0,2}(?:fibro-?adipose|adipose|fibro-?fatty|fatty|breast|connective|soft)")
# behind the title of a specimen of nodes: no node was in it
_TISSUE_ONLY = re.compile(
    r"[\s.:-]{0,6}(?:[a-z]{3,12}[\s.:-]{1,6}){0,3}(?:fibro-?\s?adipose|adipose|fibro-?\s?fatty|fatty|connective|fat|soft)\s(?:(?!n[o0]{1,2}[dca]e)[^.;:])*\Z"
)
# "Right axilla, biopsy: |Lymph node,| negative for tumor"
_NODE_TOLD = re.compile(r"[\s.-]{0,4}(?:benign\s|reactive\s)?lymph\s{1,2}n[o0]{1,2}[dca]e(?![a-z])[\s,:-]{0,4}\Z")
_SUM = re.compile(
    r"(?<![a-z])(?:(?:final|total|nodal)\s+tally|making|total(?!\s+(?:mastectomy|nottingham|score|breast|specimen))|overall|altogether|combined|summary|in\s+all|sum(?:med)?|all(?=\s+(?:lymph\s+)?nodes?\s?[:=])|(?:final|overall)\s+(?:nodal|node|n)\s+status)(?![a-z])[^.;]{0,60}\Z"
)
_OF_ALL_PARTS = re.compile(r"(?:in|from)\s(?:all|both)\s(?:the\s)?(?:parts|specimens)|altogether")
_TITLE = re.compile(r"[^:;]{3,140}?(?:[:;]|(?<!non)-{1,3}[\s.]|(?:excision|biopsy|dissection|removal|resection)\s\([a-z]\)(?=\s))")
_PART_LABEL = re.compile(r"(?:(?:part|specimen)\s{0,2})?[(#]{0,2}\s{0,2}(?:\d{1,2}|[ivx]{1,4}|[a-z])\s?[:.)]{1,2}")
_NONE = re.compile(r"(?<![a-z])no\s+(?:lymph|definit|node|sentinel|evidence\s+of\s+lymph)|breast|mastectomy")
# "(see parts 1-6)", "(includes part B)", "including specimens A and B"
_OF_PARTS = re.compile(r"(?<![a-z])(?:see|includ(?:es?|ing)|from)\s+(?:the\s+|all\s+)?(?:parts?|specimens?)\s+(?:[a-z]|\d{1,2})(?![a-z])")
_SOME_NODES = re.compile(r"[^.;:]*?(?<![a-z])(?:of\s(?:the|these|her)|positive|involved|metastatic)\s[^.;:]*n[o0]{1,2}[dca]es?(?![a-z])")
# all nodes that were examined: "|all| twelve nodes are positive", "two |nodes:| metastatic carcinoma", "|the one| palpable node"
_ALL_NODES = re.compile(r"(?<![a-z])(?:all|both|each|the\s(?:one|single|only|sole))(?![a-z])|n[o0]{1,2}[dca]es?\s?[,:;-]")
_NODES_BEFORE = re.compile(  # what holds more than one node: "|axillary contents|: metastasis in one node"
    r"(?<![a-z])(?:n[o0]{1,2}[dca]es|slns|lns|alnd|dissection|clearance|contents|axillectomy|lymphadenectomy|radical)(?![a-z])"
)
# Each of the patterns above holds one of its words: most statements need no further look.
_CORRECTIONS, _PARTS, _ALL_PARTS = ("corrected", "revised", "amended", "should"), ("part", "specimen"), ("parts", "specimens", "altogether")
_SUM_WORDS = ("all", "making", "total", "altogether", "combined", "sum", "status")
_BEHIND_CATEGORY = 6  # characters at most: "pN0 (0 of 3 lymph nodes)", "pN0 (0/9)"


@dataclass(slots=True, eq=False)  # two groups are never the same nodes because their words look alike
class Group:
    """Nodes that one statement counts, while the ledger is drawn up."""

    mention: Mention
    examined: int | None
    positive: int | None
    region: Region
    side: Side | None
    sentinel: bool = False
    summary: bool = False  # the words say that it sums up others
    of_parts: bool = False  # ... and name the parts it includes
    role: Role = Role.LEDGER
    corrected: bool = False  # the words say that it replaces an earlier count
    distant: bool = False  # of a station that is not regional for the breast
    doubt: str | None = None  # why the counts need review
    implied: bool = False  # examined is not printed: the nodes named are the positive ones
    at_least: bool = False  # ... and more may have been examined: "7 positive nodes", "in one of the axillary nodes"
    end: int = 0  # where the words that tell of the nodes end, if behind the mention
    evidence: list[Mention] = field(default_factory=list)

    @property
    def part(self) -> Part:
        """The specimen part the statement stands in."""
        return self.mention.part

    @property
    def passage(self) -> Passage:
        """The passage the statement stands in."""
        return self.mention.passage

    @property
    def first_number(self) -> int:
        """Where the first number of the statement stands."""
        return min((start for start, _ in self.mention.spans.values()), default=self.mention.start)

    @property
    def counts(self) -> tuple[int | None, int | None]:
        """Examined and positive."""
        return (self.examined, self.positive)


def summed(groups: Iterable[Group]) -> tuple[int, int]:
    """The nodes examined and the positive ones of some groups together; a number that is not told adds nothing."""
    examined = positive = 0
    for group in groups:
        examined += group.examined or 0
        positive += group.positive or 0
    return examined, positive


def groups(document: Document) -> list[Group]:
    """Every group that the report states, in the order of the text, before repeats are recognised."""
    found: list[Group] = [_group(document, mention) for mention in statements(document)]
    found.extend(_stationed(document))
    found.extend(_labelled(document, found))
    found.extend(_single_nodes(document, found))
    return sorted(found, key=lambda group: group.mention.start)


def _stationed(document: Document) -> list[Group]:
    """Stations with counts of their own under labels."""
    result = []
    for labels in stations(document):
        label = labels["examined"]
        if label.section not in DIAGNOSES:
            continue  # they make up the printed totals
        examined = number(label, "examined")
        positive = number(labels["positive"], "positive") if "positive" in labels else positive_among(document, label, examined)
        first = min(labels.values(), key=lambda one: one.start)
        result.append(Group(label, examined, positive, *_placed(document, first), evidence=list(labels.values())))
    return result


def _labelled(document: Document, found: Sequence[Group]) -> list[Group]:
    """Specimens of nodes with counts of their own under labels: "A. Lymph node, excision: nodes examined: 1, positive: 0"."""
    told: dict[int, dict[str, Mention]] = {}
    for mention in document.of("node_total"):
        if mention.part.label is not None and mention.section in DIAGNOSES and mention.version is not Version.SUPERSEDED:
            for name in mention.values.keys() & {"examined", "positive"}:
                told.setdefault(id(mention.part), {}).setdefault(name, mention)
    counted = {id(group.part): group.examined for group in found if group.part.label is not None}
    if len(counted.keys() | {part for part, labels in told.items() if "examined" in labels}) < 2:
        return []  # one part for all: its labels may be the totals of the report
    result = []
    empty = {id(mention.part) for mention in document.of("no_nodes")}
    groups_of: dict[int, list[Group]] = {}
    for group in found:
        groups_of.setdefault(id(group.part), []).append(group)
    for part, labels in told.items():
        label = labels.get("examined")
        if (
            label is None
            or not names_nodes(document.clean, label.part, label.start)
            or part in empty
            or (BREAST.search(document.clean, label.part.start, min(label.end, label.part.start + 90)) and part not in counted)
            or counted.get(part, label.values["examined"]) != label.values["examined"]
        ):
            continue
        if part in counted:
            for group in groups_of[part]:
                group.evidence += labels.values()  # told again of the same nodes
            continue
        examined = number(label, "examined")
        positive = number(labels["positive"], "positive") if "positive" in labels else positive_among(document, label, examined)
        result.append(Group(label, examined, positive, *_placed(document, label), evidence=list(labels.values())))
    return result


def _single_nodes(document: Document, found: Sequence[Group]) -> list[Group]:
    """Parts that name nodes in their title and give a verdict, without a number: "Sentinel lymph node #1: negative"."""
    counted = {id(group.part) for group in found} | {id(mention.part) for mention in document.of("no_nodes")}
    single: dict[int, Group] = {}
    titles: dict[int, re.Match[str] | None] = {}
    for verdict in document.of("verdict", "deposit_class"):
        part = verdict.part
        if (
            part.label is None
            or id(part) in counted
            or id(part) in single
            or verdict.section not in DIAGNOSES
            or verdict.version is Version.SUPERSEDED
        ):
            continue
        if id(part) not in titles:
            titles[id(part)] = _title(document.clean, part)
        title = titles[id(part)]
        if (
            title is None
            or not 0 <= verdict.start - title.end() <= 110
            or _TISSUE.match(document.clean, verdict.end)
            or _LABEL_OF_NUMBER.match(document.clean, verdict.end)
            or _TISSUE_ONLY.match(document.clean, title.end(), verdict.start)
        ):
            continue
        if document.overlapping(verdict, "node_total"):
            continue
        several = _SEVERAL.search(title[0])
        if not several and not _ONE_NODE.search(title[0]) and not _NODE_TOLD.match(document.clean, title.end(), verdict.start):
            continue
        negative = verdict.values.get("result") == "negative"
        if not (several and verdict.kind != "verdict"):
            examined, positive = (1, 0 if negative else 1) if not several else (None, 0 if negative else None)
            single[id(part)] = Group(verdict, examined, positive, *_placed(document, verdict), implied=True, evidence=[verdict])
    return list(single.values())


def _title(text: str, part: Part) -> re.Match[str] | None:
    """The title of a part behind its label; None where it has none, or says that there are no nodes."""
    label = _PART_LABEL.match(text, part.start)
    start = label.end() if label else part.start
    title = _TITLE.match(text, start, min(part.end, start + 150))
    if title is None or (_NONE.search(title[0]) and not _OPENS_WITH_NODE.match(title[0])):
        return None
    return title


def _placed(document: Document, mention: Mention) -> tuple[Region, Side | None, bool]:
    region, sentinel = region_of(document, mention)
    return region, document.side_of(mention), sentinel


def _group(document: Document, mention: Mention) -> Group:
    text = document.clean
    examined, positive, implied, doubtful, end = told_by(document, mention)
    region, sentinel = region_of(document, mention)
    group = Group(mention, examined, positive, region, document.side_of(mention), sentinel, _is_summary(document, mention), implied=implied)
    group.end = end
    low = max(0, mention.start - 60)
    group.corrected = holds(text, low, mention.start, _CORRECTIONS) and _CORRECTED.search(text, low, mention.start) is not None
    group.distant = _is_distant(document, mention)
    doubtful = doubtful or (bool(positive) and _denied_before(document, mention, examined))
    group.doubt = "counted as positive and called negative" if doubtful else None  # "2/14 lymph nodes, negative"
    numbers = [span for name, span in mention.spans.items() if name in ("examined", "positive", "negative")]
    alone = len(numbers) == 1 and bool(positive) and examined == positive
    group.at_least = alone and (_SOME_NODES.match(text, numbers[0][1], mention.end) is not None or _of_more(document, group))
    low, high = max(mention.part.start, mention.start - 90), mention.end + 50
    group.of_parts = holds(text, low, high, _PARTS) and _OF_PARTS.search(text, low, high) is not None
    group.evidence.append(mention)
    return group


def _of_more(document: Document, group: Group) -> bool:
    """Whether positive nodes are told without a number of all: "axillary dissection: metastatic carcinoma in two nodes"."""
    text, mention = document.clean, group.mention
    if "positive" not in mention.spans or _ALL_NODES.search(text, max(mention.part.start, mention.start - 10), mention.end):
        return False
    return group.positive != 1 or _NODES_BEFORE.search(text, max(mention.part.start, mention.start - 160), mention.start) is not None


def _denied_before(document: Document, mention: Mention, examined: int | None) -> bool:
    """Whether words before call the same nodes negative: "no metastatic carcinoma in fourteen lymph |nodes (14/14)|"."""
    before = [other for other in document.overlapping(mention, "node_count") if other.start < mention.start]
    return any(other.values.get("positive") == 0 and other.values.get("examined") == examined for other in before)


def _is_distant(document: Document, mention: Mention) -> bool:
    """Whether the last station that the statement or, before it, its part names is not regional."""
    low = max(mention.part.start, mention.start - 160)
    stations = document.within(low, mention.end, "distant_station", "region")
    return bool(stations) and stations[-1].kind == "distant_station"


# How an addendum names a node: "sentinel node #2", "part 3", "block B1".
_NODE_NUMBER = re.compile(r"(?<![a-z])n[o0]de\s?(?:#|no\.?|number)?\s?(?P<number>\d{1,2})(?!\d|/|\.\d)")
_PART_NAME = re.compile(r"(?<![a-z])(?:part|block|specimen|node)s?(?:\s|\s?#)\s?(?P<label>[a-z]|\d{1,2})(?![a-z]|\.\d|\d\d)")


class Names:
    """Groups by the numbers of nodes and the labels that an addendum may name them by."""

    def __init__(self, document: Document, groups: Sequence[Group]) -> None:
        self._document, self._groups = document, groups

    @cached_property
    def _numbers(self) -> Mapping[str, list[Group]]:
        """By the first number of a node in the words before and in each statement."""
        found: dict[str, list[Group]] = {}
        for group in self._groups:
            end = group.mention.end
            if number := _NODE_NUMBER.search(self._document.clean[max(group.part.start, end - 300) : end]):
                found.setdefault(number["number"], []).append(group)
        return found

    @cached_property
    def _labels(self) -> Mapping[str, list[Group]]:
        found: dict[str, list[Group]] = {}
        for group in self._groups:
            found.setdefault((group.part.label or "").lower(), []).append(group)
        return found

    def of(self, mention: Mention) -> Sequence[Group]:
        """The groups that the words around a mention name by the number of the node, else by the part or the block."""
        low, high = max(mention.passage.start, mention.start - 120), min(mention.passage.end, mention.end + 80)
        words = self._document.clean[low:high]
        if number := _NODE_NUMBER.search(words):
            return self._numbers.get(number["number"], ())
        part = _PART_NAME.search(words)
        return self._labels.get(part["label"], ()) if part else ()


def _is_summary(document: Document, mention: Mention) -> bool:
    """Whether a statement is told as a sum: "overall", "a total of", "in all", or in brackets behind the category."""
    text, low = document.clean, max(0, mention.start - 70)
    inside = min(mention.end, min([start for start, _ in mention.spans.values()], default=mention.start))
    categories = document.within(inside - _BEHIND_CATEGORY - document.longest, inside, "category")
    return (
        any(0 <= inside - category.end <= _BEHIND_CATEGORY for category in categories)
        or (holds(text, mention.start, mention.end, _ALL_PARTS) and _OF_ALL_PARTS.search(text, mention.start, mention.end) is not None)
        or (holds(text, low, inside, _SUM_WORDS) and _SUM.search(text, low, inside) is not None)
    )
