"""Every kind of input: three samples of each read as they should, and each damaged one is one line and a failed input."""

from __future__ import annotations

import base64
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from nodalis.cli import app
from nodalis.exits import Exit
from nodalis.readers import Document, read
from nodalis.readers import document as limits
from nodalis.readers.kinds import EXPECTED

FORMATS: Final = Path(__file__).resolve().parents[2] / "samples" / "formats"
Files: TypeAlias = dict[str, bytes]
Row: TypeAlias = dict[str, object]


def _expected() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for line in FORMATS.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row.pop("file"), []).append(row)
    return found


SAMPLES: Final = _expected()
every_sample = pytest.mark.parametrize("name", SAMPLES)


def rows_of(path: Path) -> list[Row]:
    """What is read from a file, in the form of ``samples/formats.jsonl``."""
    items = list(read([str(path)]))
    assert [item for item in items if not isinstance(item, Document)] == []
    return [{"id": item.id, "text": item.text, "context": dict(item.context)} for item in items if isinstance(item, Document)]


@every_sample
def test_a_sample_gives_its_reports_with_text_and_context(name: str) -> None:
    assert rows_of(FORMATS / name) == SAMPLES[name]


def test_every_kind_has_three_samples_and_each_sample_its_row() -> None:
    files = [path for path in FORMATS.rglob("*") if path.is_file()]
    assert {path.relative_to(FORMATS).as_posix() for path in files} == set(SAMPLES)
    kinds = [path.parent.name for path in files]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(kinds, 3)


def test_the_folder_of_all_samples_is_converted_in_one_run(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["convert", str(FORMATS), "-o", str(tmp_path), "--workers", "1"])
    assert result.exit_code == Exit.REVIEW, result.stderr  # words are struck out in some of them
    ids = [str(row["id"]) for rows in SAMPLES.values() for row in rows]
    assert sorted(parquet.read_table(tmp_path / "facts.parquet", columns=["id"])["id"].to_pylist()) == sorted(ids)


TEXTS: Final = [name for name in SAMPLES if name.startswith("txt/")]
TABLES: Final = [name for name in SAMPLES if name.startswith("csv/")]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_a_text_in_another_encoding_is_the_same_text(tmp_path: Path, name: str, encoding: str) -> None:
    (row,) = SAMPLES[name]
    path = tmp_path / Path(name).name
    path.write_bytes(str(row["text"]).encode(encoding))
    assert rows_of(path) == [row]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_as_parquet_is_the_same_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.parquet"
    _write_parquet(path, SAMPLES[name])
    assert rows_of(path) == SAMPLES[name]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
@every_sample
def test_a_sample_in_an_archive_is_the_same_sample(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    path.write_bytes(_packed({name: (FORMATS / name).read_bytes()}, kind))
    assert rows_of(path) == SAMPLES[name]


def _write_parquet(path: Path, rows: list[Row]) -> None:
    names = dict.fromkeys(name for row in rows for name in dict(row["context"]))  # type: ignore[call-overload]
    columns = {"id": [row["id"] for row in rows], "text": [row["text"] for row in rows]}
    columns |= {name: [dict(row["context"]).get(name) for row in rows] for name in names}  # type: ignore[call-overload]
    parquet.write_table(pa.table(columns), path)


def _packed(files: Files, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz" if kind == "tar.gz" else "w") as archive:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _sample(name: str) -> bytes:
    return (FORMATS / name).read_bytes()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"id": ["a", "b"], "text": ["x" * 50, "y" * 50]}), buffer)
    return buffer.getvalue()


def _parquet_bomb() -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table({"id": ["a"], "text": ["x" * 9_000_000]}), buffer, compression="zstd", use_dictionary=False)
    return buffer.getvalue()


