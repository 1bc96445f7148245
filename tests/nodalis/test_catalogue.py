"""The catalogue of bad inputs: each number has a data file in a ``catalogue/`` folder, or stands here with the reason why not.

1 to 24 are what peers do wrong, 25 to 69 messages and versions of reports, 121 to 134 what FHIR servers do wrong and what comes after
them. 70 to 120, texts of reports, are in tests/parser/test_never.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

NUMBERS = {*range(1, 70), *range(121, 135)}
WITHOUT_FILE = {
    126: "two servers, one of them down: an engine has one server",
    131: "a reviewer edits while a correction arrives: there is no page to review reports on",
    132: "two reviewers decide differently: there is no page to review reports on",
    133: "signs, lengths and codes of a registry's format: nothing is exported in one",
    134: "a full disk: it takes a disk and a running engine, in tests/nodalis/engine/test_store_faults.py",
}
FOLDERS = sorted(Path(__file__).parent.glob("*/catalogue"))


def numbers(folder: Path) -> set[int]:
    """Those of the files in a folder."""
    return {int(path.name.partition("-")[0]) for path in folder.iterdir()}


def test_every_number_has_a_file_or_a_reason_why_it_has_none() -> None:
    with_file = {number for folder in FOLDERS for number in numbers(folder)}
    assert with_file | WITHOUT_FILE.keys() == NUMBERS
    assert not with_file & WITHOUT_FILE.keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_all_that_is_in_a_folder_is_read(folder: Path) -> None:
    assert {path.suffix for path in folder.iterdir()} == {".toml"}
    assert (folder.parent / "test_catalogue.py").is_file()
