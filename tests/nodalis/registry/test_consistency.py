"""The codes of one abstract agree with each other, and with the N that SEER's tables make of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from nodalis.registry.abstract import Abstract
from tests.nodalis.registry.abstracts import abstracted

pytestmark = pytest.mark.slow


def _texts(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((root / "samples").glob("*.txt")):
        yield path.stem, path.read_text(encoding="utf-8")
    for line in (root / "samples" / "written" / "reports.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        yield row["id"], row["text"]


@pytest.fixture(scope="module")
def abstracts(root: Path) -> list[tuple[str, Abstract]]:
    """The abstracts of all reports of the samples that no doubt leaves unknown."""
    found = [(id_, abstracted(text)) for id_, text in _texts(root)]
    return [(id_, one) for id_, one in found if not one.doubts]


def _value(abstract: Abstract, id_: str) -> str | None:
    return abstract.items[id_].value if id_ in abstract.items else None


def _category(abstract: Abstract) -> str:
    return _value(abstract, "ajccTnmPathN") or (_value(abstract, "ajccTnmPostTherapyN") or "")[1:]


@pytest.mark.parametrize(("part", "whole"), [
    ("regionalNodesPositive", "regionalNodesExamined"), ("sentinelLymphNodesExamined", "regionalNodesExamined"),
    ("sentinelLymphNodesPositive", "sentinelLymphNodesExamined"), ("sentinelLymphNodesPositive", "regionalNodesPositive"),
    ("lnPositiveAxillaryLevel1To2", "regionalNodesPositive"),
])  # fmt: skip
def test_no_part_is_larger_than_its_whole(abstracts: list[tuple[str, Abstract]], part: str, whole: str) -> None:
    pairs = [(id_, _value(one, part) or "", _value(one, whole) or "") for id_, one in abstracts]
    counted = [pair for pair in pairs if pair[1].isdigit() and pair[2].isdigit() and max(pair[1:]) < "90"]
    assert len(counted) > 100
    assert [pair for pair in counted if pair[1] > pair[2]] == []


def test_the_category_agrees_with_the_positive_nodes(abstracts: list[tuple[str, Abstract]]) -> None:
    told = [(id_, _category(one), _value(one, "regionalNodesPositive")) for id_, one in abstracts if _category(one)]
    assert len(told) > 300
    assert [row for row in told if row[1].startswith("pN0") and row[2] not in ("00", "99")] == []
    assert [row for row in told if row[1].startswith(("pN1", "pN2", "pN3")) and row[2] in ("00", "98")] == []


def test_seer_derives_the_same_category_from_eod_and_the_axillary_count(abstracts: list[tuple[str, Abstract]], shared: Path) -> None:
    with (shared / "oracle" / "staging" / "ajcc8_breast_N_from_eod.csv").open(encoding="utf-8") as stream:
        table = {(row["eod_regional_nodes"], row["ln_pos_axillary_level_1_2"]): row["N"] for row in csv.DictReader(stream)}
    told = [
        (id_, f"p{table[eod, count]}", _category(one))
        for id_, one in abstracts
        if (eod := _value(one, "eodRegionalNodes")) and (count := _value(one, "lnPositiveAxillaryLevel1To2"))
    ]
    assert len(told) > 100
    assert [row for row in told if row[1] != row[2]] == []