def _encrypted_zip() -> bytes:
    data = bytearray(_packed({"a.txt": b"pN0"}, "zip"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


_TEXT: Final = _sample("txt/TXT-1.txt")
_ROWS: Final = _sample("ndjson/plain.ndjson")
_CSV: Final = _sample("csv/comma.csv")
_HL7: Final = _sample("hl7/sections.hl7")
_BATCH: Final = _sample("hl7_batch/file.hl7")
_WITH_PASSWORD: Final = (FORMATS.parent / "bad" / "password.pdf").read_bytes()
_CDA: Final = _sample("cda/paragraphs.xml")
_REPORT: Final = _sample("fhir_diagnostic_report/final.json")
_REFERENCE: Final = _sample("fhir_document_reference/current.json")
_BUNDLE: Final = _sample("fhir_bundle/collection.json")
_LAUGHS: Final = b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_TAR: Final = _packed({"a.txt": _TEXT}, "tar")
_TAR_GZ: Final = _packed({"a.txt": _TEXT}, "tar.gz")
_ZIP: Final = _packed({"a.txt": _TEXT}, "zip")
_PDF: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def _enclosed(data: bytes, kind: str = "PDF") -> bytes:
    """A message whose report is a document."""
    row = f"OBX|1|ED|PATH^Report^L||LIS^AP^{kind}^Base64^{base64.b64encode(data).decode()}||||||F\r"
    return _HL7[: _HL7.index(b"OBX|1")] + row.encode()


def _without_text(resource: bytes) -> bytes:
    return resource.replace(b"text/plain", b"image/jpeg")


# Of each kind: what is wrong, the file, and how its line ends or goes on. An empty or shortened text is a text: it cannot be told apart.
BAD: Final[dict[str, tuple[str, bytes, str]]] = {
    "txt, wrong type": ("a.txt", _PDF, "not text: this is a PDF"),
    "txt, bomb": ("a.txt", b"x" * (limits.MAX_CHARACTERS + 1), "text too long"),
    "utf-16, truncated": ("a.txt", _TEXT.decode().encode("utf-16")[:-1], "not text: has the byte order mark of UTF-16"),
    "cp1252, wrong type": ("a.txt", b"caf\xe9 \x81\x8d", "not text: neither UTF-8"),
    "ndjson, truncated": ("a.ndjson", _ROWS.splitlines(keepends=True)[0][:-40], "not a row of JSON"),
    "ndjson, empty": ("a.ndjson", b"", "no row in it"),
    "ndjson, wrong type": ("a.ndjson", b"\x89PNG\r\x1a\x00\x00\x00\x01\x02\x03\x04", "not text"),
    "ndjson, bomb": ("a.ndjson", b'{"id": "a", "text": "' + b"x" * (limits.MAX_CHARACTERS + 1) + b'"}', "text too long"),
    "csv, truncated": ("a.csv", _CSV[:60], "a quote within a quoted cell is not doubled, or one is not closed"),
    "csv, empty": ("a.csv", b"", "no column 'id'"),
    "csv, no rows": ("a.csv", b"id,text\n", "no row below the names of the columns"),
    "csv, wrong type": ("a.csv", _PDF, "not text"),
    "csv, bomb": ("a.csv", b"id,text\na," + b"x" * (limits.MAX_CHARACTERS + 1), "text too long"),
    "parquet, truncated": ("a.parquet", _parquet()[:-9], "not a Parquet file, or a broken one"),
    "parquet, empty": ("a.parquet", b"", "not a Parquet file, or a broken one"),
    "parquet, wrong type": ("a.parquet", _CSV, "not a Parquet file, or a broken one"),
    "parquet, bomb": ("a.parquet", _parquet_bomb(), "unpacks to more than 100 times its size"),
    "zip, truncated": ("a.zip", _ZIP[:-30], "not a zip archive, or one that is cut off"),
    "zip, empty": ("a.zip", b"", "not a zip archive, or one that is cut off"),
    "zip, no entry": ("a.zip", _packed({}, "zip"), "no report in this archive"),
    "zip, wrong type": ("a.zip", _TAR_GZ, "not a zip archive, or one that is cut off"),
    "zip, bomb": ("a.zip", _packed({"b.txt": b" " * 8_000_000}, "zip"), "unpacks to more than 100 times its size"),
    "zip, encrypted": ("a.zip", _encrypted_zip(), "encrypted"),
    "tar, truncated": ("a.tar", _TAR[:600], "cut off: the archive ends within an entry"),
    "tar, empty": ("a.tar", b"", "cut off: the archive has no end mark"),
    "tar, wrong type": ("a.tar", b"PK" * 600, "a header in it is broken"),
    "tar.gz, truncated": ("a.tar.gz", _TAR_GZ[:40], "cut off or damaged"),
    "tar.gz, empty": ("a.tar.gz", b"", "cut off: the archive has no end mark"),
    "tar.gz, wrong type": ("a.tar.gz", _CDA * 2, "a header in it is broken"),
    "tar.gz, bomb": ("a.tar.gz", _packed({"b.txt": b" " * 8_000_000}, "tar.gz"), "unpacks to more than 100 times its size"),
    "hl7, truncated": ("a.hl7", _HL7[: _HL7.index(b"wide excision")], "cut off: its last segment has no end"),
    "hl7, empty": ("a.hl7", b"", "no message in it"),
    "hl7, wrong type": ("a.hl7", _PDF, "words outside of messages"),
    "hl7, UTF-16": ("a.hl7", _HL7.decode().encode("utf-16"), "in UTF-16"),
    "hl7, bomb": ("a.hl7", _HL7 + b"NTE|1||" + b"x" * 17_000_000 + b"\r", "longer than 16,777,216 bytes"),
    "hl7, other message": ("a.hl7", _HL7.replace(b"ORU^R01^ORU_R01", b"ADT^A08"), "not a message with results"),
    "hl7 batch, truncated": ("a.hl7", b"FHS|^~\\&|LIS\rBHS|^~\\&|LIS\r", "cut off: the trailer of its batch"),
    "hl7 batch, empty": ("a.hl7", b"FHS|^~\\&\rBHS|^~\\&\rBTS|0\rFTS|1\r", "no message in it"),
    "hl7 batch, wrong type": ("a.txt", b"BHS|^~\\&|LIS\r" + _PDF + b"\rBTS|0\r", "words outside of messages"),
    "hl7 document, truncated": ("a.hl7", _enclosed(_sample("pdf/labels.pdf")[:-300]), "the PDF in OBX-5: a damaged PDF"),
    "hl7 document, empty": ("a.hl7", _enclosed(b""), "the PDF in OBX-5: not a PDF"),
    "hl7 document, wrong type": ("a.hl7", _enclosed(_TEXT), "the PDF in OBX-5: not a PDF"),
    "hl7 document, encrypted": ("a.hl7", _enclosed(_WITH_PASSWORD), "the PDF in OBX-5: an encrypted PDF"),
    "hl7 document, bomb": (
        "a.hl7",
        _enclosed(rb"{\rtf1" + b"{" * 9999 + b"}" * 10_000, "RTF"),
        "the RTF in OBX-5: an RTF document nested deeper",
    ),
    "cda, truncated": ("a.xml", _CDA[:-40], "not well-formed XML"),
    "cda, empty": ("a.xml", b"", "not well-formed XML"),
    "cda, wrong type": ("a.xml", b"<html><body>pN0</body></html>", "not a CDA document"),
    "cda, bomb": ("a.xml", _CDA.replace(b"?>", b"?>" + _LAUGHS, 1), "has a DOCTYPE"),
    "ccda, no text": ("a.xml", _sample("ccda/table.xml").replace(b"structuredBody", b"nonXMLBody"), "no section with a text"),
    "fhir report, truncated": ("a.json", _REPORT[:-9], "not JSON"),
    "fhir report, empty": ("a.json", b"", "not JSON"),
    "fhir report, wrong type": ("a.json", _without_text(_REPORT), "no attachment of the type text/plain"),
    "fhir report, bomb": ("a.json", _REPORT + b" " * 33_554_432, "longer than 33,554,432 bytes"),
    "fhir reference, truncated": ("a.json", _REFERENCE[:-9], "not JSON"),
    "fhir reference, empty": ("a.json", b"{}", "not a FHIR resource"),
    "fhir reference, wrong type": ("a.json", _without_text(_REFERENCE), "no attachment of the type text/plain"),
    "fhir reference, bomb": (
        "a.json",
        json.dumps(
            json.loads(_REFERENCE)
            | {"content": [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(b"x" * 3_000_000).decode()}}]}
        ).encode(),
        "text too long",
    ),
    "fhir bundle, truncated": ("a.json", _BUNDLE[:-9], "not JSON"),
    "fhir bundle, empty": ("a.json", b'{"resourceType": "Bundle", "type": "collection"}', "holds no report"),
    "fhir bundle, wrong type": ("a.json", b'{"resourceType": "Patient", "id": "7"}', "holds no report"),
    "other kind": ("a.docx", b"PK\x03\x04", f"unsupported kind of file: expected {EXPECTED}"),
}


