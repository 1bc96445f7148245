"""The catalogue of bad messages, numbers 25 to 69 where one message is enough: each is read, needs review or is refused as it must."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from nodalis.hl7v2 import Result, frames, parse, results
from nodalis.pipeline import parsed
from nodalis.readers import Document, ReadError, read
from parser.model import DecisionStatus, Report
from tests.nodalis.hl7v2.bad_messages import KEYS, Variant, content, variants

ALL = dict(variants())
PRIVATE = ("0815", "Doe", "Jane", "S26-1", "19610312", "axilla", "AXILLA", "carcinoma")


@pytest.mark.parametrize("name", ALL)
def test_a_bad_message_has_the_outcome_it_must_have(name: str, tmp_path: Path) -> None:
    variant = ALL[name]
    path = tmp_path / variant.get("file", "message.hl7")
    path.write_bytes(content(variant))
    items = list(read([str(path)]))
    assert len(items) == variant.get("reports", 1), items
    for item in items:
        if variant["outcome"] == "refused":
            _refused(item, variant, str(path))
        else:
            assert isinstance(item, Document), item
            _read(item, variant)
    if "change" in variant:
        assert {str(found.change) for found in _results(content(variant))} == {variant["change"]}


def _refused(item: Document | ReadError, variant: Variant, path: str) -> None:
    assert isinstance(item, ReadError), item
    assert variant["reason"] in item.reason
    assert "\n" not in item.reason
    assert not any(word in str(item).replace(path, "") for word in PRIVATE)


def _read(item: Document, variant: Variant) -> None:
    report = parsed(item)
    assert isinstance(report, Report)
    accepted = report.status is DecisionStatus.ACCEPTED
    assert variant["outcome"] == ("accepted" if accepted else "review"), report.issues
    assert set(variant.get("issues", [])) <= {str(issue.kind) for issue in report.issues if issue.blocking}, report.issues
    assert variant.get("text", "") in item.text
    assert variant.get("without", "never there") not in item.text
    assert item.guessed == variant.get("guessed", False)
    if "pn" in variant:
        assert str(report.pn_stated.value if report.pn_stated else "") == variant["pn"]
    if "counts" in variant:
        positive, examined = report.nodes.positive, report.nodes.examined
        assert variant["counts"] == f"{positive.value if positive else ''}/{examined.value if examined else ''}"
    assert not any(word in issue.message for issue in report.issues for word in PRIVATE)


def _results(data: bytes) -> list[Result]:
    return [result for frame in frames(BytesIO(data)) for result in results(parse(frame.segments))]


def test_every_variant_has_its_name() -> None:
    assert len(ALL) == len(list(variants()))


@pytest.mark.parametrize("name", ALL)
def test_a_variant_says_what_it_must_become_in_keys_that_are_known(name: str) -> None:
    variant: dict[str, Any] = ALL[name]
    assert variant.keys() <= KEYS
    assert variant["outcome"] in ("accepted", "review", "refused")
    assert ("reason" in variant) == (variant["outcome"] == "refused")
