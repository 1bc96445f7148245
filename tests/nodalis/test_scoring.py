"""Our figures are those of the corpus's own scorer."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from nodalis.evaluation import evaluate
from nodalis.scoring import FIELDS, as_json, bare, reader_category, same, score

CATEGORIES = ["pN0", "pN0(i-)", "pN0(i+)", "pN1mi", "pN1a(sn)", "ypN2a", "pN3a", "pNX", None]
VALUES: dict[str, list[object]] = {
    "laterality": ["left", "right", "bilateral", None], "ene": ["present", "absent", None], "er": ["positive", "negative", None],
    "largest_deposit_mm": ["0.8", "<2", "2", ">=2", "0.80", "~3", None], "tumor_size_mm": ["14", "14.0", ">20", None],
    "neoadjuvant": [True, False, None],
}  # fmt: skip


def _value(random_: random.Random, field: str) -> object:
    return random_.choice(VALUES.get(field, [0, 1, 2, 3, None]))


def _corpus(seed: int, count: int = 120) -> tuple[dict[str, dict[str, object]], dict[str, dict[str, object]]]:
    """Made-up predictions and annotations, with seconds readers, missing predictions and doubtful ones."""
    random_ = random.Random(seed)
    mine: dict[str, dict[str, object]] = {}
    gold: dict[str, dict[str, object]] = {}
    for number in range(count):
        row: dict[str, object] = {field: _value(random_, field) for field in FIELDS}
        row |= {key: random_.choice(CATEGORIES) for key in ("pn_stated", "pn_ajcc7", "pn_ajcc8")}
        if random_.random() < 0.3:
            second = {field: _value(random_, field) for field in random_.sample(FIELDS, 3)}
            row["also"] = second | {"pn_ajcc8": random_.choice(CATEGORIES)}
        summary = {field: row[field] if random_.random() < 0.7 else _value(random_, field) for field in FIELDS}
        pn = {
            edition: random_.choice([row[key], random_.choice(CATEGORIES)])
            for edition, key in (("AJCC 7", "pn_ajcc7"), ("AJCC 8", "pn_ajcc8"))
        }
        gold[f"r{number}"] = {"id": f"r{number}", **row}
        if random_.random() < 0.95:
            decision = random_.choice(["accepted", "needs_review"])
            mine[f"r{number}"] = {"id": f"r{number}", "decision": decision, "summary": {**summary, "pn": pn}}
    return mine, gold


@pytest.mark.parametrize("seed", range(4))
def test_the_figures_equal_those_of_the_corpus_scorer(seed: int, shared: Path, tmp_path: Path) -> None:
    mine, gold = _corpus(seed)
    for name, rows in (("mine", mine), ("gold", gold)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows.values()))
    command = [sys.executable, str(shared / "corpus" / "score.py"), str(tmp_path / "mine"), str(tmp_path / "gold"), "--json"]
    theirs = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert json.loads(json.dumps(as_json(score(mine, gold)))) == theirs


@pytest.mark.parametrize(
    ("ours", "reader", "equal"),
    [
        ("0.80", "0.8", True),
        ("2", "<2", False),
        ("<2", "<2", True),
        ("<2", "2", True),
        (">2", ">=2", True),
        ("a", "b", False),
        ("1.5", None, False),
    ],
)
def test_sizes_are_numbers_and_keep_the_readers_comparator(ours: str, reader: str | None, equal: bool) -> None:
    assert same("largest_deposit_mm", ours, reader) is equal


def test_where_the_facts_decide_nothing_the_stated_category_counts() -> None:
    assert reader_category({"pn_ajcc8": None, "pn_stated": "pN1mi(sn)"}, "AJCC 8") == "pN1mi"


def test_a_second_reading_counts_where_it_is_ours() -> None:
    row = {"pn_ajcc8": "pN0", "pn_stated": None, "also": {"pn_ajcc8": "pN0(i+)"}}
    assert reader_category(row, "AJCC 8", "pN0(i+)") == "pN0(i+)"
    assert reader_category(row, "AJCC 8", "pN1a") == "pN0"


@pytest.mark.parametrize("text", ["", None, "T2", "unknown"])
def test_no_category_is_none(text: str | None) -> None:
    assert bare(text) is None


def test_the_matrix_counts_every_report_once() -> None:
    mine, gold = _corpus(9)
    matrix = evaluate(mine, gold).matrix
    assert sum(matrix.counts.values()) == len(gold)
    assert {label for pair in matrix.counts for label in pair} == set(matrix.labels)
    assert "pN0(i-)" not in matrix.labels


def test_wrong_and_accepted_are_the_same_reports_as_in_the_figures() -> None:
    mine, gold = _corpus(10)
    result = evaluate(mine, gold)
    assert {item.id for item in result.wrong} == set(result.figures.editions["AJCC 8"].wrong_ids)


def test_keys_that_no_annotation_has_are_not_scored() -> None:
    gold = {"a": {"id": "a", "examined": 3, "positive": 0, "pn_ajcc8": "pN0"}}
    mine = {"a": {"decision": "accepted", "summary": {"examined": 3, "positive": 0, "pn": {"AJCC 8": "pN0"}}}}
    result = evaluate(mine, gold)
    assert set(result.figures.fields) == {"examined", "positive"}
    assert result.figures.both_counts_right == 1
    assert not result.errors
