"""Abstracts as a file, written as they come: NAACCR XML, a table, or text with a reason for each code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from .abstract import Abstract
from .dictionary import RecordType, Release, load_dictionary
from .naaccr_xml import fitting, writing_xml
from .tables import writing_csv, writing_text


class Format(StrEnum):
    """How abstracts are written."""

    XML = "xml"
    CSV = "csv"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Form:
    """What a file of abstracts is to be."""

    format: Format = Format.XML
    release: Release = "26"
    record_type: RecordType = "A"


@contextmanager
def abstract_file(stream: BinaryIO, form: Form) -> Iterator[Callable[[Abstract], None]]:
    """A file of abstracts on a stream; gives what adds one, with the items only that such a record holds.

    Raises:
        ItemError: a value is too long for its field or not of its type; nothing of that abstract is written.
    """
    dictionary = load_dictionary(form.release)
    opened = {
        Format.XML: lambda: writing_xml(stream, form.release, form.record_type),
        Format.CSV: lambda: writing_csv(stream),
        Format.TEXT: lambda: writing_text(stream),
    }
    with opened[form.format]() as add:
        yield lambda one: add(fitting(one, dictionary, form.record_type))
