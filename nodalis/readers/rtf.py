"""RTF: one report, its id is the name of the file without suffix. Read in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from parser.model import Issue, IssueKind

from ..decoding import Decoded, Extract, NotTextError
from .attachments import RTF, of_file
from .contained import ContainedError, run
from .document import STRUCK_OUT, Item, Source

# Nobody was meant to see them: programs leave their own marks so.
_HIDDEN: Final = Issue(IssueKind.TEXT_LEFT_OUT, "words that are formatted as hidden were left out", (), blocking=False)


def read(source: Source) -> Iterator[Item]:
    """The one report."""
    yield of_file(source, RTF)


def extract(data: bytes) -> Extract:
    """The text of a document.

    Raises:
        NotTextError: it has none.
    """
    try:
        found = json.loads(run("rtf", data))
    except ContainedError as error:
        raise NotTextError(str(error)) from None
    issues = (STRUCK_OUT,) * found["struck"] + (_HIDDEN,) * found["hidden"]
    return Extract(Decoded(found["text"], "utf-8"), issues)
