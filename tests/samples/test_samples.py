"""Every sample gives its approved report and Bundle; `make approve` rewrites them, and the diff is what a review reads."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from nodalis.output import row
from nodalis.scoring import READER_KEYS, merged, our_category, reader_category
from parser import parse


def _approve() -> ModuleType:
    """The script beside this file; the folder is no package."""
    specification = importlib.util.spec_from_file_location("approve", Path(__file__).with_name("approve.py"))
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


approve = _approve()
SAMPLES: list[Path] = approve.samples()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_gives_what_is_approved(sample: Path) -> None:
    for path, content in approve.outputs(sample):
        assert path.is_file(), f"{path.name} is missing: run `make approve` and read what it writes"
        approved = path.read_bytes()
        if approved != content:  # compared as data, so that a failure shows the values and not two blobs
            assert json.loads(content) == json.loads(approved), f"{path.name} differs: run `make approve` and read the diff"
            raise AssertionError(f"{path.name} differs in layout or in the digits of a number: run `make approve`")


def test_every_approved_file_has_its_sample() -> None:
    names = {sample.stem for sample in SAMPLES}
    assert {path.name.split(".")[0] for path in approve.APPROVED.glob("*.json")} <= names


def test_there_are_enough_samples() -> None:
    assert len(SAMPLES) >= 40


TRUTH = {
    entry["id"]: entry for line in (approve.SAMPLES / "truth.jsonl").read_text(encoding="utf-8").splitlines() if (entry := json.loads(line))
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_never_accepted_with_a_wrong_category(sample: Path) -> None:
    truth = TRUTH[sample.stem]
    found = row(sample.stem, parse(sample.read_bytes().decode("utf-8")))
    if found["decision"] == "accepted":
        for edition in READER_KEYS:
            ours = our_category(found, edition)
            assert merged(ours) == merged(reader_category(truth, edition, ours))
