"""The search for marks finds them in every form they may come out in, and the messages with marks are read as real ones are."""

from __future__ import annotations

import base64
import gzip
from io import BytesIO
from pathlib import Path

import pytest

from nodalis.hl7v2 import frames, parse, results

from .canaries import assert_no_canary, found_in, mark, marks, message

NAME = mark("PID", 5, 3)


@pytest.mark.parametrize("text", list(marks()))
def test_each_mark_is_found_and_so_are_its_digits_alone(text: str) -> None:
    assert found_in(text.encode())
    assert found_in("".join(filter(str.isdigit, text)).encode())


@pytest.mark.parametrize(
    "data",
    [
        NAME.lower().encode(),
        NAME.title().encode(),
        NAME.encode("utf-16-le"),
        NAME.encode("utf-16-be"),
        NAME.encode().hex().encode(),
        f"https://fhir.example.org/Patient?name={NAME}%20X".encode(),
        *(base64.b64encode(b"x" * shift + NAME.encode()) for shift in range(6)),
        gzip.compress(NAME.encode()),
        b"born 1961-03-12",
    ],
)
def test_a_mark_is_found_in_other_forms(data: bytes) -> None:
    assert found_in(data)


@pytest.mark.parametrize("data", [b"", b"2026-11-23T04:31:02.310+00:00 acknowledged message=17 trace=0123456789abcdef", b"\x1f\x8b broken"])
def test_nothing_is_found_where_nothing_is(data: bytes) -> None:
    assert found_in(data) == []


def test_folders_are_searched_with_their_file_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    store = tmp_path / "a" / "store.db"
    store.write_bytes(NAME.encode())
    assert_no_canary(tmp_path, but=[store])
    with pytest.raises(AssertionError, match=r"store\.db"):
        assert_no_canary(tmp_path)
    store.rename(tmp_path / f"{NAME}.txt")
    with pytest.raises(AssertionError):
        assert_no_canary(tmp_path, but=[tmp_path / f"{NAME}.txt"])


def test_a_message_with_marks_is_read_as_one_report_with_its_patient() -> None:
    (frame,) = frames(BytesIO(message(7)))
    (result,) = results(parse(frame.segments))
    assert (result.reason, result.number, result.context["family"]) == ("", mark("OBR", 3, 7), mark("PID", 5, 7))
    assert result.context["status"] == "final"
    assert mark("OBX", 5, 7) in result.text.text


def test_two_messages_have_no_field_with_a_mark_in_common() -> None:
    first, second = (set(message(number).split(b"|")) for number in (1, 2))
    assert {field for field in first & second if found_in(field)} == {b"19610312"}  # the date of birth, which can hold no mark
