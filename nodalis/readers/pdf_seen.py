"""The letters of a page of a PDF: those that its reader sees, those of a text layer over a scan, and whether others are there.

Words are left out that are struck out by a line of its own, white on white, smaller than a point, off the page or drawn invisibly;
the last are a text layer where a picture fills the page. Not known are words covered by a white box, and lines that are part of a
drawing.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import pi
from typing import Any, Final, TypeAlias

import pypdfium2.raw as pdfium

from .pdf_layout import Character, laid_out

Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top

_LARGE: Final = 0.5  # of the page: a picture of this size may be a scan
_INVISIBLE: Final = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_SMALL: Final = 1.0  # points
_WHITE: Final = 250  # of 255 in each colour
_THIN: Final = 3.0  # points: the height of a line; pdfium gives that of a stroke twice
_STRIKE: Final = (0.12, 0.5)  # heights of a letter above its base, between which a line strikes it out


LOST: Final = "\ufffd"
_LOST_SHARE: Final = 0.1
_SPACES: Final = frozenset((0x09, 0x0A, 0x0D, 0x20, 0xA0))
_LINE_HYPHEN: Final = 0x02  # what pdfium makes of a hyphen that ends a line


class Surroundings:
    """What is drawn on a page besides letters."""

    def __init__(self, page: Any) -> None:
        self.parts = pdfium.FPDFPage_CountObjects(page)
        self.box = _page_box(page)
        self.large_picture = 0  # where it stands in the order of drawing, from 1
        self.lines: list[Box] = []
        self.grounds: list[Box] = []  # what white letters can be seen on
        self.order: dict[int, int] = {}  # piece of text -> where it stands in the order of drawing
        for at in range(self.parts):
            self._take(pdfium.FPDFPage_GetObject(page, at), at)

    def _take(self, part: Any, at: int) -> None:
        kind = pdfium.FPDFPageObj_GetType(part)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            self.order[_address(part)] = at
            return
        box = _bounds(part)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            if min(box[2] - box[0], box[3] - box[1]) <= _THIN:
                self.lines.append(box)
            elif not _is_white(part):
                self.grounds.append(box)
        else:
            self.grounds.append(box)
        if _area(box) >= _LARGE * _area(self.box) and _is_picture(part, kind):
            self.large_picture = at + 1


class Letters:
    """The letters of a page: ``seen``, and those of a text ``layer``; whether others are ``struck`` out or ``hidden``."""

    def __init__(self, page: Any, around: Surroundings) -> None:
        self.struck = self.hidden = False
        self.seen: dict[int, list[Character]] = defaultdict(list)  # by the quarter turns of their line
        self.layer: dict[int, list[Character]] = defaultdict(list)
        self._around = around
        self._looks: dict[int, str] = {}
        text_page = pdfium.FPDFText_LoadPage(page)
        try:
            self._sort(text_page)
        finally:
            pdfium.FPDFText_ClosePage(text_page)

    @staticmethod
    def count(letters: dict[int, list[Character]]) -> int:
        """How many letters and digits there are."""
        return sum(one.text.isalnum() for turned in letters.values() for one in turned)

    def mostly_lost(self) -> bool:
        """Whether so many letters are not known that the page is better read as a picture."""
        seen = [one for turned in self.seen.values() for one in turned]
        return sum(one.text == LOST for one in seen) > _LOST_SHARE * len(seen)

    @staticmethod
    def text(letters: dict[int, list[Character]]) -> str:
        """Their lines; those that most letters are turned to first."""
        return "\n".join(laid_out(turned) for turned in sorted(letters.values(), key=len, reverse=True))

    def _sort(self, text_page: Any) -> None:
        lines = {turns: [_turned(box, turns) for box in self._around.lines] for turns in range(4)} if self._around.lines else {}
        for piece, turns, box, one in _characters(text_page):
            look = self._look(piece, box)
            if look == "layer":
                self.layer[turns].append(one)
            elif look == "hidden":
                self.hidden = True
            elif lines and _is_struck(one, lines[turns]):
                self.struck = True
            else:
                self.seen[turns].append(one)

    def _look(self, piece: Any, box: Box) -> str:
        """How a character looks: as the piece of text it belongs to, if it is on the page."""
        address = _address(piece)
        if address not in self._looks:
            self._looks[address] = self._look_of(piece, box, address)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return self._looks[address] if _holds(self._around.box, middle) else "hidden"

    def _look_of(self, piece: Any, box: Box, address: int) -> str:
        large = self._around.large_picture
        if pdfium.FPDFTextObj_GetTextRenderMode(piece) in _INVISIBLE:
            return "layer" if large else "hidden"
        if self._around.order.get(address, large) < large - 1:
            return "layer"  # the picture was drawn over it
        if max(box[2] - box[0], box[3] - box[1]) < _SMALL:
            return "hidden"
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if _is_white(piece) and not any(_holds(ground, middle) for ground in self._around.grounds):
            return "hidden"
        return "seen"


def _characters(text_page: Any) -> Iterator[tuple[Any, int, Box, Character]]:
    """The characters of a page with their piece of text, quarter turns and box; pdfium's own line ends are left out."""
    x, y, rect = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    angles: dict[int, int] = {}  # of the pieces; each call of pdfium takes half a microsecond, and there are many letters
    spaced = False
    for at in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, at)
        # A font that does not say which character a sign is: pdfium gives its number in the font, which may look like another.
        lost = pdfium.FPDFText_HasUnicodeMapError(text_page, at) == 1
        if code in _SPACES and not lost:
            spaced = True
            continue
        piece = pdfium.FPDFText_GetTextObject(text_page, at)
        if not piece or not pdfium.FPDFText_GetLooseCharBox(text_page, at, rect):
            continue
        pdfium.FPDFText_GetCharOrigin(text_page, at, x, y)
        address = _address(piece)
        if address not in angles:
            angles[address] = round(pdfium.FPDFText_GetCharAngle(text_page, at) / (pi / 2)) % 4
        turns = angles[address]
        box = (rect.left, rect.bottom, rect.right, rect.top)
        left, bottom, right, top = _turned(box, turns)
        base = _turned((x.value, y.value, x.value, y.value), turns)[1]
        yield piece, turns, box, Character(LOST if lost else _letter(code), left, right, base, max(top - bottom, 0.1), spaced)
        spaced = False


