"""The catalogue of bad messages: each variant in ``catalogue/`` as bytes, with the outcome it must have.

A variant is a good message with something changed. Its keys, all optional:

- ``msh``, ``pid``, ``obr``: another segment, or none ("").
- ``value``, ``kind``, ``code``, ``unit``, ``status``: OBX-5, OBX-2, OBX-3, OBX-6, OBX-11 of its one OBX. ``rows``: segments instead of it.
- ``end``: what ends a segment. ``before``, ``behind``: what stands around the message. ``cut``: characters that are missing at its end.
- ``encoding``: that of its characters. ``raw``: the whole file instead.
- ``{repeat}`` in a value or row: ``repeat[0]``, ``repeat[1]`` times. ``rows_times``: how often the rows are there.
- ``{base64}``: ``data`` in base64, or a PDF with the text ``pdf``.
- ``file``: the name of the file, if it is no ``.hl7``. ``zip``: names and contents of the entries of an archive.

What must come of it: ``outcome`` (accepted, review, refused), ``reports`` if they are not one, ``reason`` (part of the reason for a
refusal), ``issues`` (kinds that must be among those of a review), ``text`` and ``without`` (what must, and must not, be in the text),
``pn`` and ``counts`` (the category and the nodes that are read, ``1/3``), ``guessed``, ``change``.
"""

from __future__ import annotations

import base64
import io
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.nodalis.pdf_files import pdf, show

Variant: TypeAlias = dict[str, Any]

FOLDER: Final = Path(__file__).with_name("catalogue")
TEXT: Final = (
    r"LEFT BREAST, LUMPECTOMY: Invasive ductal carcinoma, 15 mm.\.br\SENTINEL LYMPH NODES, LEFT AXILLA: Metastatic carcinoma in 1 of 3 "
    r"sentinel lymph nodes (1/3). Largest metastatic deposit 4 mm. No extranodal extension.\.br\pT1c pN1a(sn)"
)
MSH: Final = r"MSH|^~\&|LIS|ST ANNA|REG|STATE|20260304101500+0100||ORU^R01^ORU_R01|M1|P|2.5.1"
PID: Final = "PID|1||0815^^^HOSP&1.2.4&ISO^MR||Doe^Jane||19610312|F"
OBR: Final = "OBR|1||S26-1^LIS^1.2.3^ISO|11529-5^Surgical pathology study^LN|||20260302||||||||||||||||||F"
_SENT: Final = ("msh", "pid", "obr", "value", "kind", "code", "unit", "status", "rows", "rows_times", "end", "before", "behind", "cut")
_FILE: Final = ("encoding", "raw", "repeat", "data", "pdf", "file", "zip")
_EXPECTED: Final = ("outcome", "reports", "reason", "issues", "text", "without", "pn", "counts", "guessed", "change")
KEYS: Final = frozenset(("name", *_SENT, *_FILE, *_EXPECTED))


def variants() -> Iterator[tuple[str, Variant]]:
    """Every variant with its name, ``028-line-ends/LF``."""
    for path in sorted(FOLDER.glob("*.toml")):
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        for variant in given["variant"]:
            yield f"{path.stem}/{variant['name']}", variant


def content(variant: Variant) -> bytes:
    """The bytes of a variant."""
    encoding = variant.get("encoding", "utf-8")
    if "zip" in variant:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, words in variant["zip"].items():
                archive.writestr(name, _filled(variant, words))
        return data.getvalue()
    if "raw" in variant:
        return _filled(variant, variant["raw"]).encode(encoding)
    value = variant.get("value", TEXT)
    kind, code, unit, status = (variant.get(key, usual) for key, usual in _USUAL.items())
    rows = variant.get("rows", [f"OBX|1|{kind}|{code}||{value}|{unit}|||||{status}"]) * variant.get("rows_times", 1)
    segments = [variant.get("msh", MSH), variant.get("pid", PID), variant.get("obr", OBR), *rows]
    message = "".join(f"{segment}{variant.get('end', chr(13))}" for segment in segments if segment)
    message = _filled(variant, message[: len(message) - variant.get("cut", 0)])
    return f"{variant.get('before', '')}{message}{variant.get('behind', '')}".encode(encoding)


_USUAL: Final = {"kind": "FT", "code": "22637-3^Final diagnosis^LN", "unit": "", "status": "F"}


def _filled(variant: Variant, words: str) -> str:
    text, times = variant.get("repeat", ["", 0])
    data = pdf(show(variant["pdf"])) if "pdf" in variant else variant.get("data", "").encode("latin-1")
    words = words.replace("{repeat}", text * times).replace("{base64}", base64.b64encode(data).decode())
    return words.replace("{TEXT}", TEXT)
