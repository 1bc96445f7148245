"""Files are whole, and their names stay in their folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodalis.files import Names, safe_name, whole_file

HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..", ".", "", "a/b", "a\\b", "C:\\x", "a\x00b", "a\nb", "\x1b[31m", "~root", "$(id)", "-rf", "CON",
    "con.txt", "nul", "LPT1", "x" * 4000, "é" * 300, "😀", "%2E%2E", "a b", "a:b", "ＣＯＮ", "\u202e", ".hidden", "trailing.",
]  # fmt: skip


@pytest.mark.parametrize("id_", HOSTILE, ids=repr)
def test_a_hostile_id_is_a_file_of_the_folder(tmp_path: Path, id_: str) -> None:
    name = safe_name(id_) + ".json"
    assert len(name) < 200
    assert not name.startswith(("-", "."))
    with whole_file(tmp_path / name) as stream:
        stream.write(b"x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_hostile_ids_have_names_of_their_own() -> None:
    assert len({safe_name(id_).lower() for id_ in HOSTILE}) == len(HOSTILE)


@given(st.lists(st.text(max_size=12), unique=True, max_size=8))
def test_two_ids_never_share_a_name(ids: list[str]) -> None:
    names = Names()
    given = [names.name(id_) for id_ in ids]
    assert len({name.lower() for name in given}) == len(ids)
    assert all("/" not in name and "\\" not in name and "\x00" not in name and name not in ("", ".", "..") for name in given)


def test_ids_that_differ_in_case_only_get_distinct_files() -> None:
    names = Names()
    assert names.name("S26-a").lower() != names.name("S26-A").lower()


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with suppress(RuntimeError), whole_file(path) as stream:
        stream.write(b"half of the new")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_not_seen_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with whole_file(path) as stream:
        stream.write(b"x")
        assert not path.exists()
    assert path.read_bytes() == b"x"


def test_a_file_has_the_rights_of_an_ordinary_one(tmp_path: Path) -> None:
    (tmp_path / "ordinary").touch()
    with whole_file(tmp_path / "a") as stream:
        stream.write(b"x")
    assert os.stat(tmp_path / "a").st_mode == os.stat(tmp_path / "ordinary").st_mode
