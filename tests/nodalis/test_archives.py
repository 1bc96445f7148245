"""ZIP and tar: reports of each entry; what is hostile or broken is one error, and the other entries are read."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.readers import Document, ReadError, entries, read, zip_archive
from nodalis.readers.document import Source
from nodalis.readers.tar_archive import read as read_tar
from nodalis.readers.zip_archive import read as read_zip
from tests.nodalis.pdf_files import pdf, show

WORDS = b"INVASIVE DUCTAL CARCINOMA.\r\nTHREE LYMPH NODES, NEGATIVE (0/3). "
ROWS = b'{"id": "r1", "text": "one"}\n{"id": "r2"}\n{"id": "r3", "text": "three"}\n'
Make = Callable[..., Path]
KINDS = ("zip", "tar", "tar.gz", "tgz")


def packed(path: Path, files: dict[str, bytes]) -> Path:
    """An archive of the kind its name says."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(path, "w" if path.suffix == ".tar" else "w:gz") as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return path


def items(path: Path) -> list[Document | ReadError]:
    return list(read([str(path)]))


def ids(path: Path) -> list[str]:
    return [item.id for item in items(path) if isinstance(item, Document)]


def errors(path: Path) -> list[str]:
    return [str(item).removeprefix(f"{path}: ") for item in items(path) if isinstance(item, ReadError)]


every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
def test_every_entry_of_a_kind_we_read_is_read_with_its_text_as_it_stands(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path / f"archive.{kind}", {"2026/S26-1.txt": WORDS, "rows.jsonl": ROWS, "S26-2.TXT": b"\xef\xbb\xbfpN1a"})
    found = [item for item in items(path) if isinstance(item, Document)]
    assert [(item.id, item.text) for item in found] == [("S26-1", WORDS.decode()), ("r1", "one"), ("r3", "three"), ("S26-2", "pN1a")]
    assert [item.origin.removeprefix(f"{path}: ") for item in found[:2]] == ["2026/S26-1.txt", "rows.jsonl: line 1"]
    assert errors(path) == ['rows.jsonl: line 2: "text" is missing or not a string']
    assert 0 < sum(item.size for item in items(path)) <= path.stat().st_size
    assert not [issue for item in found for issue in item.issues]


@every_kind
def test_rtf_and_pdf_in_an_archive_are_read_and_a_broken_one_does_not_stop_the_others(tmp_path: Path, kind: str) -> None:
    report, whole = rb"{\rtf1 pN1a}", pdf(show("pN2a"))
    files = {"a.rtf": report, "cut.rtf": report[:-1], "b.pdf": whole, "cut.pdf": whole[:-99], "c.txt": b"pN3a"}
    path = packed(tmp_path / f"archive.{kind}", files)
    texts = {item.id: item.text for item in items(path) if isinstance(item, Document)}
    assert texts == {"a": "pN1a", "b": "pN2a", "c": "pN3a"}
    assert [message.partition(":")[0] for message in errors(path)] == ["cut.rtf", "cut.pdf"]


@every_kind
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/a.txt", "its path leads out of the archive"),
        ("a\\..\\..\\b.txt", "its path leads out of the archive"),
        ("/etc/a.txt", "its path is absolute"),
        ("C:\\a.txt", "its path is absolute"),
        ("x" * 5000 + ".txt", "its path is longer than 1,024 characters"),
        ("inner.zip", "an archive within an archive"),
        ("inner.tar.gz", "an archive within an archive"),
        ("inner.txt.gz", "an archive within an archive"),
        ("scan.tiff", "unsupported kind of file in an archive: expected .txt, "),
        ("README", "unsupported kind of file in an archive: expected .txt, "),
    ],
    ids=["up", "up with backslashes", "absolute", "drive", "long", "zip", "tar.gz", "gz", "picture", "no suffix"],
)
def test_an_entry_of_a_wrong_name_is_an_error_and_the_others_are_read(tmp_path: Path, kind: str, name: str, reason: str) -> None:
    path = packed(tmp_path / f"archive.{kind}", {"a.txt": WORDS, name: WORDS, "b.txt": WORDS})
    assert ids(path) == ["a", "b"]
    (message,) = errors(path)
    assert message.startswith(f"{name[:200]}")
    assert reason in message
    assert len(message) < 500
    assert [file.name for file in tmp_path.iterdir()] == [path.name]  # nothing was written


