"""A Spark session for the command line: quiet, closed to the network where it is local."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..exits import FatalError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JAVA: Final = "Spark needs a Java 17 runtime: install one, or have JAVA_HOME name it"
_SETTINGS: Final = {
    "spark.ui.enabled": "false",  # a page that anyone in the network could open
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",  # names of columns are exact, as for every input
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # else a file with such a column could not be read at all
    "spark.sql.execution.arrow.maxRecordsPerBatch": "256",  # a report may have 2 MiB
    "spark.sql.maxConcurrentOutputFileWriters": "64",  # all kinds of file at once: nothing is sorted by kind
    "spark.sql.adaptive.coalescePartitions.minPartitionSize": "64k",  # the work is in the rules, not in the bytes
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",  # else every file gets one of checksums beside it
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",  # the manifest says it
}
_LOCAL: Final = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


@contextmanager
def session(master: str) -> Iterator[SparkSession]:
    """A session on a master, ended with the block. What Spark itself prints goes nowhere; its log files are set as its manual says.

    Raises:
        UsageError: PySpark or Java is missing.
        FatalError: Spark ended the work; says of which kind the error was, never its message, which may quote values.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("--engine spark needs PySpark 4, the extra spark: pip install 'nodalis[spark]'") from None
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").is_file() if home else shutil.which("java")):
        raise UsageError(_JAVA)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("nodalis").master(master)
    for name, value in {**_SETTINGS, **(_LOCAL if master.startswith("local") else {})}.items():
        builder = builder.config(name, value)
    try:
        with _quiet():
            spark = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise FatalError(f"--master: Spark cannot start there ({kind_of(error)}); {_JAVA[0].lower()}{_JAVA[1:]}") from None
    try:
        yield spark
    except (PySparkException, Py4JError) as error:
        raise FatalError(f"Spark ended the run ({kind_of(error)}); its logs say more") from None
    finally:
        spark.stop()


def kind_of(error: BaseException) -> str:
    """What to say of an error of Spark: the name of its condition, or its class."""
    condition = getattr(error, "getCondition", lambda: None)()
    if condition:
        return str(condition)
    thrown = getattr(error, "java_exception", None)
    return str(thrown.getClass().getSimpleName()) if thrown is not None else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Processes started in this block have no standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
