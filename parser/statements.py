"""Which matches state how many nodes there are: of overlapping ones the most telling, without those that only look like statements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import attrgetter

from .document import Document, Mention
from .model import Section, Version
from .place import in_key
from .sections import names_nodes
from .words import before, holds

# A statement of counts beats a number with a verdict, which beats a number alone.
_RANK = {"node_count": 1, "node_number": 0, "part_ratio": -1}
_COLUMN, _LINE_END = re.compile(r"[^\S\n]{3,}\Z"), re.compile(r"[^\S\n]*\n")  # a value in a column
_LINE_LABEL = re.compile(r"\d\s{0,3}\n[^\n:]{3,60}:")
_LABEL_EDGE = re.compile(r"\.|\n\s*\n|\n\s*\#?\s?(?:[a-z]|\d{1,2})\s?[:)]")  # what is told ends, or the next specimen begins
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
# "1 to 3 axillary nodes": the words of a definition; "including two nodes": nodes counted before
_ASIDE = before(r"(?:(?:\d|one|four|ten)\s{0,2}(?:to|-|or)\s{0,2}|includ(?:es?|ing)\s{0,2}(?:the\s|all\s)?)")
_LEGEND = re.compile(r"(?<![a-z])p?n\s?[0-3][a-c]?(?:\s?[:=]|\s)[^.;\n]{0,60}\Z")
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
# Each aside ends with one of these, and each of the others holds one: most statements need no further look.
_ASIDE_ENDS = ("to", "-", "or", "include", "includes", "including", "the", "all")
_SPOKEN_WORDS = ("treatment", "therapy", "extra", "positive", "ster", "mother", "daughter", "aunt", "cousin", "relative", "report", "count")
_LIST_ITEM = re.compile(r"(?:[2-9]|\d\d)\s[^()]*node(?:\Z|[;,:.]\s)")  # "1 mastectomy 2 sentinel node": the number of a specimen
_LABEL_LENGTH = 5  # of a part: "2 - "
BREAST = re.compile(r"(?<![a-z])(?:breast|mastectomy)(?![a-z])")
_ELSEWHERE = frozenset({Section.HISTORY, Section.BOILERPLATE, Section.SPECIMENS})
_start = attrgetter("start")


def statements(document: Document) -> Iterator[Mention]:
    """The statements of numbers of nodes, in the order of the text."""
    text, candidates = document.clean, document.of("candidate")
    for mention in _best(document.of("node_count", "node_number", "part_ratio")):
        start, end = mention.start, mention.end
        if mention.section in _ELSEWHERE or mention.version is Version.SUPERSEDED:
            continue
        if (candidates and document.overlapping(mention, "candidate")) or _is_aside(text, mention) or _is_spoken_of(text, mention):
            continue
        if mention.kind == "part_ratio":
            if not _of_nodes(document, mention):
                continue
        elif len(mention.spans) == 1 and _LIST_ITEM.match(text, start, end):
            continue
        if in_key(document, start) or ("or more" in text[start : end + 9] and _LEGEND.search(text, max(0, start - 70), start)):
            continue
        if mention.part is not mention.passage.part_at(end - 1) or _value_of_label(document, mention):
            continue
        if mention.rule == "nodes.number_bracket_before" and mention.part.label and start <= mention.part.start + 1:
            continue  # "(1) Sentinel node, left axilla, #1:", the label of the specimen
        if not _is_title(text, mention):
            yield mention


def _is_aside(text: str, mention: Mention) -> bool:
    """Whether the words before a number make it one of a definition, or of nodes counted before."""
    low = max(mention.part.start + _LABEL_LENGTH, mention.start - 16)
    return text[low : mention.start].rstrip().endswith(_ASIDE_ENDS) and _ASIDE.match(text, low, mention.start) is not None


def _is_spoken_of(text: str, mention: Mention) -> bool:
    """Whether the words before a number say that its nodes are counted elsewhere."""
    low = max(mention.part.start, mention.start - 90)
    return holds(text, low, mention.start, _SPOKEN_WORDS) and _SPOKEN_OF.search(text, low, mention.start) is not None


def _is_title(text: str, mention: Mention) -> bool:
    """Whether a number is the label of a specimen, in brackets."""
    low = max(0, mention.start - 4)
    if text.find("(", low, mention.end + 5) < 0:
        return False
    titled = _LABELLED_TITLE.search(text, low, mention.end + 60)
    return titled is not None and titled.start() < mention.end


def _of_nodes(document: Document, mention: Mention) -> bool:
    """Whether a ratio behind a verdict belongs to nodes: its part is a specimen of nodes, or its sentence names their region."""
    part = mention.part
    title_ends = min(part.start + 90, mention.start)
    titled = part.label is not None and names_nodes(document.clean, part, title_ends)
    if titled and not BREAST.search(document.clean, part.start, title_ends):
        return True
    sentence = max(document.clean.rfind(".", part.start, mention.start), part.start)
    return bool(document.within(sentence, mention.start, "region"))


def _value_of_label(document: Document, mention: Mention) -> bool:
    """Whether the number is the value of the label before it and the nodes belong to the next: "examined: 3", "Lymph nodes positive"."""
    if "negative" in mention.spans:
        return False  # two labels that belong together: "Positive: 2\nNegative: 10"
    numbers = list(mention.spans.values())
    last = max((end for _, end in numbers), default=mention.end)
    to_colon = mention.end + 20 if "node" in document.clean[last : mention.end] else mention.end
    if "\n" in document.clean[mention.start : to_colon] and _LINE_LABEL.search(document.clean, mention.start, to_colon):
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


def _best(mentions: Sequence[Mention]) -> Sequence[Mention]:
    """Of overlapping statements the most telling: both counts before one, then the longest."""
    best: list[Mention] = []
    together: list[Mention] = []
    end = 0
    for mention in sorted(mentions, key=_start):
        if together and mention.start >= end:
            best += _best_of(together)
            together = []
        together.append(mention)
        end = max(end, mention.end)
    return [*best, *_best_of(together)]


def _best_of(mentions: Sequence[Mention]) -> Sequence[Mention]:
    """The same of statements each of which overlaps another."""
    if len(mentions) < 2:
        return mentions
    kept: list[Mention] = []
    numbers = [mention for mention in mentions if mention.rule == "nodes.number"]
    for mention in sorted(mentions, key=lambda one: (-_telling(one), one.start - one.end, one.start)):
        start, end = mention.start, mention.end
        overlapping = [other for other in kept if start < other.end and other.start < end]
        if not overlapping and not any(_is_share(mention, other) for other in numbers):
            kept.append(mention)
    return sorted(kept, key=_start)


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
