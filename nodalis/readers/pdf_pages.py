"""The pages of a PDF by pdfium: what can be seen on them as text, and their pictures.

pdfium's own text runs lines together ("12" above "0" becomes "120") and takes hyphens away, so only its characters are used.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from typing import Any, Final

import pypdfium2.raw as pdfium

from .contained import ContainedError, Reason
from .pdf_seen import Letters, Surroundings

_MAX_PAGES: Final = 200
_MAX_PARTS: Final = 50_000  # of a page: pieces of text, lines and pictures
_DPI: Final = 300
_MAX_PIXELS: Final = 20_000_000  # more than A3 at 300 dpi; larger pages are drawn smaller
_FEW: Final = 100  # letters over a large picture: what a scanner or fax stamps on it


def texts(data: bytes, _: int) -> bytes:
    """Each page as JSON: its kind (text, layer, scan, blank), its text, and whether words on it are struck out or hidden."""
    pages = []
    with _opened(data) as document:
        for number in range(pdfium.FPDF_GetPageCount(document)):
            with _loaded(document, number) as page:
                pages.append(_read(page))
    return json.dumps(pages).encode()


def picture(data: bytes, number: int) -> bytes:
    """A page in grey as PGM."""
    with _opened(data) as document, _loaded(document, number) as page:
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        scale = min(_DPI / 72, sqrt(_MAX_PIXELS / max(width * height, 1)))
        columns, rows = max(int(width * scale), 1), max(int(height * scale), 1)
        bitmap = pdfium.FPDFBitmap_CreateEx(columns, rows, pdfium.FPDFBitmap_Gray, None, 0)
        if not bitmap:
            raise ContainedError(Reason.BROKEN)
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        drawn = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * rows)
        lines = drawn if stride == columns else b"".join(drawn[row * stride : row * stride + columns] for row in range(rows))
        return b"P5 %d %d 255\n" % (columns, rows) + lines


def _read(page: Any) -> dict[str, Any]:
    """What a page says, and of what kind it is."""
    around = Surroundings(page)
    letters = Letters(page, around)
    text, layer = letters.text(letters.seen), letters.text(letters.layer)
    if letters.count(letters.layer) > letters.count(letters.seen):
        kind, text = "layer", f"{layer}\n{text}".strip()
    elif letters.mostly_lost() or (around.large_picture and letters.count(letters.seen) < _FEW):
        kind, text = "scan", ""
    elif text or letters.struck or letters.hidden:
        kind = "text"
    else:
        kind = "scan" if around.parts else "blank"
    return {"kind": kind, "text": text, "struck": letters.struck, "hidden": letters.hidden}


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    if b"%PDF-" not in data[:1024]:
        raise ContainedError(Reason.NOT_PDF)
    _, mark, rest = data.rpartition(b"%%EOF")
    if not mark or b" obj" in rest:  # pdfium mends what is cut off, and would give the half that is left
        raise ContainedError(Reason.DAMAGED_PDF)
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        encrypted = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise ContainedError(Reason.ENCRYPTED_PDF if encrypted else Reason.DAMAGED_PDF)
    pages = pdfium.FPDF_GetPageCount(document)
    if not 0 < pages <= _MAX_PAGES:
        raise ContainedError(Reason.TOO_MANY_PAGES if pages else Reason.NO_PAGES)
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@contextmanager
def _loaded(document: Any, number: int) -> Iterator[Any]:
    """A page with what is filled into its forms and stamped on it."""
    page = _load(document, number)
    if pdfium.FPDFPage_GetAnnotCount(page) and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
        pdfium.FPDF_ClosePage(page)
        page = _load(document, number)
    try:
        yield page
    finally:
        pdfium.FPDF_ClosePage(page)


def _load(document: Any, number: int) -> Any:
    page = pdfium.FPDF_LoadPage(document, number)
    if not page:
        raise ContainedError(Reason.DAMAGED_PDF)
    if pdfium.FPDFPage_CountObjects(page) > _MAX_PARTS:
        raise ContainedError(Reason.TOO_MANY_PARTS)
    return page