@every_kind
def test_an_archive_under_the_name_of_a_text_is_no_text(tmp_path: Path, kind: str) -> None:
    inner = packed(tmp_path / f"inner.{kind}", {"a.txt": WORDS}).read_bytes()
    path = packed(tmp_path / f"archive.{kind}", {"a.txt": inner, "b.txt": WORDS})
    assert ids(path) == ["b"]
    assert "a.txt: not text" in errors(path)[0]


@every_kind
def test_what_systems_add_and_folders_are_passed_over(tmp_path: Path, kind: str) -> None:
    noise = {"__MACOSX/._a.txt": b"\0\5\26\7", "b/._a.txt": b"\0\5\26\7", ".DS_Store": b"\0", "b/": b""}
    path = packed(tmp_path / f"archive.{kind}", {**noise, "b/a.txt": WORDS})
    assert (ids(path), errors(path)) == (["a"], [])
    empty = packed(tmp_path / f"empty.{kind}", noise)
    assert (ids(empty), errors(empty)) == ([], ["no report in this archive"])


@every_kind
def test_a_bomb_is_refused_without_being_held(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path / f"archive.{kind}", {"a.jsonl": b" " * 60_000_000})
    if kind == "tar":
        return  # not packed, so no bomb
    tracemalloc.start()
    try:
        found = errors(path)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert len(found) == 1
    assert found[0].endswith("unpacks to more than 100 times its size")


def test_a_bomb_in_a_zip_does_not_stop_the_others(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": WORDS, "b.jsonl": b" " * 3_000_000, "c.txt": WORDS})
    assert (ids(path), errors(path)) == (["a", "c"], ["b.jsonl: unpacks to more than 100 times its size"])


def test_entries_that_share_their_bytes_are_no_way_round_the_limit(tmp_path: Path) -> None:
    packed(tmp_path / "a.zip", {"a.txt": b"0/3 " * 200_000})
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.filelist += [archive.filelist[0]] * 999  # a directory of a thousand entries, all of them the first
        archive.comment = b"changed"
    assert errors(tmp_path / "a.zip")[-1].startswith("unpacks to more than 100 times its size, the rest is not read")


def test_more_entries_of_a_zip_than_allowed_are_refused_before_they_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{number}.txt": WORDS for number in range(4)}
    path = packed(tmp_path / "a.zip", files)
    monkeypatch.setattr("nodalis.readers.zip_archive.MAX_ENTRIES", 4)
    assert ids(path) == ["0", "1", "2", "3"]
    monkeypatch.setattr("nodalis.readers.zip_archive.MAX_ENTRIES", 3)
    assert errors(path) == ["more than 3 entries"]


def test_a_zip_whose_directory_is_huge_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 50_000_000, 0, 0)
    with (tmp_path / "a.zip").open("wb") as stream:
        stream.truncate(50_000_000)
        stream.seek(0, 2)
        stream.write(end)
    assert errors(tmp_path / "a.zip") == ["its directory is larger than 33,554,432 bytes"]


def _zip_with(tmp_path: Path, change: Callable[[zipfile.ZipInfo], None], data: bytes = WORDS) -> Path:
    info = zipfile.ZipInfo("odd.txt")
    change(info)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", WORDS)
        archive.writestr(info, data)
        archive.writestr("b.txt", WORDS)
    return tmp_path / "a.zip"


@pytest.mark.parametrize(("mode", "reason"), [(stat.S_IFLNK | 0o777, "a link"), (stat.S_IFIFO | 0o644, "not a file")], ids=["link", "pipe"])
def test_a_link_in_a_zip_is_not_followed(tmp_path: Path, mode: int, reason: str) -> None:
    path = _zip_with(tmp_path, lambda info: setattr(info, "external_attr", mode << 16), b"/etc/passwd")
    assert (ids(path), errors(path)) == (["a", "b"], [f"odd.txt: {reason}"])