def _letter(code: int) -> str:
    """A character; one that raises a doubt where the document does not say which it is.

    >>> _letter(0x2D), _letter(0x02), _letter(0xFFFF) == "\ufffd"
    ('-', '-', True)
    """
    if code == _LINE_HYPHEN:
        return "-"
    return chr(code) if 0x20 < code < 0xD800 or 0xDFFF < code < 0xFFFE or 0xFFFF < code < 0x110000 else LOST


def _is_struck(one: Character, lines: Iterable[Box]) -> bool:
    middle = (one.left + one.right) / 2
    low, high = (one.base + share * one.size for share in _STRIKE)
    return any(
        left <= middle <= right and low <= (bottom + top) / 2 <= high and top - bottom <= _THIN for left, bottom, right, top in lines
    )


def _turned(box: Box, turns: int) -> Box:
    """A box as it stands when its page is turned so that the line of its letters runs to the right."""
    left, bottom, right, top = box
    if turns == 1:
        return -top, left, -bottom, right
    if turns == 2:
        return -right, -top, -left, -bottom
    return (bottom, -right, top, -left) if turns == 3 else box


def _page_box(page: Any) -> Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, rect)
    return rect.left, rect.bottom, rect.right, rect.top


def _bounds(part: Any) -> Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium.FPDFPageObj_GetBounds(part, left, bottom, right, top)
    return left.value, bottom.value, right.value, top.value


def _is_white(part: Any) -> bool:
    """Whether a piece of text or a shape is filled with white, or with nothing."""
    colours = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(part, *colours):
        return False
    red, green, blue, alpha = (colour.value for colour in colours)
    return alpha == 0 or min(red, green, blue) >= _WHITE


def _is_picture(part: Any, kind: int) -> bool:
    if kind != pdfium.FPDF_PAGEOBJ_FORM:
        return bool(kind == pdfium.FPDF_PAGEOBJ_IMAGE)
    inner = (pdfium.FPDFFormObj_GetObject(part, at) for at in range(pdfium.FPDFFormObj_CountObjects(part)))
    return any(pdfium.FPDFPageObj_GetType(one) == pdfium.FPDF_PAGEOBJ_IMAGE for one in inner)


def _address(part: Any) -> int:
    return ctypes.addressof(part.contents)


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
