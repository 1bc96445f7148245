"""Groups of lymph nodes as passages state them: one statement, one group, each with its part, region and side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .document import Document, Mention
from .model import Region, Role, Section, Side, Version
from .place import in_key
from .regions import region_of
from .sections import DIAGNOSES, Part, Passage, names_nodes
from .stations import stations
from .verdicts import number, positive_among, told_by
from .words import before

# A statement of counts beats a number with a verdict, which beats a number alone.
_RANK = {"node_count": 1, "node_number": 0, "part_ratio": -1}
_COLUMN, _LINE_END = re.compile(r"[^\S\n]{3,}\Z"), re.compile(r"[^\S\n]*\n")  # a value in a column
_LINE_LABEL = re.compile(r"\d\s{0,3}\n[^\n:]{3,60}:")
_LABEL_EDGE = re.compile(r"\.|\n\s*\n|\n\s*\#?\s?(?:[a-z]|\d{1,2})\s?[:)]")  # what is told ends, or the next specimen begins
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_CORRECTED = re.compile(r"(?<![a-z])(?:corrected|revised|amended|should\s+(?:read|be))(?![a-z])[^.;]{0,50}\Z")
# "1 to 3 axillary nodes": the words of a definition; "including two nodes": nodes counted before
_ASIDE = before(r"(?:(?:\d|one|four|ten)\s{0,2}(?:to|-|or)\s{0,2}|includ(?:es?|ing)\s{0,2}(?:the\s|all\s)?)")
_LEGEND = re.compile(r"(?<![a-z])p?n\s?[0-3][a-c]?(?:\s?[:=]|\s)[^.;\n]{0,60}\Z")
_ONE_NODE = re.compile(r"(?<![a-z])(?:lymph\s{0,2})?n[o0]{1,2}[dca]e(?![a-z])(?!\s{0,2}(?:dissection|biops|s\)))|(?<![a-z])sln(?![a-z])")
_SEVERAL = re.compile(r"(?<![a-z])n[o0]{1,2}[dca]es(?![a-z])")
_OPENS_WITH_NODE = re.compile(
    r"(?:part\s)?[\s#(]{0,3}(?:[a-z]|\d{1,2})?[\s).:\"'-]{0,5}(?:(?:left|right|sentinel|axillary|intramammary)\s){0,3}(?:lymph\s+)?n[o0]{1,2}des?"
)
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
_BREAST = re.compile(r"(?<![a-z])(?:breast|mastectomy)(?![a-z])")
_TITLE = re.compile(r"[^:;]{3,140}?(?:[:;]|(?<!non)-{1,3}[\s.]|(?:excision|biopsy|dissection|removal|resection)\s\([a-z]\)(?=\s))")
_PART_LABEL = re.compile(r"(?:(?:part|specimen)\s{0,2})?[(#]{0,2}\s{0,2}(?:\d{1,2}|[ivx]{1,4}|[a-z])\s?[:.)]{1,2}")
_NONE = re.compile(r"(?<![a-z])no\s+(?:lymph|definit|node|sentinel|evidence\s+of\s+lymph)|breast|mastectomy")
# "(see parts 1-6)", "(includes part B)", "including specimens A and B"
_OF_PARTS = re.compile(r"(?<![a-z])(?:see|includ(?:es?|ing)|from)\s+(?:the\s+|all\s+)?(?:parts?|specimens?)\s+(?:[a-z]|\d{1,2})(?![a-z])")
# "(8) Right axillary lymph nodes: ...", "(1) right sentinel nodes, (2) breast": the label of a specimen, in brackets
_LABELLED_TITLE = re.compile(
    r"(?:[.;:\n]\s{0,3}|\A)\(\s?\d{1,2}\s?\)\s[^.;:]{3,60}n[o0]des?[^.;:\d]{0,60}(?::|\s-{1,2}\s|[,;.]\s{0,2}(?:and\s)?\(\d{1,2}\)\s)"
)
# nodes counted elsewhere: "treatment effect is seen in one further node", "no extranodal extension in any of the four nodes",
# "in the first report five positive nodes of eighteen were given"
_SPOKEN_OF = re.compile(
    r"(?<![a-z])(?:(?:treatment|therapy|chemotherapy)[\s-](?:related\s)?(?:effects?|changes?|response)[^.;:\n]{0,70}(?<![a-z])in(?![a-z])[^.;:\n]{0,40}"
    r"|extra-?\s?(?:nodal|capsular)\s[a-z]{4,12}\s(?:[a-z]{2,10}\s){0,3}in\s(?:any\s|all\s)?(?:of\s)?(?:the\s|these\s)?"
    r"|(?:keratin|oscar|ae1/ae3|ihc|stains?)\s(?:is\s|was\s)?positive\sin\s"
    r"|(?:sister|mother|daughter|aunt|cousin|relative)(?:'s)?\s[^.;:\n]{0,40}"
    r"|(?:first|original|earlier|previous|preliminary)\s(?:report|count)[^.;:\n]{0,30})\Z"
)
_SOME_NODES = re.compile(r"[^.;:]*?(?<![a-z])(?:of\s(?:the|these|her)|positive|involved|metastatic)\s[^.;:]*n[o0]{1,2}[dca]es?(?![a-z])")
_LIST_ITEM = re.compile(r"(?:[2-9]|\d\d)\s[^()]*node(?:\Z|[;,:.]\s)")  # "1 mastectomy 2 sentinel node": the number of a specimen
_LABEL_LENGTH = 5  # of a part: "2 - "
_BEHIND_CATEGORY = 6  # characters at most: "pN0 (0 of 3 lymph nodes)", "pN0 (0/9)"
_ELSEWHERE = frozenset({Section.HISTORY, Section.BOILERPLATE, Section.SPECIMENS})


@dataclass(slots=True)
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
    candidates = document.of("candidate")
    found: list[Group] = []
    for mention in _best(document.of("node_count", "node_number", "part_ratio")):
        if mention.section in _ELSEWHERE or mention.version is Version.SUPERSEDED:
            continue
        if any(mention.overlaps(word) for word in candidates) or _ASIDE.match(
            document.clean, max(mention.part.start + _LABEL_LENGTH, mention.start - 16), mention.start
        ):
            continue
        if _SPOKEN_OF.search(document.clean, max(mention.part.start, mention.start - 90), mention.start):
            continue
        if mention.kind != "part_ratio" and len(mention.spans) == 1 and _LIST_ITEM.match(document.clean, mention.start, mention.end):
            continue
        if mention.kind == "part_ratio" and not _of_nodes(document, mention):
            continue
        if in_key(document, mention.start) or (
            "or more" in document.clean[mention.start : mention.end + 9]
            and _LEGEND.search(document.clean, max(0, mention.start - 70), mention.start)
        ):
            continue
        if mention.part is not mention.passage.part_at(mention.end - 1) or _value_of_label(document, mention):
            continue
        if mention.rule == "nodes.number_bracket_before" and mention.part.label and mention.start <= mention.part.start + 1:
            continue  # "(1) Sentinel node, left axilla, #1:", the label of the specimen
        titled = _LABELLED_TITLE.search(document.clean, max(0, mention.start - 4), mention.end + 60)
        if titled is not None and titled.start() < mention.end:
            continue
        group = _group(document, mention)
        if group is not None:
            found.append(group)
    found.extend(_stationed(document))
    found.extend(_labelled(document, found))
    found.extend(_single_nodes(document, found))
    return sorted(found, key=lambda group: group.mention.start)


def _of_nodes(document: Document, mention: Mention) -> bool:
    """Whether a ratio behind a verdict belongs to nodes: its part is a specimen of nodes, or its sentence names their region."""
    part = mention.part
    title_ends = min(part.start + 90, mention.start)
    titled = part.label is not None and names_nodes(document.clean, part, title_ends)
    if titled and not _BREAST.search(document.clean, part.start, title_ends):
        return True
    sentence = max(document.clean.rfind(".", part.start, mention.start), part.start)
    return any(sentence <= word.start < mention.start for word in document.of("region"))


def _value_of_label(document: Document, mention: Mention) -> bool:
    """Whether the number is the value of the label before it and the nodes belong to the next: "examined: 3", "Lymph nodes positive"."""
    numbers = list(mention.spans.values())
    last = max((end for _, end in numbers), default=mention.end)
    to_colon = mention.end + 20 if "node" in document.clean[last : mention.end] else mention.end
    if _LINE_LABEL.search(document.clean, mention.start, to_colon):
        return True
    if len(numbers) != 1:
        return False
    if _COLUMN.search(document.clean, max(0, numbers[0][0] - 12), numbers[0][0]) and _LINE_END.match(document.clean, numbers[0][1]):
        return True
    if _BLANK_LINE.search(document.clean, numbers[0][1], mention.end):
        return True
    if not document.clean[max(0, numbers[0][0] - 60) : numbers[0][0]].rstrip(" \t").endswith((":", "=", ">", "<", "...", ". .")):
        return False
    to_noun, noun, _ = document.clean[numbers[0][1] : mention.end].partition("node")
    return (noun != "" and "\n" in to_noun) or ":" in _LABEL_EDGE.split(document.clean[numbers[0][1] : mention.end + 40])[0]


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
    for part, labels in told.items():
        label = labels.get("examined")
        if (
            label is None
            or not names_nodes(document.clean, label.part, label.start)
            or any(mention.part is label.part for mention in document.of("no_nodes"))
            or (_BREAST.search(document.clean, label.part.start, min(label.end, label.part.start + 90)) and part not in counted)
            or counted.get(part, label.values["examined"]) != label.values["examined"]
        ):
            continue
        if part in counted:
            for group in found:
                if id(group.part) == part:
                    group.evidence += labels.values()  # told again of the same nodes
            continue
        examined = number(label, "examined")
        positive = number(labels["positive"], "positive") if "positive" in labels else positive_among(document, label, examined)
        result.append(Group(label, examined, positive, *_placed(document, label), evidence=list(labels.values())))
    return result


def _single_nodes(document: Document, found: Sequence[Group]) -> list[Group]:
    """Parts that name nodes in their title and give a verdict, without a number: "Sentinel lymph node #1: negative"."""
    counted = {id(group.part) for group in found}
    single: dict[int, Group] = {}
    for verdict in document.of("verdict", "deposit_class"):
        part = verdict.part
        if part.label is None or id(part) in counted or verdict.section not in DIAGNOSES or verdict.version is Version.SUPERSEDED:
            continue
        label = _PART_LABEL.match(document.clean, part.start)
        start = label.end() if label else part.start
        title = _TITLE.match(document.clean, start, min(part.end, start + 150))
        if (
            title is None
            or (_NONE.search(title[0]) and not _OPENS_WITH_NODE.match(title[0]))
            or _TISSUE.match(document.clean, verdict.end)
            or _TISSUE_ONLY.match(document.clean, title.end(), verdict.start)
            or not 0 <= verdict.start - title.end() <= 110
        ):
            continue
        if any(mention.part is part for mention in document.of("no_nodes")) or any(
            verdict.overlaps(label) for label in document.of("node_total")
        ):
            continue
        several = _SEVERAL.search(title[0])
        if not several and not _ONE_NODE.search(title[0]) and not _NODE_TOLD.match(document.clean, title.end(), verdict.start):
            continue
        negative = verdict.values.get("result") == "negative"
        if id(part) not in single and not (several and verdict.kind != "verdict"):
            examined, positive = (1, 0 if negative else 1) if not several else (None, 0 if negative else None)
            single[id(part)] = Group(verdict, examined, positive, *_placed(document, verdict), implied=True, evidence=[verdict])
    return list(single.values())


def _placed(document: Document, mention: Mention) -> tuple[Region, Side | None, bool]:
    region, sentinel = region_of(document, mention)
    return region, document.side_of(mention), sentinel


def _best(mentions: Sequence[Mention]) -> list[Mention]:
    """Of overlapping statements the most telling: both counts before one, then the longest."""
    kept: list[Mention] = []
    numbers = [mention for mention in mentions if mention.rule == "nodes.number"]
    for mention in sorted(mentions, key=lambda one: (-_telling(one), one.start - one.end, one.start)):
        if not any(mention.overlaps(other) for other in kept) and not any(_is_share(mention, other) for other in numbers):
            kept.append(mention)
    return sorted(kept, key=lambda one: one.start)


def _is_share(mention: Mention, whole: Mention) -> bool:
    """Whether the one number of a statement stands behind the noun of another number: "eight nodes, |six clear|"."""
    if len(mention.spans) != 1 or not whole.start < mention.start < whole.end:
        return False
    ((start, _),) = mention.spans.values()
    return start >= whole.end and mention.values.get("examined") != whole.values.get("examined")


def _telling(mention: Mention) -> int:
    values = mention.values
    both = ("examined" in values) + ("positive" in values) + ("negative" in values) > 1
    spans = mention.spans
    ratio = ("examined" in spans) + ("positive" in spans) + ("negative" in spans) > 1
    return 4 * both + ratio + _RANK[mention.kind]


def _group(document: Document, mention: Mention) -> Group | None:
    examined, positive, implied, doubtful, end = told_by(document, mention)
    region, sentinel = region_of(document, mention)
    group = Group(mention, examined, positive, region, document.side_of(mention), sentinel, _is_summary(document, mention), implied=implied)
    group.end = end
    group.corrected = _CORRECTED.search(document.clean, max(0, mention.start - 60), mention.start) is not None
    group.distant = _is_distant(document, mention)
    group.doubt = "counted as positive and called negative" if doubtful else None  # "2/14 lymph nodes, negative"
    numbers = [span for name, span in mention.spans.items() if name in ("examined", "positive", "negative")]
    alone = len(numbers) == 1 and bool(positive) and examined == positive
    group.at_least = alone and _SOME_NODES.match(document.clean, numbers[0][1], mention.end) is not None
    group.of_parts = _OF_PARTS.search(document.clean, max(mention.part.start, mention.start - 90), mention.end + 50) is not None
    group.evidence.append(mention)
    return group


def _is_distant(document: Document, mention: Mention) -> bool:
    """Whether the last station that the statement or, before it, its part names is not regional."""
    low = max(mention.part.start, mention.start - 160)
    stations = [word for word in document.of("distant_station", "region") if low <= word.start < mention.end]
    return bool(stations) and stations[-1].kind == "distant_station"


# How an addendum names a node: "sentinel node #2", "part 3", "block B1".
_NODE_NUMBER = re.compile(r"(?<![a-z])n[o0]de\s?(?:#|no\.?|number)?\s?(?P<number>\d{1,2})(?!\d|/|\.\d)")
_PART_NAME = re.compile(r"(?<![a-z])(?:part|block|specimen|node)s?(?:\s|\s?#)\s?(?P<label>[a-z]|\d{1,2})(?![a-z]|\.\d|\d\d)")


def named(document: Document, mention: Mention, groups: Sequence[Group]) -> list[Group]:
    """The groups that the words around a mention name by the number of the node, else by the part or the block."""
    low, high = max(mention.passage.start, mention.start - 120), min(mention.passage.end, mention.end + 80)
    words = document.clean[low:high]
    if number := _NODE_NUMBER.search(words):
        titles = ((group, document.clean[group.part.start : group.mention.end][-300:]) for group in groups)
        return [group for group, title in titles if (found := _NODE_NUMBER.search(title)) and found["number"] == number["number"]]
    part = _PART_NAME.search(words)
    return [group for group in groups if part and (group.part.label or "").lower() == part["label"]]


def _is_summary(document: Document, mention: Mention) -> bool:
    """Whether a statement is told as a sum: "overall", "a total of", "in all", or in brackets behind the category."""
    inside = min(mention.end, min((start for start, _ in mention.spans.values()), default=mention.start))
    behind = any(0 <= inside - category.end <= _BEHIND_CATEGORY for category in document.of("category"))
    of_parts = _OF_ALL_PARTS.search(document.clean, mention.start, mention.end)
    return behind or of_parts is not None or _SUM.search(document.clean, max(0, mention.start - 70), inside) is not None
