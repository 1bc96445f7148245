"""The documents keep up with the code: every issue is explained, every doctest holds, every link leads somewhere."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from parser.model import IssueKind

ROOT = Path(__file__).resolve().parent.parent
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("parser", "fhir_export", "nodalis")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.name not in ("__init__.py", "__main__.py")
]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "grammars").rglob("*.md")])


def _explained() -> dict[str, str]:
    """Heading of each issue in docs/issues.md -> the text below it."""
    text = (ROOT / "docs" / "issues.md").read_text(encoding="utf-8")
    parts = re.split(r"^### `(\w+)`$", text, flags=re.M)[1:]
    return {kind: re.split(r"^#", body, flags=re.M)[0].strip() for kind, body in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("kind", list(IssueKind), ids=str)
def test_every_issue_is_explained(kind: IssueKind) -> None:
    assert len(_explained().get(kind, "").split()) >= 15


def test_no_issue_is_explained_that_does_not_exist() -> None:
    assert set(_explained()) - set(IssueKind) == set()


@pytest.mark.parametrize("name", MODULES)
def test_doctests_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_rule_in_contributing_is_a_rule(tmp_path: Path) -> None:
    (rule,) = re.findall(r"^```toml\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), flags=re.M | re.S)
    (tmp_path / "rule.toml").write_text(rule, encoding="utf-8")
    command = [sys.executable, "-m", "nodalis", "grammar", "check", str(tmp_path / "rule.toml")]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
