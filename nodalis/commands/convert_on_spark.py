"""``nodalis convert --engine spark``: Parquet -> FHIR bulk data and facts, on any master of Spark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..archive.manifest import about
from ..conversion import Converter, Settings
from ..exits import Exit, UsageError, say
from ..readers import Columns


def run(
    inputs: Sequence[str], columns: Columns, out: str, settings: Settings, compression: str, master: str, refused: Mapping[str, bool]
) -> Exit:
    """Write the resources of every report. ``refused`` are options of the local engine, and whether they were given."""
    from ..spark.run import SparkRun
    from ..spark.session import session

    given = [option for option, is_given in refused.items() if is_given]
    if given:
        raise UsageError(f"{given[0]}: not with --engine spark")
    rules = Converter(settings).rules
    with session(master) as spark:
        tally = SparkRun(spark, out, settings, compression).run(inputs, columns, about(settings, rules))
    say(f"{tally}; FHIR in {out}")
    return tally.exit
