"""The index cancer: the invasive one, on the side of the higher pN where both breasts hold one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from .biomarkers import LATEST, resolve_biomarkers
from .document import SIDES, Document, Mention
from .groups import groups
from .measures import millimetres
from .model import Measure, Section, Side, Tumor, Value, Version
from .sections import DIAGNOSES, Passage
from .stated import in_list

T = TypeVar("T")

# A value is believed in this order of sections; what was known before and what explains a test is not read.
_SECTIONS = {
    Section.DIAGNOSIS: 0,
    Section.UNKNOWN: 1,
    Section.SYNOPTIC: 1,
    Section.COMMENT: 2,
    Section.ANCILLARY: 2,
    Section.MICROSCOPIC: 3,
    Section.INTRAOPERATIVE: 4,
    Section.GROSS: 5,
    Section.SPECIMENS: 6,
}
_ELSEWHERE = frozenset({Section.HISTORY, Section.BOILERPLATE})
_GROSS = frozenset({Section.INTRAOPERATIVE, Section.GROSS, Section.SPECIMENS})
_VERSIONS = {Version.AMENDMENT: 0, Version.ORIGINAL: 1, Version.ADDENDUM: 2}
_SIZE_OF = {"invasive": 0, "carcinoma": 1, "tumor": 1, "mass": 2}
_GRADE_BY = {"system": 0, "score": 1, "carcinoma": 1, "words": 2, "plain": 3, "short": 3, "differentiation": 4}
_GRADE_OF_SCORE = {3: 1, 4: 1, 5: 1, 6: 2, 7: 2, 8: 3, 9: 3}  # Elston and Ellis
# How the types begin, in the order in which one is chosen; "ductal" beside "lobular" is "mixed".
_HISTOLOGY = {
    "duct": "ductal", "lobul": "lobular", "mucin": "mucinous", "colloid": "mucinous", "medull": "medullary", "metapl": "metaplastic",
    "apocr": "apocrine", "microp": "micropapillary", "papill": "papillary", "tubul": "tubular", "cribri": "cribriform",
    "neuro": "neuroendocrine", "adenoid": "adenoid cystic", "secret": "secretory", "inflam": "inflammatory", "mammary": "mammary",
}  # fmt: skip
_SIDES = (Side.LEFT, Side.RIGHT)
_OTHER: Mapping[Side | None, Side] = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}


def resolve_tumor(document: Document) -> tuple[Tumor, tuple[Mention, ...]]:
    """The index cancer with the words that prove it, and the mentions used.

    ``neoadjuvant`` is False without evidence where a report says nothing of a treatment before the operation; that is the
    convention of readers, since reports name such a treatment where there was one.
    """
    index = _Index(document)
    used: list[Mention] = list(index.side_words)

    def value(found: tuple[T, Mention] | None) -> Value[T] | None:
        if found is None:
            return None
        used.append(found[1])
        return Value(found[0], (document.evidence(found[1]),))

    side = Side.BILATERAL if len(index.sides) > 1 else next(iter(index.sides), None)
    markers = resolve_biomarkers(document, lambda *kinds: index.told(*kinds, versions=LATEST))
    tumor = Tumor(
        laterality=Value(side, tuple(document.evidence(word) for word in index.side_words)) if side else None,
        size=value(index.size()),
        histology=value(_histology(index)),
        grade=value(_grade(index)),
        pt_stated=value(_t_category(index)),
        er=value(markers.er),
        pr=value(markers.pr),
        her2=value(markers.her2),
        ki67_percent=value(markers.ki67_percent),
        oncotype_score=value(markers.oncotype_score),
        neoadjuvant=value(_neoadjuvant(document)) or Value(False, ()),
        m_stated=value(_m_category(index)),
    )
    return tumor, tuple({mention.span: mention for mention in used}.values())


# What stands near a word of side where it names the side of a specimen, and not a direction ("the left lower corner").
_NAMES_A_SPECIMEN = re.compile(r"breast|mamma|ax[il]ll|ectomy|lymph|node|laterality|mass|excision|biopsy")


class _Index:
    """Which side the index cancer is on, and the mentions about it in the order in which they are believed."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words = document.of("side")
        if len({_side(word) for word in self.words}) > 1:
            near = [word for word in self.words if _NAMES_A_SPECIMEN.search(document.clean, max(word.start - 40, 0), word.end + 40)]
            self.words = near or self.words
        self.starts = [word.start for word in self.words]
        self.named = {_side(word) for word in self.words}
        self.labels: dict[str, Mention] = {}  # specimen label -> the word that names its side
        self.of_part: dict[int, set[Side]] = defaultdict(set)  # the sides that words of a part name, by its id
        self.lists: dict[int, bool] = {}  # by the id of a passage
        for word in self.words:
            self.of_part[id(word.part)].add(_side(word))
            if word.part.label is not None:
                self.labels.setdefault(word.part.label, word)
        self.side: Side | None = None
        self.sides: frozenset[Side] = frozenset()
        self.side_words, self.sides = self._sides()
        self.side = self._index_side() if len(self.sides) > 1 else next(iter(self.sides), None)

    def told(self, *kinds: str, versions: Mapping[Version, int] = _VERSIONS, side: Side | None = None) -> list[Mention]:
        """The mentions of these kinds about the index cancer, the most believed first.

        What stands in a part of the other side is left out; with one cancer only it is still better than nothing.
        """
        mentions, superseded = self.document.mentions, Version.SUPERSEDED  # a member of an Enum is looked up slowly
        found = [
            mention
            for kind in kinds
            for mention in mentions.get(kind, ())
            if mention.section not in _ELSEWHERE and mention.version is not superseded
        ]
        if not found:
            return found
        other = _OTHER.get(side or self.side)
        if other in self.named:
            here = [mention for mention in found if not self._is_of(mention, other)]
            found = here if here or len(self.sides) > 1 else found
        if len(found) < 2:
            return found
        return sorted(found, key=lambda mention: (versions[mention.version], _SECTIONS[mention.section], mention.start))

    def size(self, side: Side | None = None) -> tuple[Measure, Mention] | None:
        """The size of the largest invasive tumour: from the best kind of statement, the largest there."""
        ranked: dict[tuple[bool, int, int], list[Mention]] = {}
        for mention in self.told("tumor_size", side=side):
            of = _SIZE_OF[str(mention.values["of"])] + 2 * (mention.section in _GROSS)
            ranked.setdefault((mention.version is not Version.AMENDMENT, of, _SECTIONS[mention.section]), []).append(mention)
        for rank in sorted(ranked):
            sizes = [(size, mention) for mention in ranked[rank] for size in _sizes(mention)]
            if sizes:
                return max(sizes, key=lambda item: item[0].number)
        return None

    def _side_word(self, mention: Mention) -> Mention | None:
        """The word that names the side of a mention: in it, before it in its part, or where its specimen is named."""
        at = bisect_left(self.starts, mention.start)
        if at < len(self.words) and self.words[at].start < mention.end:
            return self.words[at]
        before = self.words[at - 1] if at else None
        if before is None or before.part is mention.part:
            return before
        if self._starts_over(mention.passage) or (len(mention.passage.parts) == 1 and len(self.sides) > 1):  # lists, or no division
            return before
        return self.labels.get(mention.part.label) if mention.part.label else None

    def _is_of(self, mention: Mention, side: Side) -> bool:
        """Whether a mention is about this side; with one cancer only, a part that names both sides is about that one."""
        word = self._side_word(mention)
        if word is None or _side(word) is not side:
            return False
        return len(self.sides) > 1 or self.of_part[id(mention.part)] <= {side}

    def _starts_over(self, passage: Passage) -> bool:
        """Whether labels of a passage are used twice: lists within its specimens."""
        known = self.lists.get(id(passage))
        if known is None:
            known = self.lists[id(passage)] = len({part.label for part in passage.parts}) < len(passage.parts)
        return known

    def _sides(self) -> tuple[tuple[Mention, ...], frozenset[Side]]:
        """The sides with an invasive cancer and the words that name them."""
        invasive = self.told("histology")
        for wanted in (DIAGNOSES, {Section.SYNOPTIC, Section.COMMENT}, {Section.MICROSCOPIC}):
            words: dict[Side, Mention] = {}
            for mention in invasive:
                if mention.section in wanted and (word := self._side_word(mention)) is not None:
                    words.setdefault(_side(word), word)
            if words:
                return tuple(words.values()), _both(words)
        for label in self.told("laterality"):
            return (label,), _both((_side(label),))
        return self._by_majority()

    def _by_majority(self) -> tuple[tuple[Mention, ...], frozenset[Side]]:
        words = [word for word in self.words if word.section not in _ELSEWHERE] or self.words
        counted = Counter(_side(word) for word in words)
        if not counted:
            return (), frozenset()
        side = max(counted, key=lambda one: counted[one])
        return (next(word for word in words if _side(word) is side),), _both((side,))

    def _index_side(self) -> Side:
        """Of two sides with cancer the one with more positive nodes, else that of the larger tumour."""
        positive = Counter[Side]()
        for group in groups(self.document):
            if group.side in _SIDES:
                positive[group.side] = max(positive[group.side], group.positive or 0)
        if positive[Side.LEFT] != positive[Side.RIGHT]:
            return max(_SIDES, key=lambda side: positive[side])
        sizes = {side: self.size(side) for side in _SIDES}
        return max(_SIDES, key=lambda side: found[0].number if (found := sizes[side]) else Decimal(0))