def _converted(folder: Path, name: str, data: bytes) -> tuple[list[str], str]:
    """The error lines of a run over a bad file and a good one, which is converted all the same, and its list of failed inputs."""
    (folder / name).write_bytes(data)
    (folder / "good.ndjson").write_bytes(
        b'{"id": "good", "text": "FINAL DIAGNOSIS: Left breast: invasive carcinoma. Nodes negative (0/2)."}'
    )
    inputs = [str(folder / name), str(folder / "good.ndjson")]
    result = CliRunner().invoke(app, ["convert", *inputs, "-o", str(folder / "out"), "--workers", "1"])
    assert result.exit_code == Exit.SOME_FAILED, result.stderr
    assert "good" in parquet.read_table(folder / "out" / "facts.parquet", columns=["id"])["id"].to_pylist()
    lines = [line.removeprefix("nodalis: error: ") for line in result.stderr.splitlines() if line.startswith("nodalis: error: ")]
    return lines, (folder / "out" / "failed.ndjson").read_text(encoding="utf-8")


@pytest.mark.parametrize("what", BAD)
def test_a_bad_input_is_one_line_and_the_others_are_converted(tmp_path: Path, what: str) -> None:
    name, data, reason = BAD[what]
    (line,), failed = _converted(tmp_path, name, data)
    assert failed.count("\n") == 1
    assert line.startswith(f"{tmp_path / name}: ")
    assert reason in line
    assert len(line) < len(str(tmp_path)) + 350
    assert [word for word in ("carcinoma", "axilla", "pN0", "Muster", "Erika", "0815") if word in line + failed] == []
