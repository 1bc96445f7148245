"""What people decided as annotated reports, and the rules scored by it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from nodalis.commands import evaluate, review_export
from nodalis.exits import Exit, UsageError
from nodalis.review.decision import Action
from nodalis.service.deciding import Deciding
from nodalis.settings import Settings
from nodalis.store import Store
from tests.nodalis.service.test_deciding import Here, changed, ids, loaded, made, reports, settings, shown, store

__all__ = ["reports", "settings", "store"]
CORRECTED = {"nodes.examined": "3", "nodes.positive": "2", "nodes.macromet": "2", "nodes.micromet": "0", "nodes.itc": "0"}


def decide_all(store: Store) -> None:
    """One is accepted, one corrected, one left."""

    async def run() -> None:
        deciding = Deciding(store, Here(), "page")
        opened, seen = await shown(deciding, ids(store)["differs"])
        await deciding.decide(opened, seen, made(opened, seen), opened.last)
        opened, seen = await shown(deciding, ids(store)["doubtful"])
        corrections = changed(seen, CORRECTED)
        await deciding.decide(opened, seen, replace(made(opened, seen), action=Action.CORRECT, corrections=corrections), opened.last)

    asyncio.run(run())


def test_the_export_is_both_reports_and_annotations(store: Store, settings: Settings, reports: Path, tmp_path: Path) -> None:
    loaded(store, settings, reports)
    decide_all(store)
    path = tmp_path / "reviewed.jsonl"
    assert review_export.run(settings, path) is Exit.OK
    rows: dict[str, Any] = {row["id"]: row for row in map(orjson.loads, path.read_bytes().splitlines())}
    assert sorted(rows) == ["urn:nodalis:reports|differs", "urn:nodalis:reports|doubtful"]
    row = rows["urn:nodalis:reports|doubtful"]
    assert (row["examined"], row["positive"], row["pn_ajcc8"], row["neoadjuvant"], row["er"]) == (3, 2, "pN1a", False, None)
    assert row["text"] == (reports / "doubtful.txt").read_text(encoding="utf-8")
    assert b"looked at it" not in path.read_bytes()
    assert evaluate.run(str(path), path, None, False, True, None) is Exit.OK


def test_the_rules_are_scored_by_what_people_said(
    store: Store, settings: Settings, reports: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    loaded(store, settings, reports)
    decide_all(store)
    capsysbinary.readouterr()
    assert evaluate.run_review(settings, None, False, True, None) is Exit.OK
    figures = json.loads(capsysbinary.readouterr().out)
    assert (figures["reports"], figures["missing"]) == (2, [])
    assert figures["examined"]["right"] == 0.5  # one was corrected
    assert figures["laterality"]["right"] == 1.0
    assert figures["AJCC 8"]["accepted and wrong"] == 0


def test_without_a_decision_there_is_nothing_to_score(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    with pytest.raises(UsageError, match="nobody"):
        evaluate.run_review(settings, None, False, False, None)


def test_what_was_undone_is_no_annotation(store: Store, settings: Settings, reports: Path, tmp_path: Path) -> None:
    loaded(store, settings, reports)
    decide_all(store)

    async def undo() -> None:
        deciding = Deciding(store, Here(), "page")
        for name in ("differs", "doubtful"):
            opened, seen = await shown(deciding, ids(store)[name])
            await deciding.decide(opened, seen, made(opened, seen, Action.UNDO), opened.last)

    asyncio.run(undo())
    review_export.run(settings, tmp_path / "none.jsonl")
    assert (tmp_path / "none.jsonl").read_bytes() == b""