def _side(mention: Mention) -> Side:
    return SIDES[mention.values["side"]]


def _both(sides: Mapping[Side, Mention] | tuple[Side, ...]) -> frozenset[Side]:
    """The sides, "bilateral" as left and right."""
    return frozenset(_SIDES) if Side.BILATERAL in sides else frozenset(sides)


_BY = re.compile(r"(?<=\d)\s?\.?\s?(?:x|ry|by|and|\*)[\s.]*(?=[\d.])")
_UNIT = re.compile(r"(?<=\d)[\s.-]*(?:crn|cx|(?P<unit>[cm]\.?m))(?![a-z])")


@lru_cache(maxsize=2048)  # reports say "1.5 cm" again and again
def size_of(text: str) -> Measure | None:
    """The largest of the printed dimensions of a tumour in mm, with what scanning glued or broke put right.

    >>> [str(size_of(text)) for text in ("1.5x1.2x1cm", "2.4.\\nx 2 cm", "at least 2 cm", "2.1 and 0.8 cm")]
    ['15', '24', '>=20', '21']
    """
    return millimetres(_UNIT.sub(lambda unit: f" {unit['unit'] or 'cm'}", _BY.sub(" x ", text)))


def _sizes(mention: Mention) -> Iterator[Measure]:
    for name in ("size", "second"):
        size = size_of(f"{mention.values[name]} {mention.values.get('unit', '')}") if name in mention.values else None
        if size is not None:
            yield size


