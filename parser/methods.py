"""How the nodes were examined and what each method showed: immunohistochemistry, molecular tests, extranodal extension."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter

from .document import Document, Mention
from .model import Method, Section, Side, Version
from .sections import Part
from .words import word_start

_ELSEWHERE = frozenset({Section.HISTORY, Section.BOILERPLATE, Section.SPECIMENS})
_NODE = re.compile(word_start("n[o0]des?", "sentine?l", "lymphonod[a-z]{1,5}", "lymph", "slns?", "axilla", "nodal", "deposits?(?![a-z])"))
_TUMOUR_BLOCK = re.compile(
    r"(?<![a-z])(?:vascular|lymphovascular|myoepithelial|p63|smooth\s+muscle|cadherin|paget|in[\s-]situ|microinvasion|sarcoma|phyllodes|spindle|margin)"
)
# The tumour's own assays also use RT-PCR; they are no test of nodes.
_GENE_ASSAY = re.compile(r"oncotype|21[\s-]gene|recurrence\s+score|(?<![a-z])(?:er|pr|her2|estrogen|progesterone)(?![a-z])")
_OSNA = re.compile(r"osna|one[\s-]step")
_STOP = re.compile(r"[)a-z]\.\s")
# A later, more telling result replaces an earlier one: a result beats "performed", positive beats negative of other nodes.
_ON_OVERLAP = ("as H&E", "not done", "negative", "positive", "performed")  # of overlapping words the first of these
_start = attrgetter("start")
_TELLING = {"positive": 4, "as H&E": 3, "negative": 2, "not done": 1, "performed": 0}


def node_ihc(document: Document, side: Side | None, positive: int | None, isolated: bool) -> tuple[str | None, list[Mention]]:
    """The result of keratin immunohistochemistry on nodes: positive, negative, performed, not done; None where nothing is said.

    Of two sides with nodes only the stains of ``side`` count.
    ``positive`` is the number of positive nodes, ``isolated`` whether isolated tumour cells were found. A stain that "confirms the H&E
    impression" is positive or negative as the H&E is; one made on nodes that are all negative is negative.
    """
    titled = _titles(document)
    found = [
        mention
        for mention in _longest(document, document.of("node_ihc"))
        if _on_nodes(document, mention, titled)
        and (side is None or document.side_of(mention) in (None, side, Side.BILATERAL))
        and not _is_empty_label(document, mention)
        and not document.overlapping(mention, "pending")
        and not _of_no_node(document, mention)
    ]
    if not found:
        return _evaluated(document, positive)
    results = {id(mention): _result(document, mention) for mention in found}
    best = max(found, key=lambda mention: (_TELLING[results[id(mention)]], mention.version is not Version.ORIGINAL))
    result = told = results[id(best)]
    if result == "as H&E":
        result = "positive" if positive else "negative"
    elif result in ("performed", "negative") and isolated:  # another node's stain may be negative
        result = "positive"
    elif result == "performed" and positive == 0:
        result = "negative"
    return result, [mention for mention in found if results[id(mention)] == told]


# "|no| regional lymph node |metastasis by cytokeratin|", but not "no tumor on H&E, |keratin highlights| cells"
_DENIED_BEFORE = re.compile(r"(?<![a-z])(?:no|without|negative\sfor|absence\sof)\s(?:(?!but\s|except|however)[^.;:,]){0,60}\Z")
_DENIED_BEHIND = re.compile(r"[a-z]{0,6}\s{1,2}(?:(?:is|are|was|were)\s)?(?:not?|none)(?![a-z])")  # "|AE1/AE3 highlights| no tumor cells"
_OTHER_CELLS = re.compile(
    r"(?<![a-z])(?:dendritic|reticulum|non-?epithelial|inclusions?|plasma\scells?|mesothelial|histiocyt|macrophage|benign)"
)
_UNNAMED = ("method.ihc_positive_alone", "method.ihc_alone_positive")  # rules of stains that are not said to be of keratin
_RECEPTOR = re.compile(r"(?<![a-z])(?:er|pr|her-?2|neu|ki-?67|mib-?1|estrogen|progesterone|receptors?|p53|e-cadherin|gata-?3|p63)(?![a-z])")


def _result(document: Document, mention: Mention) -> str:
    """The result as the words around a mention leave it: what is denied is negative."""
    result, text = str(mention.values["result"]), document.clean
    if result != "positive":
        return result
    low = max(mention.part.start, mention.start - 70)
    before = mention.rule == "method.ihc_positive_keratin" and _DENIED_BEFORE.search(text, low, mention.start)
    return "negative" if before or _DENIED_BEHIND.match(text, mention.end) else result


def _of_no_node(document: Document, mention: Mention) -> bool:
    """Whether the cells that a stain shows are said to be none of a tumour, or the stain is one of receptors."""
    text = document.clean
    if mention.values["result"] != "positive":
        return False
    if mention.rule in _UNNAMED and _RECEPTOR.search(text, max(mention.part.start, mention.start - 60), mention.end + 40):
        return True
    return _OTHER_CELLS.search(text, mention.start, mention.end + 60) is not None


_LABEL = re.compile(r"[a-z\s,()/-]{0,34}:\s{0,3}(?P<value>[a-z]{0,12})")


def _is_empty_label(document: Document, mention: Mention) -> bool:
    """Whether the words are the label of a synoptic line with no telling value: "ONLY KERATIN POSITIVE CELLS ARE PRESENT:"."""
    if document.clean.endswith("only ", 0, mention.start):
        return True
    label = _LABEL.match(document.clean, mention.end)
    return label is not None and label["value"] not in ("yes", "present", "positive", "identified")


def _longest(document: Document, mentions: Sequence[Mention]) -> list[Mention]:
    def rank(mention: Mention) -> int:
        """ "|negative (0/2). Stains for keratin| highlight cells" joins two sentences and comes last."""
        joined = mention.rule == "method.ihc_negative_keratin" and _STOP.search(document.clean, mention.start, mention.end)
        return len(_ON_OVERLAP) if joined else _ON_OVERLAP.index(str(mention.values["result"]))

    kept: list[Mention] = []  # in the order of the text, none overlapping another
    for mention in sorted(mentions, key=lambda one: (rank(one), one.start)):
        place = bisect_left(kept, mention.start, key=_start)
        if not any(mention.overlaps(other) for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, mention)
    return kept


def _on_nodes(document: Document, mention: Mention, titled: Callable[[str], bool]) -> bool:
    """Whether a stain was made on nodes: the words around it or its part's title say so, and nothing names another use."""
    if mention.section in _ELSEWHERE or mention.version is Version.SUPERSEDED:
        return False
    near = document.clean[max(mention.part.start, mention.start - 130, mention.passage.start) : min(mention.end + 90, mention.passage.end)]
    if not _NODE.search(document.clean[max(0, mention.start - 60) : mention.end + 60]) and _TUMOUR_BLOCK.search(near):
        return False
    if _NODE.search(near):
        return True
    if mention.part.label and _titled(document, mention.part):
        return True
    labels = {label for block in _BLOCK.finditer(near) for label in block.groups() if label}
    if mention.part.label:  # "A. Keratin is negative": of the specimen named elsewhere
        labels.add(mention.part.label.lower())
    return any(titled(label) for label in labels)


