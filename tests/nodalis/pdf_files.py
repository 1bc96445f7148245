"""Small PDFs made by hand, so that a test says what stands on a page, how and where."""

from __future__ import annotations

import zlib

from nodalis.readers.contained import run

A4 = (595, 842)
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def pdf(*contents: bytes, picture: bytes = b"null", form: bytes = b"null", field: bytes = b"null", font: bytes = b"null") -> bytes:
    """A document whose pages have these contents, with fonts /F1 and /F2 and picture /I; the field shows the form, which is object 5."""
    objects = {3: _FONT, 4: picture, 5: form, 6: field, 7: font}
    pages = []
    for at, content in enumerate(contents):
        packed = zlib.compress(content)
        objects[1000 + 2 * at] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Annots[6 0 R]"
            b"/Resources<</Font<</F1 3 0 R/F2 7 0 R>>/XObject<</I 4 0 R>>>>>>" % (*A4, 1001 + 2 * at)
        )
        objects[1001 + 2 * at] = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream"
        pages.append(b"%d 0 R" % (1000 + 2 * at))
    objects[1] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[2] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(pages), len(pages))
    return _written(objects)


def _written(objects: dict[int, bytes]) -> bytes:
    data, places = b"%PDF-1.7\n", b""
    for number in sorted(objects):
        places += b"%d 1\n%010d 00000 n \n" % (number, len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, objects[number])
    end = b"xref\n0 1\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return data + end % (places, max(objects) + 1, len(data))


def show(text: str, x: float = 60, y: float = 780, size: float = 10) -> bytes:
    """Content: lines from a place downwards, each set by itself."""
    said = [line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") for line in text.split("\n")]
    return b"".join(b"BT /F1 %g Tf %g %g Td (%s) Tj ET\n" % (size, x, y - 1.4 * size * at, line) for at, line in enumerate(said))


def scanned(data: bytes, over: bytes = b"", under: bytes = b"") -> bytes:
    """The first page of a document as a picture that fills a page, with content over and under it."""
    head, _, grey = run("page", data, 0).partition(b" 255\n")
    width, height = map(int, head.split()[1:])
    packed = zlib.compress(grey)
    picture = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length %d>>"
    drawn = b"q %d 0 0 %d 0 0 cm /I Do Q\n" % A4
    return pdf(under + drawn + over, picture=picture % (width, height, len(packed)) + b"stream\n" + packed + b"\nendstream")
