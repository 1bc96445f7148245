"""PDF: one report, its id is the name of the file without suffix. Needs pypdfium2, the extra ``nodalis[pdf]``, and scans tesseract.

Pages follow each other with a form feed between them. A page that has no text but a picture is a scan and is read by tesseract. Text that a
scanner has laid under a picture is taken as it is: it was read by a machine as well, so both raise the same doubt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, Final

from parser.model import Issue, IssueKind

from ..decoding import Decoded, Extract, NotTextError
from . import ocr
from .attachments import PDF, of_file
from .contained import ContainedError, run
from .document import Item, Source

_MAX_SCANS: Final = 20  # pages, each with up to 30 s of CPU
_PAGE_END: Final = "\n\f"
_OCR: Final = Issue(IssueKind.TEXT_FROM_SCAN, "read from pictures of its pages, where 1, l and I or 0 and O look alike", ())
_LEFT_OUT: Final = Issue(IssueKind.TEXT_LEFT_OUT, "words that are struck out or cannot be seen on the page were left out", ())


def read(source: Source) -> Iterator[Item]:
    """The one report."""
    yield of_file(source, PDF)


def extract(data: bytes) -> Extract:
    """The text of all pages.

    Raises:
        NotTextError: it has none, or one of its pages cannot be read.
    """
    if find_spec("pypdfium2") is None:
        raise NotTextError("PDF needs pypdfium2, the extra pdf: pip install 'nodalis[pdf]'")
    try:
        pages = json.loads(run("pdf", data))
        for number in _scans(pages):
            pages[number]["text"] = run("ocr", run("page", data, number)).decode("utf-8", "replace").strip()
    except ContainedError as error:
        raise NotTextError(str(error)) from None
    text = _PAGE_END.join(page["text"] for page in pages)
    if not text.strip():
        raise NotTextError("a PDF without text: its pages are empty, or nothing on them could be read")
    by_machine = any(page["text"] and page["kind"] in ("scan", "layer") for page in pages)
    left_out = any(page["struck"] or page["hidden"] for page in pages)
    return Extract(Decoded(text, "utf-8"), (_OCR,) * by_machine + (_LEFT_OUT,) * left_out)


def _scans(pages: list[dict[str, Any]]) -> list[int]:
    """The pages that are pictures, if they can be read here."""
    scans = [number for number, page in enumerate(pages) if page["kind"] == "scan"]
    if len(scans) > _MAX_SCANS:
        raise NotTextError(f"a scanned PDF of more than {_MAX_SCANS} pages: expected one report")
    if scans and not ocr.is_installed():
        raise NotTextError("a scanned PDF, which needs tesseract on the PATH (on Debian: apt-get install tesseract-ocr)")
    return scans
