"""One document to its resources and facts, as every engine does it."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from nodalis.conversion import Converted, Converter, Format, Settings, Task
from nodalis.readers import Document, ReadError


def tasks(root: Path) -> list[Task]:
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "samples").glob("*.txt"))]
    return [Task(number, Document(f"S26-{number}", text, f"place {number}")) for number, text in enumerate(texts)]


@pytest.mark.parametrize("format", ["bulk", "transaction"])
def test_a_report_makes_no_cycles_of_objects(root: Path, format: Format) -> None:
    converter = Converter(Settings(format=format))
    for task in tasks(root):
        converter.convert(task)  # fills what is remembered
    gc.collect()
    gc.disable()
    try:
        for task in tasks(root):
            converter.convert(task)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_garbage_is_collected_again_behind_a_report(root: Path) -> None:
    assert gc.isenabled()
    Converter(Settings()).convert(tasks(root)[0])
    assert gc.isenabled()


def test_a_bulk_report_gives_resources_and_any_other_form_one_bundle(root: Path) -> None:
    (task, *_) = tasks(root)
    bulk, bundle = (Converter(Settings(format=format)).convert(task) for format in ("bulk", "transaction"))
    assert isinstance(bulk, Converted)
    assert isinstance(bundle, Converted)
    assert {"Observation", "Provenance"} <= {kind for kind, _ in bulk.resources}
    assert [kind for kind, _ in bundle.resources] == ["Bundle"]
    assert bulk.facts == bundle.facts


def test_what_the_context_does_not_allow_is_an_error_of_this_report(text: str) -> None:
    done = Converter(Settings(flags={"issuer": "not a uri"})).convert(Task(0, Document("S26-1", text, "place")))
    assert isinstance(done, ReadError)
    assert str(done).startswith("place: --issuer: expected an absolute URI")