def _titles(document: Document) -> Callable[[str], bool]:
    """Whether an original part of a label is a specimen of nodes by its title: asked once for each label."""
    return cache(lambda label: any(_titled(document, part) for part in document.original_parts.get(label, ())))


def _titled(document: Document, part: Part) -> bool:
    return _NODE.search(document.clean, part.start, min(part.start + 90, part.end)) is not None


# Where a stain was made: "blocks A1 and B2", "block 1A", "parts 2 and 3".
_BLOCK = re.compile(r"(?<![a-z0-9])(?:([a-h])\d{1,2}|(\d)[a-f]\d?|parts?\s([a-h]|\d))(?![a-z0-9])")


def _evaluated(document: Document, positive: int | None) -> tuple[str | None, list[Mention]]:
    """What a synoptic label says of the method: haematoxylin and eosin only means no immunohistochemistry."""
    done = [mention for mention in document.of("evaluation_ihc") if mention.section not in _ELSEWHERE]
    if done:
        return "negative" if positive == 0 else "performed", list(done)
    plain = [
        mention
        for mention in document.of("evaluation")
        if "immuno" not in str(mention.values["method"]) and "keratin" not in str(mention.values["method"])
    ]
    return ("not done", plain) if plain else (None, [])


def node_molecular(document: Document) -> tuple[str | None, Method | None, list[Mention]]:
    """The result of RT-PCR or OSNA on nodes, and which of them it was."""
    titled = _titles(document)
    found = [
        mention
        for mention in document.of("node_molecular")
        if _on_nodes(document, mention, titled) and not _GENE_ASSAY.search(document.clean, max(0, mention.start - 200), mention.end + 60)
    ]
    if not found:
        return None, None, []
    best = max(found, key=lambda mention: mention.values["result"] == "positive")
    method = Method.OSNA if _OSNA.search(document.clean[best.start : best.end]) else Method.RT_PCR
    return str(best.values["result"]), method, [mention for mention in found if mention.values["result"] == best.values["result"]]


def extranodal_extension(document: Document) -> tuple[bool | None, list[Mention]]:
    """Whether tumour extends out of a node: present in one part and absent in another is present."""
    found: list[Mention] = []
    for mention in document.of("ene"):
        if mention.section in _ELSEWHERE or mention.section is Section.INTRAOPERATIVE or mention.version is Version.SUPERSEDED:
            continue
        if found and found[-1].overlaps(mention):
            if mention.values["result"] == "absent":
                found[-1] = mention
            continue
        found.append(mention)
    if not found:
        return None, []
    present = [mention for mention in found if mention.values["result"] == "present"]
    return bool(present), present or found
