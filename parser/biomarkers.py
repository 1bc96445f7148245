"""Receptors and proliferation of the tumour, from mentions that stand in the order in which they are believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from .document import Document, Mention
from .model import Version
from .values import polarity

Told = Callable[..., Sequence[Mention]]  # the mentions of some kinds about the index cancer, the most believed first

LATEST = {Version.AMENDMENT: 0, Version.ADDENDUM: 1, Version.ORIGINAL: 2}  # these tests are finished after the report

# "negative", "no expression", "not detected", "absent", "unreactive"; also "ncgative", the sign "-" and "0 nuclear staining"
_NEGATIVE = re.compile(r"[(:\s]*+(?:n(?:[ec]g|o)|absen|lack|immunoneg|unreactive|-|zero|0)")
_MARKERS = {
    "er": re.compile(r"(?<![a-z])(?:er|o?estrogen)(?![a-z])"),
    "pr": re.compile(r"(?<![a-z])(?:pr|pgr|progesterone?)(?![a-z])"),
    "her2": re.compile(r"(?<![a-z])(?:her\s?-?\s?2|c-erb)"),
}
_KINDS = ("receptor", "receptors", "her2", "ki67", "oncotype")
_BELOW = ("<", "less", "under", "below")
_LEAST_PERCENT = 1  # of the nuclei: positive (ASCO/CAP)
_LEAST = {"hscore": 1, "allred": 3}  # of 300 and of 8: positive
_AMPLIFIED = Decimal("2.0")  # copies of HER2 to copies of CEP17 (ASCO/CAP)
_OF_HER2_SCORE = {"0": "negative", "1": "negative", "2": "equivocal", "3": "positive", "z": "negative"}


class Biomarkers(NamedTuple):
    """The answer for each marker with the mention that gives it."""

    er: tuple[str, Mention] | None
    pr: tuple[str, Mention] | None
    her2: tuple[str, Mention] | None
    ki67_percent: tuple[Decimal, Mention] | None
    oncotype_score: tuple[int, Mention] | None


def resolve_biomarkers(document: Document, told: Told) -> Biomarkers:
    """The receptors of the index cancer; a marker that is pending, or was tested elsewhere without a result, has none."""
    if document.mentions.keys().isdisjoint(_KINDS):
        return Biomarkers(None, None, None, None, None)
    receptors = told("receptor", "receptors")
    ki67 = ((mention.values["percent"], mention) for mention in told("ki67"))
    oncotype = ((mention.values["score"], mention) for mention in told("oncotype"))
    return Biomarkers(
        er=_hormone_receptor(document, receptors, "er"),
        pr=_hormone_receptor(document, receptors, "pr"),
        her2=_her2(document, told("her2", "receptors")),
        ki67_percent=next(((percent, mention) for percent, mention in ki67 if isinstance(percent, Decimal)), None),
        oncotype_score=next(((score, mention) for score, mention in oncotype if isinstance(score, int)), None),
    )


def _hormone_receptor(document: Document, mentions: Iterable[Mention], marker: str) -> tuple[str, Mention] | None:
    """The first answer; a result in words is believed before a percentage of the same passage."""
    answers = list(_answers(document, mentions, marker))
    if not answers:
        return None
    passage = answers[0][1].passage
    return next((one for one in answers if "percent" not in one[1].values and one[1].passage is passage), answers[0])


def _her2(document: Document, mentions: Iterable[Mention]) -> tuple[str, Mention] | None:
    """The answer of an in situ hybridisation if there is one that decides, else that of immunohistochemistry."""
    answers = list(_answers(document, mentions, "her2"))
    fish = [answer for answer in answers if answer[1].values.get("method") == "FISH" and answer[0] != "equivocal"]
    in_words = [answer for answer in fish if "ratio" not in answer[1].values]
    return next(iter(in_words or fish or answers), None)


def _answers(document: Document, mentions: Iterable[Mention], marker: str) -> Iterator[tuple[str, Mention]]:
    for mention in mentions:
        if mention.kind == "receptors":
            result = _shared_result(document, mention, marker)
        elif mention.values["marker"] != marker:
            continue
        else:
            result = _her2_result(mention) if marker == "her2" else _receptor_result(document, mention)
        if result is not None:
            yield result, mention


def _shared_result(document: Document, mention: Mention, marker: str) -> str | None:
    """What a statement about several markers says of one: "positive for ER and PR and weakly positive for HER2"."""
    if not _MARKERS[marker].search(str(mention.values["markers"])):
        return None
    if "percent" in mention.values:
        return _percent_result(document, mention) if marker != "her2" else None
    if marker == "her2" and mention.values.get("strength") == "weakly":
        return "equivocal"
    return str(mention.values["result"])


def _receptor_result(document: Document, mention: Mention) -> str:
    values = mention.values
    for name, least in _LEAST.items():
        if isinstance(score := values.get(name), int):
            return "positive" if score >= least else "negative"
    if "percent" in values:
        return _percent_result(document, mention)
    return "negative" if _NEGATIVE.match(str(values.get("result") or values.get("sign"))) else "positive"


def _percent_result(document: Document, mention: Mention) -> str:
    """The result of a percentage of nuclei: at least 1 % is positive, and "<1 %" is less."""
    percent = mention.values["percent"]
    if not isinstance(percent, Decimal) or percent < _LEAST_PERCENT:
        return "negative"
    below = document.clean.startswith(_BELOW, mention.spans["percent"][0])
    return "negative" if below and percent == _LEAST_PERCENT else "positive"


def _her2_result(mention: Mention) -> str:
    """The result of a HER2 statement; a score is believed before the word beside it ("positive (2+)" is equivocal)."""
    values = mention.values
    if isinstance(ratio := values.get("ratio"), Decimal):
        return "positive" if ratio >= _AMPLIFIED else "negative"
    if score := values.get("score", values.get("alone")):
        return _OF_HER2_SCORE[str(score)[0]]
    words = str(values.get("result") or values.get("sign") or values.get("none"))
    if _NEGATIVE.match(words):
        return "negative"
    return "equivocal" if words.startswith(("weak", "low")) else polarity(words) or "positive"
