"""``nodalis convert --engine spark``: the output of the local engine, row by row."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.receivers.environments import clean_environment
from tests.spark import cluster
from tests.spark.output import files, lines, manifest
from tests.spark.reports import CANARY, ROOT, Run, convert, facts, table

pytestmark = pytest.mark.slow
CONVERT = ("-m", "nodalis", "convert")
LOCAL = ("--engine", "spark", "--master", "local[2]")


def ensure_equal(spark: Path, local: Path) -> None:
    assert facts(spark) == facts(local)
    assert pq.read_schema(next((spark / "facts.parquet").glob("*.parquet"))).names == pq.read_schema(local / "facts.parquet").names
    one, other = lines(spark), lines(local)
    assert {kind: len(some) for kind, some in one.items()} == {kind: len(some) for kind, some in other.items()}
    assert one == other
    said, expected = manifest(spark), manifest(local)
    assert said.keys() == expected.keys()
    ours = {key: value for key, value in said["extension"].items() if key != "files"}
    assert ours == {key: value for key, value in expected["extension"].items() if key != "files"}
    listed = [*said["output"], *said["error"], *said["extension"]["files"]]
    assert files(spark) == {file["url"] for file in listed}


def test_one_file_gives_what_the_local_engine_gives(on_spark: Run, reports: Path, tmp_path: Path) -> None:
    none, empty, broken = (tmp_path / name for name in ("none.parquet", "empty.parquet", "broken.parquet"))
    pq.write_table(table(1).slice(1), empty)
    broken.write_bytes(b"PAR1 and nothing more")
    inputs = (none, empty, broken, reports)
    local = convert(*inputs, "-o", tmp_path / "local", "--quotes")
    done = on_spark(*CONVERT, *inputs, "-o", tmp_path / "spark", *LOCAL, "--quotes")
    assert (local.returncode, done.returncode) == (4, 4)
    ensure_equal(tmp_path / "spark", tmp_path / "local")
    said = done.stderr.splitlines()
    assert all(line.startswith(("nodalis: error: ", "nodalis: warning: ")) for line in said[:-1])
    assert said[0] == f"nodalis: error: {none}: no such file or folder"
    assert len(said) == 23  # 20 failures, that there are more, the same again, the counts
    assert said[-1].replace("/spark", "") == local.stderr.splitlines()[-1].replace("/local", "")
    assert done.stdout == ""
    assert CANARY not in done.stderr
    assert CANARY.encode() not in b"".join(lines(tmp_path / "spark")["OperationOutcome"])


def test_partitions_own_rules_and_gzip_give_what_the_local_engine_gives(on_spark: Run, tmp_path: Path) -> None:
    rows, folder = table(600), tmp_path / "in"
    for part in range(3):
        (folder / f"year={part}").mkdir(parents=True)
        pq.write_table(rows.slice(part * 200, 200), folder / f"year={part}" / "part-0.parquet")
    (tmp_path / "rules").mkdir()
    shutil.copy(ROOT / "tests" / "spark" / "own_rule.toml", tmp_path / "rules")
    options = ("--grammar", tmp_path / "rules", "--issuer", "urn:oid:1.2.3", "--recorded", "2026-03-02T10:00:00Z")
    local = convert(folder, "-o", tmp_path / "local", *options)
    done = on_spark(*CONVERT, folder, "-o", tmp_path / "spark", *LOCAL, "--compress", "gzip", *options)
    assert (local.returncode, done.returncode) == (4, 4)
    ensure_equal(tmp_path / "spark", tmp_path / "local")
    assert len(list((tmp_path / "spark" / "Observation.ndjson").glob("*.txt.gz"))) == 2  # one for each core
    assert manifest(tmp_path / "spark")["transactionTime"] == "2026-03-02T10:00:00Z"


def test_a_run_that_was_killed_leaves_no_manifest_and_is_begun_anew(on_spark: Run, spark_python: Path, tmp_path: Path) -> None:
    pq.write_table(table(400), tmp_path / "in.parquet")
    command = [str(spark_python), *CONVERT, str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out"), *LOCAL]
    process = subprocess.Popen(command, env=clean_environment(PYTHONPATH=str(ROOT)))
    waiting = tmp_path / "out" / ".nodalis-spark"
    while not waiting.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {".nodalis-spark"}
    done, again = on_spark(*command[1:]), on_spark(*command[1:])
    convert(tmp_path / "in.parquet", "-o", tmp_path / "local")
    assert (done.returncode, again.returncode) == (4, 10)
    assert again.stderr == f"nodalis: error: {tmp_path / 'out'}: holds a finished run; choose another folder, or remove it\n"
    ensure_equal(tmp_path / "out", tmp_path / "local")


def test_a_cluster_gives_what_the_local_engine_gives(on_spark: Run, spark_python: Path, tmp_path: Path) -> None:
    """Master and workers on this machine, which get our code from the driver."""
    pq.write_table(table(400), tmp_path / "in.parquet")
    archive = shutil.make_archive(str(tmp_path / "code"), "zip", cluster.code(tmp_path / "code"))
    with cluster.running(spark_python, tmp_path) as master:
        env = {"PYSPARK_SUBMIT_ARGS": f"--py-files {archive} pyspark-shell", "SPARK_LOCAL_IP": "127.0.0.1"}
        command = (tmp_path / "in.parquet", "-o", tmp_path / "spark", "--engine", "spark", "--master", master)
        done = on_spark(*CONVERT, *command, env=env)
    assert (done.returncode, done.stderr.splitlines()[-1][-20:]) == (4, f"FHIR in {tmp_path / 'spark'}"[-20:])
    convert(tmp_path / "in.parquet", "-o", tmp_path / "local")
    ensure_equal(tmp_path / "spark", tmp_path / "local")


def test_without_java_one_line_says_what_is_missing(on_spark: Run, tmp_path: Path) -> None:
    done = on_spark(*CONVERT, "in.parquet", "-o", tmp_path, "--engine", "spark", env={"PATH": "", "JAVA_HOME": str(tmp_path)})
    assert (done.returncode, done.stderr) == (2, "nodalis: error: Spark needs a Java 17 runtime: install one, or have JAVA_HOME name it\n")


def test_other_kinds_of_input_are_a_wrong_command_line(on_spark: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("{}\n")
    done = on_spark(*CONVERT, tmp_path / "in.jsonl", "-o", tmp_path / "out", *LOCAL)
    assert done.returncode == 2
    assert done.stderr == (
        f"nodalis: error: {tmp_path / 'in.jsonl'}: --engine spark reads Parquet, a file or a folder of them; "
        "make Parquet of it, or use --engine local\n"
    )
    assert not (tmp_path / "out").exists()
