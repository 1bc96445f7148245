"""The text of an RTF document: what a reader of the page sees, and nothing that is struck out, deleted or hidden.

A paragraph and a row of a table are lines, and each cell ends with a tab. Headers stand in front, footers and footnotes at the end.
Ticks of form fields are written ``[x]`` and ``[ ]``. Source: RTF Specification 1.9.1.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from .contained import ContainedError, Reason
from .rtf_characters import SIGNS, charset_page, decoded, joined, page_of, unicode_character

MAX_DEPTH: Final = 500
_TOKEN: Final = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,20})? ?|\\'(?P<hex>[0-9A-Fa-f]{2})|\\(?P<sign>[^A-Za-z])"
    rb"|(?P<brace>[{}])|(?P<end>[\r\n]+)|(?P<plain>[^\\{}\r\n]+)",
    re.DOTALL,
)
_SIGNS: Final = {b"~": "\xa0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\r": "\n", b"\n": "\n", b"\t": "\t"}
_WORDS: Final = {
    **dict.fromkeys(("par", "line", "softline", "row", "nestrow", "sect", "page", "softpage", "column", "shptxt", "dptxbxtext"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
    "emdash": "\u2014",
    "endash": "\u2013",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
}
_PAGES: Final = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
# Groups that hold no words of the report. Of a text box the newer form is read, and the older one that stands beside it is not.
_PASSED_OVER: Final = frozenset(
    ("colortbl", "stylesheet", "info", "pict", "nonshppict", "template", "xe", "tc", "tcn", "rxe", "sp", "shprslt", "nonesttables")
)
_FIELD: Final = frozenset(("fldinst", "formfield"))  # what a field is, not what it shows
_SEEN_THROUGH: Final = _FIELD | {"shpinst", "do"}  # marked as groups that may be passed over, and yet read
_HEAD, _BODY, _TAIL = range(3)
_PARTS: Final = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), _HEAD),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf", "footnote"), _TAIL),
}
_STRUCK: Final = frozenset(("strike", "striked", "deleted", "mvf"))  # the last two: deleted or moved away in a tracked change
_HIDDEN: Final = "v"
_OF_THE_FONT: Final = frozenset(("strike", "striked", _HIDDEN))
_CHECKBOX: Final = 1  # of \fftype
_DEFAULT: Final = 25  # of \ffres: as \ffdefres says


class _Group(NamedTuple):
    """What holds in a group of braces, and in those within it."""

    page: str = "cp1252"  # of characters of one byte
    unicode_skip: int = 1  # how many characters follow \u for readers that do not know it
    font: int = 0
    off: frozenset[str] = frozenset()  # the words of _STRUCK and _HIDDEN that hold
    passed_over: bool = False
    fonts: bool = False  # the table of fonts
    field: bool = False
    part: int = _BODY


class Rtf:
    """A document that was read: its ``text``, and whether words that are ``struck`` out or ``hidden`` were left out.

    Raises:
        ContainedError: it is no RTF, or not the whole of one.
    """

    def __init__(self, data: bytes) -> None:
        self.struck = self.hidden = False
        self._parts: tuple[list[str], ...] = ([], [], [])
        self._bytes = bytearray()  # characters that are not decoded yet: one may have two bytes
        self._fonts: dict[int, str] = {}  # number -> code page
        self._usual_font = 0
        self._skip = 0  # characters still to be passed over behind \u
        self._ignorable = False
        self._field: dict[str, int] = {}
        self._group = _Group()
        self._outer: list[_Group] = []
        self._read(data)
        self.text = "\n".join(text for part in self._parts if (text := joined(part).strip("\n")).strip())

    def _read(self, data: bytes) -> None:
        if not data[:64].lstrip(b"\xef\xbb\xbf \t\r\n\0").startswith(b"{\\rtf"):
            raise ContainedError(Reason.NOT_RTF)
        at = data.index(b"{")
        while token := _TOKEN.match(data, at):
            at = token.end()
            kind = token.lastgroup
            if kind == "plain":
                self._characters(token[0])
            elif kind == "hex":
                self._characters(bytes.fromhex(token["hex"].decode()))
            elif kind == "brace":
                if self._brace(token[0] == b"{"):
                    return
            elif kind == "sign":
                self._sign(token["sign"])
            elif kind != "end":  # a word, with or without a number
                number = None if token["number"] is None else int(token["number"])
                if token["word"] == b"bin":
                    at += max(number or 0, 0)
                else:
                    self._word(token["word"].decode().lower(), number)
        raise ContainedError(Reason.RTF_CUT_OFF)

    def _brace(self, opens: bool) -> bool:
        """Whether this is the last one of the document."""
        self._flush()
        self._skip = 0
        self._ignorable = False
        if opens:
            if len(self._outer) >= MAX_DEPTH:
                raise ContainedError(Reason.RTF_DEPTH)
            self._outer.append(self._group)
            return False
        inner, self._group = self._group, self._outer.pop()
        if inner.field and not self._group.field:
            self._tick()
        return not self._outer

    def _characters(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._bytes += data[skipped:]

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._ignorable = True
        elif self._skip:
            self._skip -= 1
        elif sign in _SIGNS:
            self._flush()
            self._write(_SIGNS[sign])

    def _flush(self) -> None:
        if not self._bytes:
            return
        data, self._bytes = bytes(self._bytes), bytearray()
        group = self._group
        if group.passed_over:
            return
        page = self._fonts.get(group.font, "")
        if not group.fonts:
            self._write(decoded(data, page or group.page))
        elif page == SIGNS:  # each font of signs has characters of its own, and its name says which
            self._fonts[group.font] = SIGNS + data.decode("ascii", "replace").strip("; ").lower()

    def _write(self, text: str) -> None:
        group = self._group
        if group.passed_over or group.fonts or group.field:
            return
        if group.off:
            hidden = _HIDDEN in group.off
            if text.strip():
                self.hidden |= hidden
                self.struck |= not hidden
            gap = "" if hidden else " "  # hidden words are not seen, struck ones keep the words beside them apart
            text = "\n" if "\n" in text else gap
        self._parts[group.part].append(text)

    def _word(self, word: str, number: int | None) -> None:
        ignorable, self._ignorable = self._ignorable, False
        self._skip = 0  # a writer that gave no character for old readers: its next word counts
        self._flush()
        if ignorable and word not in _SEEN_THROUGH:
            self._group = self._group._replace(passed_over=True)
        elif word in _WORDS:
            self._write(_WORDS[word])
        elif word == "u":
            self._write(unicode_character(number or 0, self._fonts.get(self._group.font, "")))
            self._skip = self._group.unicode_skip
        elif word.startswith("ff") and self._group.field:
            self._field[word] = number or 0
        else:
            self._group = self._changed(word, number)

    def _changed(self, word: str, number: int | None) -> _Group:
        """The group behind a word that says how the rest of it is read."""
        group = self._group
        if word in _STRUCK or word == _HIDDEN:
            return group._replace(off=group.off - {word} if number == 0 else group.off | {word})
        if word == "plain":
            return group._replace(off=group.off - _OF_THE_FONT, font=self._usual_font)
        if word in ("f", "deff"):
            if word == "deff":
                self._usual_font = number or 0
            return group._replace(font=number or 0)
        if word in _PASSED_OVER:
            return group._replace(passed_over=True)
        if word in _PARTS:
            self._parts[_PARTS[word]].append("\n")
            return group._replace(part=_PARTS[word])
        if word in _FIELD:
            self._field = self._field if group.field else {}
            return group._replace(field=True)
        if word in _PAGES or word == "ansicpg":
            return group._replace(page=_PAGES.get(word) or page_of(number or 0))
        if word == "uc":
            return group._replace(unicode_skip=min(max(number or 0, 0), 16))
        if word == "fonttbl":
            return group._replace(fonts=True)
        if word == "fcharset" and group.fonts:
            self._fonts[group.font] = charset_page(number or 0)
        return group

    def _tick(self) -> None:
        """The box of a field that is one."""
        if self._field.get("fftype") == _CHECKBOX:
            result = self._field.get("ffres", _DEFAULT)
            ticked = self._field.get("ffdefres", 0) if result == _DEFAULT else result
            self._write("[x]" if ticked else "[ ]")


def job(data: bytes, _: int) -> bytes:
    """The text of a document as JSON, with what was left out of it."""
    found = Rtf(data)
    return json.dumps({"text": found.text, "struck": found.struck, "hidden": found.hidden}).encode()