def _grade(index: _Index) -> tuple[int, Mention] | None:
    """The histologic grade: a named system before a score, a score before words."""
    found: list[tuple[tuple[bool, int, int], int, Mention]] = []
    for mention in index.told("grade", "grade_score"):
        by = _GRADE_BY[str(mention.values.get("by", "score"))]
        gross = mention.section in _GROSS
        if gross and by > _GRADE_BY["words"]:
            continue  # "G1" is a block there
        score = mention.values.get("score")
        grade = _GRADE_OF_SCORE[score] if isinstance(score, int) else mention.values.get("grade", mention.values.get("match"))
        if isinstance(grade, int):
            found.append(((gross, by, _SECTIONS[mention.section]), grade, mention))
    best = min(found, key=lambda item: item[0], default=None)
    return best[1:] if best else None


def _histology(index: _Index) -> tuple[str, Mention] | None:
    for mention in index.told("histology"):
        words = " ".join(str(mention.values.get(name, "")) for name in ("type", "other", "match"))
        names = [name for stem, name in _HISTOLOGY.items() if stem in words]
        if "ductal" in names and "lobular" in names:
            return "mixed", mention
        if names and mention.section not in _GROSS:
            return names[0], mention
    return None


def _t_category(index: _Index) -> tuple[str, Mention] | None:
    """The printed T category; of an invasive tumour before that of one in situ, with (m) where it is printed anywhere."""
    printed = [(str(mention.values.get("match") or mention.values.get("category")), mention) for mention in index.told("t_category")]
    found = [item for item in printed if "c" not in item[0][:2]]  # a clinical category
    found = [item for item in found if any(digit in item[0] for digit in "1234")] or found
    return next((item for item in found if item[0] == f"{found[0][0]}(m)"), found[0]) if found else None


