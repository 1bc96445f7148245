"""A standalone cluster on this machine: a master and two workers, which do not have the project."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.receivers.environments import clean_environment
from tests.receivers.servers import free_port
from tests.spark.reports import ROOT

_PACKAGES = ("grammars", "parser", "fhir_export", "nodalis")
_READY_IN = 120  # seconds


def code(folder: Path) -> Path:
    """A folder with our packages, as they are shipped."""
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@contextmanager
def running(python: Path, folder: Path) -> Iterator[str]:
    """The address of a cluster whose workers have begun; it ends with the block."""
    home = subprocess.check_output([python, "-c", "import pyspark; print(pyspark.__path__[0])"], text=True).strip()
    port = free_port()
    master = f"spark://127.0.0.1:{port}"
    environment = clean_environment(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=str(python), SPARK_HOME=home)
    start = [f"{home}/bin/spark-class", "org.apache.spark.deploy."]
    ports = ["--host", "127.0.0.1", "--webui-port", "0"]
    commands = [[start[0], f"{start[1]}master.Master", *ports, "--port", str(port)]]
    for number in range(2):
        own = ["-c", "1", "-m", "1500M", "-d", str(folder / f"worker{number}")]
        commands.append([start[0], f"{start[1]}worker.Worker", *ports, *own, master])
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "cluster.log").open("wb") as log:
            for command in commands:
                processes.append(subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT))
        _wait(folder / "cluster.log", processes)
        yield master
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(30)


def _wait(log: Path, processes: list[subprocess.Popen[bytes]]) -> None:
    end = time.monotonic() + _READY_IN
    while log.read_text(errors="replace").count("Successfully registered with master") < 2:
        assert time.monotonic() < end, "the cluster did not start"
        assert all(process.poll() is None for process in processes), log.read_text(errors="replace")[-2000:]
        time.sleep(0.2)