def test_another_method_than_deflate_is_refused(tmp_path: Path) -> None:
    path = _zip_with(tmp_path, lambda info: setattr(info, "compress_type", zipfile.ZIP_LZMA))
    assert (ids(path), errors(path)) == (["a", "b"], ["odd.txt: packed by another method than deflate"])


def test_an_encrypted_entry_is_an_error_of_its_own(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": WORDS, "b.txt": WORDS})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory
    path.write_bytes(data)
    assert (ids(path), errors(path)) == (["b"], ["a.txt: encrypted"])


@pytest.mark.parametrize("name", ["odd.txt", "odd.jsonl"])
def test_a_wrong_checksum_is_an_error_before_any_row_is_given(tmp_path: Path, name: str, canary: str) -> None:
    data = b'{"id": "r1", "text": "3/14 %s"}\n' % canary.encode()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", WORDS)
        archive.writestr(name, data)
        archive.writestr("b.txt", WORDS)
    path = tmp_path / "a.zip"
    path.write_bytes(path.read_bytes().replace(b"3/14", b"8/14"))
    assert (ids(path), errors(path)) == (["a", "b"], [f"{name}: broken: cut off, or its checksum is wrong"])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", WORDS, b"PK\x05\x06" + b"\xff" * 18], ids=["empty", "start", "text", "end"])
def test_what_is_no_zip_is_one_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    assert errors(tmp_path / "a.zip") == ["not a zip archive, or one that is cut off"]


def test_a_zip_that_is_cut_off_is_one_error(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.txt": WORDS, "b.txt": WORDS})
    path.write_bytes(path.read_bytes()[:-30])
    assert errors(path) == ["not a zip archive, or one that is cut off"]


def _noise(size: int) -> bytes:
    """Text that does not pack well."""
    return b"".join(b"%d " % (number * 7919 % 104_729) for number in range(size // 6))


def test_reports_of_a_cut_off_tar_gz_need_review_and_the_cut_is_an_error(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar.gz", {"a.txt": _noise(100_000), "b.txt": _noise(300_000), "c.txt": WORDS})
    path.write_bytes(path.read_bytes()[:-60_000])
    (document,) = [item for item in items(path) if isinstance(item, Document)]
    assert (document.id, document.text) == ("a", _noise(100_000).decode())
    assert [(issue.kind, issue.blocking) for issue in document.issues] == [("unreadable_text", True)]
    assert errors(path) == ["cut off or damaged: what comes behind is not read, and all reports before it need review"]


def test_reports_of_a_tar_gz_with_a_wrong_checksum_need_review(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar.gz", {"a.txt": WORDS})
    path.write_bytes(path.read_bytes()[:-8] + b"\0" * 4 + path.read_bytes()[-4:])
    (document,) = [item for item in items(path) if isinstance(item, Document)]
    assert document.issues
    assert len(errors(path)) == 1


def test_an_entry_of_a_tar_that_is_cut_off_is_never_a_shorter_report(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"a.txt": WORDS, "b.txt": WORDS * 100})
    path.write_bytes(path.read_bytes()[: 1024 + 512 + 3000])
    assert (ids(path), errors(path)) == (["a"], ["cut off: the archive ends within an entry"])


def test_a_tar_without_its_end_mark_is_an_error(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"a.txt": WORDS})
    path.write_bytes(path.read_bytes()[:1024])
    assert (ids(path), errors(path)) == (["a"], ["cut off: the archive has no end mark"])


def test_a_broken_header_of_a_tar_is_an_error(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"a.txt": WORDS, "b.txt": WORDS})
    data = bytearray(path.read_bytes())
    data[1024 + 150] ^= 0xFF
    path.write_bytes(data)
    assert (ids(path), errors(path)) == (["a"], ["a header in it is broken: what comes behind is not read"])


def _tar_with(path: Path, *headers: tuple[tarfile.TarInfo, bytes]) -> Path:
    with path.open("wb") as stream:
        for info, data in headers:
            stream.write(info.tobuf(tarfile.GNU_FORMAT) + data + b"\0" * (-len(data) % 512))
        stream.write(b"\0" * 1024)
    return path


def _header(name: str, kind: bytes = tarfile.REGTYPE, size: int = len(WORDS), target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, target
    return info


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (tarfile.FIFOTYPE, "not a file"), (tarfile.BLKTYPE, "not a file")],
    ids=["link", "hard link", "pipe", "device"],
)
def test_links_and_devices_in_a_tar_are_errors_of_their_own(tmp_path: Path, kind: bytes, reason: str) -> None:
    odd = _header("odd.txt", kind, 0, "/etc/passwd")
    path = _tar_with(tmp_path / "a.tar", (_header("a.txt"), WORDS), (odd, b""), (_header("b.txt"), WORDS))
    assert (ids(path), errors(path)) == (["a", "b"], [f"odd.txt: {reason}"])


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE], ids=["long name", "pax", "global pax"])
def test_a_name_of_gigabytes_is_not_loaded(tmp_path: Path, kind: bytes) -> None:
    path = _tar_with(tmp_path / "a.tar", (_header("a.txt"), WORDS), (_header("x", kind, 4_000_000_000), WORDS))
    assert (ids(path), errors(path)) == (["a"], ["a name in it is longer than 65,536 bytes: what comes behind is not read"])


