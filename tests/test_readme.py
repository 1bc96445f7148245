"""README.md is run: its examples print what it says, its commands exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.M | re.S)


def _example_report() -> str:
    """The block under the mark ``<!-- file: report.txt -->``, which the Python examples read as that file."""
    (text,) = re.findall(r"^<!-- file: report\.txt -->\n+```text\n(.*?)^```$", README, flags=re.M | re.S)
    return str(text)


def test_python_examples_print_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.txt").write_text(_example_report(), encoding="utf-8", newline="")
    monkeypatch.chdir(tmp_path)
    examples = "\n".join(_blocks("pycon"))
    assert examples.count(">>>") >= 5, "README.md has lost its examples"
    test = doctest.DocTestParser().get_doctest(examples, {}, "README.md", None, None)
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.FAIL_FAST).run(test, out=said.append)
    assert result.failed == 0, "".join(said)


def test_the_first_commands_are_demo_and_test() -> None:
    assert re.findall(r"^make \w+", _blocks("sh")[0], flags=re.M) == ["make demo", "make test"]


def test_every_make_command_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    assert set(re.findall(r"\bmake ([a-z]+)", "\n".join(_blocks("sh")))) <= targets


def test_every_nodalis_command_in_the_readme_exists() -> None:
    from typer.main import get_command

    from nodalis.cli import app

    named = set(re.findall(r"^(?:\$ )?nodalis ([a-z]+)", "\n".join(_blocks("sh")), flags=re.M))
    assert named
    assert named <= set(getattr(get_command(app), "commands", {}))


def test_the_readme_names_everything_the_wheel_installs() -> None:
    assert all(f"`{package}`" in README for package in ("parser", "fhir_export", "grammars", "nodalis"))
