"""docs/registry.md shows what comes out, and lists every item."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from nodalis.cli import app
from nodalis.registry.dictionary import load_dictionary
from nodalis.registry.tables import ITEMS


def test_the_example_is_what_the_command_writes(root: Path, tmp_path: Path) -> None:
    _, report, shown = re.findall(r"^```text\n(.*?)^```$", (root / "docs" / "registry.md").read_text(encoding="utf-8"), flags=re.M | re.S)
    (tmp_path / "report.txt").write_text(report, encoding="utf-8")
    command = [
        "registry",
        "export",
        str(tmp_path / "report.txt"),
        "-o",
        str(tmp_path / "abstract.txt"),
        "--format",
        "text",
        "--record",
        "I",
    ]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert (tmp_path / "abstract.txt").read_text(encoding="utf-8").rstrip("\n") == shown.rstrip("\n")


def test_every_item_of_an_abstract_stands_in_the_table(root: Path) -> None:
    text = (root / "docs" / "registry.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text, flags=re.M)[2]
    listed = {int(number) for cell in re.findall(r"^\| ([\d, ]+) \|", section, flags=re.M) for number in cell.split(",")}
    assert listed == {load_dictionary().entries[id_].number for id_ in ITEMS}