@pytest.mark.parametrize("records", [b"x", b"999 path=a\n", b"0 path=a\n", b"9 pa", b"4 =\n"], ids=["word", "long", "zero", "cut", "empty"])
def test_broken_records_of_a_tar_are_an_error(tmp_path: Path, records: bytes) -> None:
    header = _header("x", tarfile.XHDTYPE, len(records))
    path = _tar_with(tmp_path / "a.tar", (header, records), (_header("a.txt"), WORDS))
    assert errors(path) == ["a header in it is broken: what comes behind is not read"]


def test_long_names_of_both_formats_of_tar_are_read(tmp_path: Path) -> None:
    name = "folder/" * 40 + "Größe.txt"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(tmp_path / "a.tar", "w", format=form) as tar:
            info = tarfile.TarInfo(name)
            info.size = len(WORDS)
            tar.addfile(info, io.BytesIO(WORDS))
        assert (ids(tmp_path / "a.tar"), errors(tmp_path / "a.tar")) == (["Größe"], [])


def test_a_tar_that_is_packed_is_known_by_its_content(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar.gz", {"a.txt": WORDS})
    path.rename(tmp_path / "a.tar")
    assert ids(tmp_path / "a.tar") == ["a"]


@pytest.mark.parametrize("reader", [read_zip, read_tar])
def test_an_archive_from_a_pipe_is_refused(reader: Callable[[Source], Iterator[Document | ReadError]]) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    (error,) = reader(Source(Pipe(WORDS), "pipe", "pipe"))
    assert "not from a pipe" in str(error)


def test_nul_characters_in_an_entry_are_a_doubt(tmp_path: Path) -> None:
    (document,) = items(packed(tmp_path / "a.zip", {"a.txt": WORDS + b"1\x002/14"}))
    assert isinstance(document, Document)
    assert document.issues


def test_a_text_too_long_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tar", {"a.txt": b"x" * 9_000_000, "b.txt": WORDS})
    assert ids(path) == ["b"]
    assert "text too long" in errors(path)[0]


@given(st.data())
def test_flipped_bytes_give_reports_or_errors_and_never_an_exception(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS[:3]))
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.txt", WORDS)
            archive.writestr("b.jsonl", ROWS)
    else:
        with tarfile.open(fileobj=buffer, mode="w" if kind == "tar" else "w:gz") as tar:
            tar.addfile(_header("a.txt"), io.BytesIO(WORDS))
    whole = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    source = Source(io.BytesIO(bytes(whole)), "archive", "archive")
    for item in (read_zip if kind == "zip" else read_tar)(source):
        assert isinstance(item, Document | ReadError)
        if kind != "tar" and isinstance(item, Document) and item.id == "a" and not item.issues:
            assert item.text == WORDS.decode()


def test_the_limits_are_those_of_the_goals() -> None:
    assert entries.MAX_RATIO == 100
    assert zip_archive.MAX_ENTRIES >= 100_000  # an archive of so many reports is to be read
