"""Files of registries packed by gzip: written, checked and compared like plain ones, and never more than they may become."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from nodalis.cli import app
from nodalis.registry.packed import BROKEN, unpacked
from tests.nodalis.registry.abstracts import BREAST
from tests.nodalis.registry.naaccr_files import file_of, patient

NODES = "SENTINEL LYMPH NODES: METASTATIC CARCINOMA IN {} OF 4 LYMPH NODES, 5 MM."


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["registry", *map(str, args)], catch_exceptions=False)


def written(folder: Path, count: int) -> Path:
    path = folder / "reports.jsonl"
    rows = ({"id": f"S-{at}", "text": f"{BREAST}{NODES.format(at % 4 + 1)} Case {at}."} for at in range(count))
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    return path


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return written(tmp_path, 100)


def test_a_packed_file_holds_what_the_plain_one_does(reports: Path, tmp_path: Path) -> None:
    assert run("export", reports, "-o", tmp_path / "plain.xml").exit_code == 0
    for name in ("a.xml.gz", "b.xml.GZ"):
        run("export", reports, "-o", tmp_path / name)
    packed = (tmp_path / "a.xml.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "plain.xml").read_bytes()
    assert packed == (tmp_path / "b.xml.GZ").read_bytes()
    assert len(packed) < (tmp_path / "plain.xml").stat().st_size / 4


def test_a_packed_file_is_checked_and_compared(reports: Path, tmp_path: Path) -> None:
    run("export", reports, "-o", tmp_path / "abstracts.xml.gz")
    assert run("check", tmp_path / "abstracts.xml.gz").stdout.endswith(": no problem\n")
    assert run("compare", tmp_path / "abstracts.xml.gz", reports, "-o", tmp_path / "audit").exit_code == 0
    figures = orjson.loads((tmp_path / "audit" / "summary.json").read_bytes())
    assert figures["all items"]["agreement"] == 1.0
    assert figures["all items"]["same"] > 500


def test_the_number_of_processes_changes_no_byte(tmp_path: Path) -> None:
    many = written(tmp_path, 300)  # of 128 and fewer no process is started
    for count in (1, 2):
        run("export", many, "-o", tmp_path / f"{count}.xml", "--workers", count)
    data = (tmp_path / "1.xml").read_bytes()
    assert data == (tmp_path / "2.xml").read_bytes()
    assert data.count(b"<Patient>") == 300


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xml.gz"
    bomb.write_bytes(gzip.compress(file_of(patient({"regionalNodesPositive": "01"})) + b" " * 50_000_000))
    checked = run("check", bomb)
    assert (checked.exit_code, checked.stdout) == (1, f"{bomb}:1: unpacks to more than 100 times its size\n")


def test_a_damaged_packed_file_is_one_line_and_what_stands_before_is_compared(reports: Path, tmp_path: Path) -> None:
    run("export", reports, "-o", tmp_path / "whole.xml.gz")
    whole = (tmp_path / "whole.xml.gz").read_bytes()
    cut = tmp_path / "cut.xml.gz"
    cut.write_bytes(whole[: len(whole) * 9 // 10])
    checked = run("check", cut)
    assert (checked.exit_code, checked.stdout) == (1, f"{cut}:1: no gzip file, cut off or damaged\n")
    compared = run("compare", cut, reports, "-o", tmp_path / "audit")
    assert compared.exit_code == 4
    assert "cut off or damaged; what stands before it was read" in compared.stderr
    (tmp_path / "plain.xml.gz").write_bytes(gzip.decompress(whole))
    assert run("check", tmp_path / "plain.xml.gz").exit_code == 1


def test_any_damage_ends_in_an_error_that_is_expected(tmp_path: Path) -> None:
    chance = random.Random(7)
    whole = bytearray(gzip.compress(file_of(*[patient({"regionalNodesPositive": f"{at:02}"}) for at in range(50)])))
    path = tmp_path / "file.xml.gz"
    for _ in range(200):
        data = bytearray(whole)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            with unpacked(path) as stream:
                stream.read()
        except BROKEN:
            pass
