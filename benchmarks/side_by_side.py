"""Side by side: Nodalis, a plain scan with fhir.resources, EDS-NLP and medspaCy over the same texts in one run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from nodalis.output import row as row_of
from nodalis.scoring import Object, Score, bare, score
from parser import parse
from tests.receivers.environments import Unavailable

from . import baseline
from .conversion import convert, converter
from .peer import REQUIREMENTS, Peer
from .results import Figures, figures
from .rounds import Way, medians, timed
from .texts import CORPUS, Row, Texts, load

_TEXTS, _ROUNDS = 40, 3
_TIMES = 5  # what is fast reads more texts a round, so that a moment's disturbance says little
_OURS = {
    "convert": ("Nodalis", "text to FHIR NDJSON and facts"),
    "parse": ("Nodalis", "text to Report"),
    "plain": ("plain scan", "each rule of Nodalis searched by regex: matches only"),
    "baseline": ("plain scan, fhir.resources", "the same, and the same resources validated and dumped"),
}
_PEERS = {
    "edsnlp": ("EDS-NLP", "sentences, counts, TNM, negation: entities"),
    "medspacy": ("medspaCy", "sentences, sections, counts, sizes, categories, ConText: entities"),
}


def measure(texts: Texts) -> Figures:
    """Reports per CPU second of each, and of the annotated reports how many each reads right."""
    part = texts.some(_TEXTS)
    new = [list(part.varied(_TIMES * _TEXTS, number)) for number in range(_ROUNDS + 1)]
    other = [[row.text for row in part.varied(_TIMES * _TEXTS, -1 - number)] for number in range(_ROUNDS + 1)]
    few = [[row.text for row in rows[:_TEXTS]] for rows in new]
    ways, missing, versions = _ours(new, other, few), {}, {}
    with ExitStack() as stack:
        peers: dict[str, Peer] = {}
        for name in REQUIREMENTS:
            try:
                peers[name] = stack.enter_context(Peer(name))
            except Unavailable as reason:
                missing[name] = str(reason)
            else:
                versions[name] = " ".join(f"{package} {version}" for package, version in peers[name].versions.items())
                ways[name] = _asking(peers[name], few)
        seconds = medians(ways, _ROUNDS)
        seconds["baseline"] = seconds["plain"] + seconds["dump"]
        gold = _annotations()
        right = _right(gold, peers)
    rows = []
    for name, (what, does) in (_OURS | _PEERS).items():
        row: Figures = {"what": what, "version": versions.get(name), "does": does}
        if name in seconds:
            row["reports_per_cpu_second"] = round(1 / seconds[name], 1)
            row["times_slower_than_nodalis"] = round(seconds[name] / seconds["convert"], 1)
            row |= right.get(name, {})
        rows.append(row)
    notes: Figures = {f"{name}_is_missing": why for name, why in missing.items()}
    if gold:
        notes["annotated_reports"] = len(gold)
        notes["of_them_with_a_printed_category"] = sum(bare(item.get("pn_stated")) is not None for item in gold.values())
    return figures(rows, (), **notes)


def _ours(new: Sequence[Sequence[Row]], other: Sequence[Sequence[str]], few: Sequence[Sequence[str]]) -> dict[str, Way]:
    """Our ways over ``new``, the baseline over the ``few`` of them that the peers read too.

    ``other`` are the same reports varied otherwise, since what was converted before is no new text.
    """
    made = converter()
    resources = [baseline.resources_of(rows[:_TEXTS]) for rows in new]
    return {
        "convert": timed(len(new[0]), lambda number: convert(made, new[number])),
        "parse": timed(len(other[0]), lambda number: [parse(text) for text in other[number]]),
        "plain": timed(len(few[0]), lambda number: baseline.plain(few[number])),
        "dump": timed(len(few[0]), lambda number: baseline.dump(resources[number])),
    }


def _asking(peer: Peer, texts: Sequence[Sequence[str]]) -> Way:
    return lambda number: peer.seconds(texts[number]) / len(texts[number])


def _annotations() -> dict[str, Object]:
    """What readers found in reports of the corpus, by id; nothing where there is no corpus."""
    if not (CORPUS / "annotations.jsonl").is_file():
        return {}
    with (CORPUS / "annotations.jsonl").open(encoding="utf-8") as lines:
        return {item["id"]: item for item in map(json.loads, lines)}


def _right(gold: Mapping[str, Object], peers: Mapping[str, Peer]) -> dict[str, Figures]:
    """Shares of the annotated reports that each reads right."""
    if not gold:
        return {}
    annotated = [row for row in load(CORPUS / "reports.jsonl").rows if row.id in gold]
    ours: dict[str, Object] = {row.id: row_of(row.id, parse(row.text)) for row in annotated}
    right = {"convert": _shares(score(ours, gold))}
    for name, peer in peers.items():
        found = peer.found([row.text for row in annotated])
        theirs: dict[str, Object] = {
            row.id: {"summary": {**one, "pn": {"AJCC 7": one["pn"], "AJCC 8": one["pn"]}}}
            for row, one in zip(annotated, found, strict=True)
        }
        right[name] = _shares(score(theirs, gold))
    return right


def _shares(found: Score) -> Figures:
    return {"pn_right": f"{found.editions['AJCC 8'].merged:.0%}", "both_counts_right": f"{found.both_counts_right:.0%}"}
