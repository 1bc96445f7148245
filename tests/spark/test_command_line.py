"""What the options of Spark refuse before anything is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spark.reports import ROOT

WITHOUT_PYSPARK = "import sys; sys.modules['pyspark'] = None; from nodalis.cli import main; sys.exit(main())"


def convert(folder: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-c", WITHOUT_PYSPARK, "convert", "in.parquet", "-o", "out", *options]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert not list(folder.iterdir())
    return done.returncode, done.stderr.removeprefix("nodalis: error: ")


def test_without_pyspark_one_line_names_the_extra(tmp_path: Path) -> None:
    assert convert(tmp_path, "--engine", "spark") == (2, "--engine spark needs PySpark 4, the extra spark: pip install 'nodalis[spark]'\n")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--context", "sheet.csv"], "--context"),
        (["--workers", "2"], "--workers"),
        (["--format", "document"], "--format document"),
        (["--compress", "zstd"], "--compress zstd"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_options_of_the_local_engine_are_refused(tmp_path: Path, options: list[str], named: str) -> None:
    assert convert(tmp_path, "--engine", "spark", *options) == (2, f"{named}: not with --engine spark\n")


def test_a_master_without_spark_is_refused(tmp_path: Path) -> None:
    assert convert(tmp_path, "--master", "local[2]") == (2, "--master: only with --engine spark\n")
