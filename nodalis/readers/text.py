"""A text file: one report, its id is the name of the file without suffix. One that holds HL7 v2 is read as that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .document import MAX_TEXT_BYTES, Item, Source, whole
from .lines import again

# Interface engines and registries write messages into .txt files too. No report in words begins so, and as a text all it says
# would be of one patient.
_HL7: Final = re.compile(rb"(?:\xef\xbb\xbf|[\x0b\r\n])*+(?:MSH|FHS|BHS)[^\w\s]")


def read(source: Source) -> Iterator[Item]:
    """The one report, or those of the messages."""
    data = source.stream.read(MAX_TEXT_BYTES + 1)
    if _HL7.match(data):
        from .hl7v2 import read as read_messages

        yield from read_messages(replace(source, stream=again(data, source.stream)))
    else:
        yield whole(data, source.stem, source.origin)
