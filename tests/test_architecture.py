"""The structure that docs/architecture.md promises, read from the source."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A package may import those before it, and no other.
ORDER = ("grammars", "parser", "fhir_export", "nodalis")
MAX_LINES = 300
NAMES_THAT_SAY_NOTHING = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}

CLOCK_AND_CHANCE = {"random", "secrets", "time"}
FILES_AND_NETWORK = {
    "asyncio", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib", "shutil", "socket", "sqlite3",
    "ssl", "subprocess", "tempfile", "threading", "urllib",
}  # fmt: skip
FORBIDDEN = {
    "parser": CLOCK_AND_CHANCE | FILES_AND_NETWORK | {"datetime", "uuid", "fhir", "rich", "typer", "lxml", "orjson"},
    "fhir_export": CLOCK_AND_CHANCE | FILES_AND_NETWORK | {"regex", "rich", "typer", "lxml"},
}
ALLOWED = {
    # The one door through which files come into the core: a laboratory's own grammar files are named by path.
    "parser/grammar.py": {"pathlib"},
    "parser/source.py": {"pathlib"},
}
# Calls that read the clock, chance, a file or the terminal without an import that says so.
PURE_OF_SYS = {"intern", "maxsize", "maxunicode"}
IMPURE_CALLS = {"open", "print", "input", "now", "utcnow", "today", "uuid1", "uuid4", "getnode", "urandom"}


def _modules() -> list[Path]:
    return sorted(path for package in ORDER for path in (ROOT / package).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


MODULES = _modules()
every_module = pytest.mark.parametrize("path", MODULES, ids=map(_name, MODULES))
every_core_module = pytest.mark.parametrize(
    "path", core := [path for path in MODULES if _name(path).split("/")[0] in FORBIDDEN], ids=map(_name, core)
)


def _imported(path: Path) -> Iterator[tuple[str, int]]:
    """Top-level names of the absolute imports of a module, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0], node.lineno


@every_module
def test_imports_run_one_way(path: Path) -> None:
    package = _name(path).split("/")[0]
    later = ORDER[ORDER.index(package) + 1 :]
    wrong = [f"line {line}: {name}" for name, line in _imported(path) if name in later]
    assert not wrong, f"{package} may import only {ORDER[: ORDER.index(package)]} of ours"


@every_module
def test_imports_inside_a_package_are_relative(path: Path) -> None:
    package = _name(path).split("/")[0]
    wrong = [f"line {line}: {name}" for name, line in _imported(path) if name == package]
    assert not wrong


@every_core_module
def test_the_core_imports_no_files_clock_or_chance(path: Path) -> None:
    forbidden = FORBIDDEN[_name(path).split("/")[0]] - ALLOWED.get(_name(path), set())
    wrong = [f"line {line}: {name}" for name, line in _imported(path) if name in forbidden]
    assert not wrong


@every_core_module
def test_the_core_takes_only_constants_of_sys(path: Path) -> None:
    attributes = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)]
    used = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "sys"}
    assert used <= PURE_OF_SYS


@every_core_module
def test_the_core_calls_no_files_clock_or_chance(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = [(call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", ""), call.lineno) for call in calls]
    wrong = [f"line {line}: {name}()" for name, line in names if name in IMPURE_CALLS]
    assert not wrong


@every_module
def test_modules_stay_readable(path: Path) -> None:
    lines = sum(1 for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    assert lines <= MAX_LINES, f"{lines} lines that are not blank: split the module by what it is about"


@every_module
def test_module_names_say_what_is_inside(path: Path) -> None:
    assert path.name not in NAMES_THAT_SAY_NOTHING


def test_the_packages_are_there() -> None:
    assert {_name(path).split("/")[0] for path in MODULES} >= set(ORDER[1:])


def _project_files() -> list[Path]:
    """Files of the project: tracked, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("no git repository here: which files belong to the project is not known")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def _runs(text: str, length: int = 12) -> Iterator[tuple[int, int]]:
    """Each run of so many words as a hash, and the offset at which it begins."""
    words = [(match[0], match.start()) for match in re.finditer(r"[a-z0-9]+", text.lower())]
    for first in range(len(words) - length + 1):
        yield hash(tuple(word for word, _ in words[first : first + length])), words[first][1]


def test_no_file_holds_text_of_the_corpus(shared: Path) -> None:
    """No run of 12 words of a real report stands in the project: its samples and tests are written for it."""
    corpus: set[int] = set()
    for name in ("reports.jsonl", "other_organs.jsonl"):
        with (shared / "corpus" / name).open(encoding="utf-8") as rows:
            for row in rows:
                corpus.update(run for run, _ in _runs(json.loads(row)["text"]))
    places: dict[str, None] = {}
    for path in _project_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        places |= {f"{_name(path)}:{text.count(chr(10), 0, start) + 1}": None for run, start in _runs(text) if run in corpus}
    assert not places, "12 words of a real report begin at these lines, write examples of your own:\n" + "\n".join(places)
