"""What is not UTF-8 and names no other encoding is read by the declared one, and flagged."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodalis.exits import UsageError
from nodalis.hl7v2 import MessageError, parse, results
from nodalis.settings import load


def _rows(text: bytes, named: str = "") -> list[bytes]:
    header = rb"MSH|^~\&|LIS|ST ANNA|||20260304||ORU^R01|M1|P|2.5.1||||||" + named.encode()
    return [header, b"PID|1||0815", b"OBR|1||S26-1", b"OBX|1|FT|22637-3^D^LN||" + text + b"||||||F"]


@pytest.mark.parametrize("named", ["", "UNICODE UTF-8"])
@pytest.mark.parametrize(("fallback", "data"), [("cp1252", b"5 \x80"), ("iso8859-15", b"5 \xa4"), ("cp1250", b"5 \x80")])
def test_the_declared_encoding_is_used_where_the_message_is_not_utf_8(named: str, fallback: str, data: bytes) -> None:
    (found,) = results(parse(_rows(data, named), fallback))
    assert found.text.text == "FINAL DIAGNOSIS\n5 €\n"
    assert (found.text.encoding, found.text.guessed) == (fallback, True)


def test_the_declared_encoding_is_not_used_where_the_message_is_utf_8_or_names_another() -> None:
    for rows in (_rows("5 €".encode()), _rows(b"5 \xa4", "8859/15")):
        (found,) = results(parse(rows, "cp1250"))
        assert (found.text.text, found.text.guessed) == ("FINAL DIAGNOSIS\n5 €\n", False)


def test_bytes_that_mean_nothing_in_the_declared_encoding_are_refused() -> None:
    with pytest.raises(MessageError, match=r"nor iso8859-3$"):
        parse(_rows(b"\xa5\xae"), "iso8859-3")


@pytest.mark.parametrize(
    ("encoding", "right"), [("cp1252", True), ("iso8859-15", True), ("utf-16", False), ("hex", False), ("none", False)]
)
def test_the_setting_is_an_encoding_that_messages_can_be_in(tmp_path: Path, encoding: str, right: bool) -> None:
    path = tmp_path / "nodalis.toml"
    path.write_text(f'[mllp]\nfallback_encoding = "{encoding}"\n', encoding="utf-8")
    if right:
        assert load(path).mllp.fallback_encoding == encoding
    else:
        with pytest.raises(UsageError, match=r"mllp\.fallback_encoding"):
            load(path)
