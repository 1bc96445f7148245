"""Spark in an environment of its own, and reports in Parquet."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.receivers.environments import Unavailable, clean_environment, python_with
from tests.spark.reports import ROOT, Run, table


@pytest.fixture(scope="session")
def spark_python() -> Path:
    """An interpreter with PySpark and what the project needs, without the project itself."""
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").exists()):
        pytest.skip("no Java runtime here: Spark needs one")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    try:
        return python_with("spark", *project["dependencies"], *project["optional-dependencies"]["spark"])
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def on_spark(spark_python: Path) -> Run:
    """Runs a Python command in that environment, with the project on its path."""

    def run(*command: object, env: Mapping[str, str] | None = None, timeout: int = 600) -> subprocess.CompletedProcess[str]:
        # The workers' interpreter: else Spark takes the first python3 on the PATH.
        environment = clean_environment(PYTHONPATH=str(ROOT), **{"PYSPARK_PYTHON": str(spark_python), **(env or {})})
        line = [str(spark_python), *map(str, command)]
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=timeout)

    return run


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 reports in one file of several groups of rows."""
    path = tmp_path_factory.mktemp("reports") / "reports [2026].parquet"
    pq.write_table(table(2000), path, row_group_size=700)
    return path