# What makes an M that of another time or a mere supposition: "clinical stage: T2 N1 M0".
_NOT_NOW = re.compile(r"(?<![a-z])(?:clinical(?:ly)?|ct[0-4xoil]|ctnm|prior|previous(?:ly)?|history|if|example)(?![a-z])[^.;\n]{0,40}\Z")
# "Grade 2 (T3, N2, M1)": points for tubules, nuclei and mitoses.
_SCORES = re.compile(r"(?<![a-z])(?:grade|score|nottingham|nhg)(?![a-z])[^;\n]{0,100}\Z")
_ANY_M = re.compile(r"(?<![a-z0-9])[pc]?m(?P<digit>[01x])(?![a-z0-9])")
_NEAR = 250  # the T or N that makes a lone "pM1" a category, and no margin or slide, is no further away
_MOST = 40  # more of them are no report
_STRINGS = 4  # so many different ones as close are a table of stages


def _m_category(index: _Index) -> tuple[str, Mention] | None:
    """The printed M category; none where a version prints two that differ."""
    document = index.document
    if not document.of("m_category"):
        return None
    others = document.of("t_category", "category")
    found: list[tuple[str, Mention]] = []
    for mention in index.told("m_category") if len(document.of("m_category")) <= _MOST else ():
        value = str(mention.values.get("match") or mention.values.get("category"))
        lone = mention.rule == "category.m_alone" and not any(abs(other.start - mention.start) < _NEAR for other in others)
        before = max(0, mention.start - 120), mention.start
        other = _NOT_NOW.search(document.clean, *before) or (value == "M1" and _SCORES.search(document.clean, *before))
        if not lone and not other and not _in_key(document, mention, value):
            found.append((value, mention))
    found = [item for item in found if item[1].version is Version.AMENDMENT] or found
    return found[0] if len({value.lstrip("yrpc") for value, _ in found}) == 1 else None


def _in_key(document: Document, mention: Mention, value: str) -> bool:
    """Whether an M stands beside another one, in a list of categories, or in a table of stages: in a key or a template."""
    start, end = max(mention.passage.start, mention.start - 100), min(mention.passage.end, mention.end + 100)
    digits = {other["digit"].upper() for other in _ANY_M.finditer(document.clean, start, end)}
    near = {document.clean[one.start : one.end] for one in document.of("m_category") if abs(one.start - mention.start) < _NEAR}
    return bool(digits - {value.lstrip("yrpc")[1]}) or len(near) >= _STRINGS or in_list(document, mention)


_NOT_GIVEN = re.compile(r"no(?![a-z])|none|not|without|denies|absent")
_NOT_SAID = re.compile(r".*(?:specified|applicable|unknown)")


def _neoadjuvant(document: Document) -> tuple[bool, Mention] | None:
    """Whether the patient was treated before the operation, where the report says so; a y before the category says it too."""
    denied: Mention | None = None
    for mention in document.of("neoadjuvant"):
        if mention.section is Section.BOILERPLATE or mention.version is Version.SUPERSEDED:
            continue
        words = [str(mention.values[name]) for name in ("before", "after") if name in mention.values]
        if any(_NOT_SAID.match(word) for word in words):
            continue
        if any(_NOT_GIVEN.match(word) for word in words):
            denied = denied or mention
        elif words or "given" in mention.values:
            return True, mention
    for mention in document.of("t_category", "category"):
        if mention.section not in _ELSEWHERE and str(mention.values.get("match") or mention.values.get("category")).startswith("y"):
            return True, mention
    return (False, denied) if denied else None
