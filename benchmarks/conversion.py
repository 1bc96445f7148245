"""Text to FHIR NDJSON and a row of facts, as ``nodalis convert`` does it in each of its processes."""

from __future__ import annotations

import os
from collections.abc import Sequence

from nodalis.conversion import Converted, Converter, Settings, Task
from nodalis.readers import Document

from .texts import Row


def convert(converter: Converter, rows: Sequence[Row]) -> int:
    """Convert reports and write their lines to nowhere; how many were accepted."""
    accepted = 0
    with open(os.devnull, "wb") as sink:
        for number, row in enumerate(rows):
            done = converter.convert(Task(number, Document(row.id, row.text, row.id)))
            assert isinstance(done, Converted), f"report {number} failed"
            accepted += done.accepted
            for _, line in done.resources:
                sink.write(line)
                sink.write(b"\n")
    return accepted


def converter() -> Converter:
    """A converter with the options that a run has by default."""
    return Converter(Settings())
