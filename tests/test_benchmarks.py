"""The benchmarks measure what they say, and the pages show what was measured."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from benchmarks.__main__ import BENCHMARKS
from benchmarks.charts import growth, side_by_side
from benchmarks.machine import described
from benchmarks.page import ORDER, pages
from benchmarks.results import load
from benchmarks.size import tenfold
from benchmarks.texts import Row, Texts, of_size, vary
from benchmarks.watch import Unwatched, Watched, shared_out, watch
from benchmarks.workers import idle_seconds

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "addendum_corrects_counts.txt"
REPORT = "Zarnowitz, 12/04/2019. LEFT BREAST: tumor of 2.1 cm, ER 90 %. Three (3) of 14 nodes positive, pT2 pN1a. ZARNOWITZ"
RARE = frozenset({"zarnowitz"})
TEXTS = Texts("two", [Row("a", REPORT), Row("b", "Nothing to vary here.")])
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what each process uses")


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_show_the_results_that_are_kept(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "stale: python -m benchmarks --page"


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_is_on_the_page_with_its_result(name: str) -> None:
    assert name in ORDER
    result = load(name)
    assert result is not None
    assert result["rows"]
    assert {"date", "commit", "machine", "texts"} <= result.keys()


def test_the_machine_is_described_without_its_name() -> None:
    assert platform.node() not in json.dumps(described())


def test_a_varied_report_has_other_numbers_and_names_and_the_same_counts() -> None:
    text = vary(REPORT, RARE, Random(1))
    assert "arnowitz" not in text.lower()
    assert "2019" not in text
    assert "2.1" not in text
    assert all(kept in text for kept in ("Three (3) of 14 nodes positive, pT2 pN1a", "ER 90 %", "LEFT BREAST"))


def test_what_is_equal_stays_equal_when_varied() -> None:
    words = vary(REPORT, RARE, Random(1)).partition("\n")[2].replace(",", " ").split()
    assert words[0].upper() == words[-1]


def test_no_two_varied_reports_are_equal_and_a_seed_gives_the_same_again() -> None:
    made = [row.text for seed in (1, 2) for row in TEXTS.varied(20, seed)]
    assert len(set(made)) == 40
    assert made[:20] == [row.text for row in TEXTS.varied(20, 1)]


@pytest.mark.parametrize("kilobytes", [2, 8])
def test_a_text_has_the_size_that_is_asked_for(kilobytes: int) -> None:
    assert len(of_size(Texts("one", TEXTS.rows * 99), kilobytes, 1)) == kilobytes * 1024


def test_growth_is_the_worst_over_large_texts() -> None:
    assert tenfold({2: 9.0, 8: 1.0, 32: 4.0, 128: 16.0, 512: 64.0}) == pytest.approx(10)
    assert tenfold({8: 1.0, 32: 4.0, 128: 16.0, 512: 256.0}) == pytest.approx(10**1.5)
    assert tenfold({2: 1.0, 8: 16.0}) == pytest.approx(100)


def test_cpu_is_shared_out_between_the_first_process_and_its_workers() -> None:
    first, one, two, tracker = 10, 11, 12, 13
    samples = [
        {first: 0.3},
        {first: 0.4, one: 0.1, two: 0.0, tracker: 0.01},
        {first: 1.0, one: 4.0, two: 3.0, tracker: 0.01},
        {first: 1.2, one: 4.0, two: 3.0, tracker: 0.01},
    ]
    found = shared_out(first, samples, total=8.5, peak=100.0)
    assert found.worker_seconds == (4.0, 3.0)
    assert found.parent_seconds == pytest.approx(1.5)
    assert found.serial_seconds == pytest.approx(0.4 + 0.5)  # before the workers, and after the last sample in which they worked


def test_a_process_alone_is_all_serial() -> None:
    found = shared_out(10, [{10: 0.3}, {10: 1.0}], total=1.1, peak=50.0)
    assert found == Watched(1.1, 1.1, 1.1, (), 50.0)


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        (Watched(10.0, 10.0, 10.0, (), 0.0), 10.0),  # one process
        (Watched(11.0, 1.0, 1.0, (5.0, 5.0), 0.0), 6.0),  # the workers share what is not serial
        (Watched(11.0, 3.0, 1.0, (4.0, 4.0), 0.0), 6.0),  # three processes share two cores
        (Watched(11.0, 1.0, 1.0, (8.0, 2.0), 0.0), 9.0),  # one worker has most of the work
        (Watched(11.0, 9.0, 1.0, (1.0, 1.0), 0.0), 9.0),  # the first process has
    ],
)
def test_time_on_two_idle_cores(run: Watched, seconds: float) -> None:
    assert idle_seconds(run) == pytest.approx(seconds)


@linux
def test_a_command_is_watched(tmp_path: Path) -> None:
    used = watch(["convert", str(SAMPLE), "-o", str(tmp_path / "out"), "--workers", "1"])
    assert used.parent_seconds == used.cpu_seconds > 0.1
    assert used.peak_mb > 10


@linux
def test_a_command_that_fails_gives_no_figures(tmp_path: Path) -> None:
    with pytest.raises(Unwatched, match="ended with 2"):
        watch(["convert"])


def test_charts_are_svg_with_every_way() -> None:
    bars, lines = load("side_by_side"), load("size")
    assert bars is not None
    assert lines is not None
    shown = etree.fromstring(side_by_side(bars).encode())
    assert len(shown.findall("{*}rect")) == 1 + sum("reports_per_cpu_second" in row for row in bars["rows"])
    names = {text.text for text in etree.fromstring(growth(lines).encode()).findall("{*}text")}
    assert {row["text"] for row in lines["rows"]} <= names
