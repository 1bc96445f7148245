"""A report read once: its passages and what every rule found in them, before anything is chosen."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from operator import attrgetter

from .boxes import Boxes
from .engine import Match, scan
from .grammar import Grammar
from .landmarks import Landmarks, landmarks, matches
from .model import Evidence, Finding, Role, Section, Side, Span, Version
from .sections import Heading, Part, Passage, passages
from .sentences import Sentences
from .text import Squeezed, clean


@dataclass(slots=True, eq=False)  # not frozen: that triples the time to make one, and some sixty are made a report
class Mention:
    """A match of a rule with its place in the report. Offsets are those of the text as given. Never changed once made."""

    kind: str
    rule: str
    start: int
    end: int
    values: Mapping[str, object]
    spans: Mapping[str, tuple[int, int]]
    passage: Passage
    part: Part
    section: Section  # of the passage, as is the version: asked for so often that a property is too slow
    version: Version
    order: int  # by the start, then the longest first

    @property
    def span(self) -> Span:
        """Where the mention stands."""
        return Span(self.start, self.end)

    def overlaps(self, other: Mention | Span) -> bool:
        """Whether both share a character."""
        return self.start < other.end and other.start < self.end


# Findings that are no results where they stand in a gross description, a list of specimens or a test's description; tumour sizes are.
_RESULTS = frozenset(
    {
        *("node_count", "node_number", "part_ratio", "node_total", "verdict", "candidate", "region", "no_nodes", "clinical_node"),
        *(
            "deposit_size",
            "deposit_class",
            "deposit_cells",
            "loose_size",
            "focus_size",
            "ene",
            "tumor_nodule",
            "hedge",
            "blank",
            "pending",
            "pending_addendum",
        ),
        *("ki67", "oncotype", "grade", "grade_score", "t_category", "m_category"),
        *("node_ihc", "evaluation", "evaluation_ihc", "node_molecular", "needle_node", "category", "sentinel_suffix"),
    }
)
_CHOICES = frozenset({"category", "t_category", "m_category", "deposit_class", "ene", "verdict"})  # may stand beside a box
_NO_RESULTS = frozenset({Section.GROSS, Section.SPECIMENS, Section.BOILERPLATE})
SIDES: Mapping[object, Side] = {side.value: side for side in Side}  # a table is read faster than ``Side`` is called
_new = tuple.__new__  # makes a named tuple in half the time of calling its class
_order, _start = attrgetter("order"), attrgetter("start")
_LONGEST = 1 << 40  # more than the characters of any text
_NODE = re.compile(r"(?<![a-z])(?:n[o0]des?|lymph[a-z]{0,12})(?![a-z])")
# an entry of a key to the categories: "pN1mi   micrometastases, > 0.2 mm, none > 2.0 mm"; begins at its n, see ``words``
_KEY_ENTRY = re.compile(
    r"(?P<category>n(?:(?<![a-z]n)|(?<=pn)(?<![a-z]pn))[0-3](?:mi|[abc])?(?:\s?\((?:i|mol)[+-]\))?)[\s:=-]{1,12}"
    r"(?:no\s|isolated|micro|macro|metasta|positive|regional|tumou?r|negative|cancer|spread|itc)"
)


class Document:
    """A report text with its passages and mentions, in the order of the text.

    ``everywhere``: results are also read where they bind nobody, such as a gross description that counts candidate nodes.
    """

    def __init__(self, text: str, grammar: Grammar, everywhere: bool = False) -> None:
        self.text = text
        self.clean = clean(text)
        self.grammar = grammar
        headings, rest = _divided(grammar)
        squeezed = Squeezed(self.clean)
        self.passages: Sequence[Passage] = passages(self.clean, _headings(scan(headings, squeezed.text), squeezed)) or (
            Passage(Section.UNKNOWN, Version.ORIGINAL, 0, len(text), (Part(None, 0, len(text)),)),
        )
        self.mentions: dict[str, list[Mention]] = {}
        self.longest = 0  # characters of a mention
        self.placed: list[Mention] = []  # all of them, in the order of the text
        self._merged: dict[tuple[str, ...], list[Mention]] = {}
        silent = frozenset[Section]() if everywhere else _NO_RESULTS
        passed = [(squeezed.place(one.start), squeezed.place(one.end)) for one in self.passages if one.section in silent]
        self._place(scan(rest, squeezed.text, passed, _RESULTS), squeezed)

    @cached_property
    def landmarks(self) -> Landmarks:
        """Where the words stand that searches begin with."""
        return landmarks(self.clean)

    @cached_property
    def sentences(self) -> Sentences:
        """The sentences around statements of nodes."""
        return Sentences(self.clean)

    @cached_property
    def key_entries(self) -> list[tuple[int, str]]:
        """Where words that may be an entry of a key to the N categories begin, and the category."""
        entries = matches(_KEY_ENTRY, self.clean, self.landmarks.category, 0, len(self.clean))
        found = ((entry.start(), entry["category"]) for entry in entries)
        return [(start - self.clean.startswith("p", max(0, start - 1), start), category) for start, category in found]

    @property
    def speaks_of_nodes_elsewhere(self) -> bool:
        """Whether a node is named where results were not read."""
        return any(_NODE.search(self.clean, one.start, one.end) for one in self.passages if one.section in _NO_RESULTS)

    def _place(self, matches: Sequence[Match], squeezed: Squeezed) -> None:
        """Puts matches into their passages, with offsets into the text as given; those that reach over a heading are none."""
        shift, boxes = squeezed.shift, Boxes(self.clean)
        place = iter(self.passages)
        passage, last = next(place), self.passages[-1]
        part = passage.parts[0]
        for rule, start, end, values, spans, _ in matches:
            moved, moved_last = shift(start), shift(end - 1)
            start, end = start + moved, end + moved_last
            while start >= passage.end and passage is not last:
                passage = next(place)
                part = passage.parts[0]
            if end <= passage.end and not (boxes and _unticked(boxes, rule.finding, Span(start, end))):
                if spans and moved_last:  # shifts never fall along the text, so that none in the end is none within
                    spans = {name: (first + shift(first), until + shift(until - 1)) for name, (first, until) in spans.items()}
                if start >= part.end:
                    part = passage.part_at(start)
                section, version = passage.section, passage.version
                order = start * _LONGEST - end
                mention = Mention(rule.finding, rule.id, start, end, values, spans, passage, part, section, version, order)
                self.placed.append(mention)
                if end - start > self.longest:
                    self.longest = end - start
                self.mentions.setdefault(rule.finding, []).append(mention)

    def of(self, *kinds: str) -> list[Mention]:
        """The mentions of these kinds, in the order of the text."""
        if len(kinds) == 1:
            return self.mentions.get(kinds[0], [])
        merged = self._merged.get(kinds)
        if merged is None:
            lists = [found for kind in kinds if (found := self.mentions.get(kind))]
            merged = self._merged[kinds] = lists[0] if len(lists) == 1 else sorted(chain.from_iterable(lists), key=_order)
        return merged

    def within(self, low: int, high: int, *kinds: str) -> list[Mention]:
        """Those of them that begin between two offsets: found by halving, so that a long report costs no more for each word."""
        found = self.of(*kinds)
        return found[bisect_left(found, low, key=_start) : bisect_left(found, high, key=_start)]

    def overlapping(self, words: Mention | Span, *kinds: str) -> list[Mention]:
        """Those of them that share a character with some words."""
        start = words.start
        return [found for found in self.within(start - self.longest, words.end, *kinds) if found.end > start]

    @cached_property
    def original_parts(self) -> Mapping[str, Sequence[Part]]:
        """The parts of the report as it was first, by their labels in lower case."""
        found: dict[str, list[Part]] = {}
        for passage in self.passages:
            for part in passage.parts if passage.version is Version.ORIGINAL else ():
                if part.label:
                    found.setdefault(part.label.lower(), []).append(part)
        return found

    def passage_at(self, offset: int) -> Passage:
        """The passage that holds an offset."""
        return self.passages[bisect_right(self.passages, offset, key=_start) - 1]

    def evidence(self, mention: Mention) -> Evidence:
        """The words of a mention as proof of a value."""
        start, end = mention.start, mention.end
        return _new(Evidence, (_new(Span, (start, end)), self.text[start:end], mention.rule, mention.section, mention.version))

    def findings(self, mentions: Iterable[Mention], roles: Mapping[int, Role]) -> tuple[Finding, ...]:
        """Mentions as findings of the report, each in its role by ``id``, else as context."""
        text, context = self.text, Role.CONTEXT
        return tuple(
            [
                _new(
                    Finding,
                    (
                        mention.kind,
                        mention.rule,
                        _new(Span, (mention.start, mention.end)),
                        text[mention.start : mention.end],
                        mention.values,
                        {name: _new(Span, span) for name, span in mention.spans.items()} if mention.spans else {},
                        mention.section,
                        mention.version,
                        mention.part.label,
                        roles.get(id(mention), context),
                    ),
                )
                for mention in mentions
            ]
        )

    def side_of(self, mention: Mention) -> Side | None:
        """The side that the words of a mention or, before it, of its part name; the nearest counts."""
        words = self.of("side")
        place = bisect_left(words, mention.start, key=_start)
        if place < len(words) and words[place].start < mention.end:
            return SIDES[words[place].values["side"]]
        before = words[place - 1] if place else None
        return SIDES[before.values["side"]] if before is not None and before.part is mention.part else None


def _unticked(boxes: Boxes, kind: str, words: Span) -> bool:
    """Whether words are a choice whose box is empty, or the blank of a list that is answered."""
    return (kind in _CHOICES and boxes.left_empty(words)) or (kind == "blank" and boxes.answered(words))


def spans_of(mentions: Iterable[Mention]) -> tuple[Span, ...]:
    """Where mentions stand."""
    return tuple(mention.span for mention in mentions)


@lru_cache(maxsize=16)
def _divided(grammar: Grammar) -> tuple[Grammar, Grammar]:
    """A grammar's headings and its other rules."""
    headings = tuple(rule for rule in grammar.rules if rule.finding == "heading")
    rest = tuple(rule for rule in grammar.rules if rule.finding != "heading")
    return Grammar(headings, grammar.version), Grammar(rest, grammar.version)


def _headings(matches: Iterable[Match], squeezed: Squeezed) -> list[Heading]:
    """The headings among the matches; of overlapping ones the first and longest."""
    found: list[Heading] = []
    for match in matches:
        span = Span(squeezed.offset(match.start), squeezed.offset(match.end - 1) + 1)
        if not (found and span.start < found[-1].span.end):
            version = Version(str(match.values.get("version", Version.ORIGINAL)))
            found.append(Heading(Section(str(match.values["section"])), version, span))
    return found
