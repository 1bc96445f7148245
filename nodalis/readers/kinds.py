"""The kinds of file, by suffix; the module of a kind is imported when the first file of it is read."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from .document import Reader

_MODULES: Final = {
    "": "text",
    ".txt": "text",
    ".text": "text",
    ".jsonl": "rows",
    ".ndjson": "rows",
    ".csv": "csv_table",
    ".tsv": "csv_table",
    ".json": "fhir",
    ".xml": "cda",
    ".hl7": "hl7v2",
    ".hl7v2": "hl7v2",
    ".rtf": "rtf",
    ".pdf": "pdf",
    ".parquet": "parquet",
    ".zip": "zip_archive",
    ".tar": "tar_archive",
    ".tar.gz": "tar_archive",
    ".tgz": "tar_archive",
}
EXPECTED: Final = ", ".join(filter(None, _MODULES))
ARCHIVES: Final = frozenset(suffix for suffix, module in _MODULES.items() if module.endswith("_archive"))
ENTRIES: Final = tuple(suffix for suffix in _MODULES if suffix and suffix not in {*ARCHIVES, ".parquet"})  # in an archive


def split(name: str) -> tuple[str, str]:
    """The name of a file without its suffix, and the suffix in lower case.

    >>> split("S26-00417.txt"), split("S26.00417"), split("S26-00417")
    (('S26-00417', '.txt'), ('S26', '.00417'), ('S26-00417', ''))
    """
    if name.lower().endswith(".tar.gz"):
        return name[:-7], ".tar.gz"
    stem, dot, end = name.rpartition(".")
    return (stem, dot + end.lower()) if stem else (name, "")


def reader_of(suffix: str) -> Reader | None:
    """The reader of files with a suffix; None if we read no such files."""
    module = _MODULES.get(suffix)
    if module is None:
        return None
    reader: Reader = import_module(f".{module}", __package__).read
    return reader
