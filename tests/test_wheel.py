"""The wheel holds what its users need and works where the source is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("parser", "fhir_export", "grammars", "nodalis")
REPORT = """\
FINAL DIAGNOSIS:
A. SENTINEL LYMPH NODE, RIGHT AXILLA, EXCISION: METASTATIC CARCINOMA IN ONE OF TWO LYMPH NODES (1/2), LARGEST DEPOSIT 5 MM.
B. RIGHT BREAST, MASTECTOMY: INVASIVE DUCTAL CARCINOMA, 1.8 CM.
"""

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The finished command; what it printed is in the message if it fails."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("nodalis-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that has only the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    bin_folder = folder / ("Scripts" if os.name == "nt" else "bin")
    run(bin_folder / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", wheel, cwd=folder)
    return bin_folder


def test_wheel_holds_every_file_of_the_four_packages_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    source = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
    }
    assert names == source


def test_wheel_holds_grammars_types_licence_and_notices(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"grammars/README.md", "grammars/staging/ajcc8/breast.toml"} <= set(names)
    assert {"parser/py.typed", "fhir_export/py.typed", "nodalis/py.typed"} <= set(names)
    assert {name.rsplit("/", 1)[1] for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_installed_wheel_has_the_version_of_the_project(installed: Path, tmp_path: Path) -> None:
    script = "import importlib.metadata, nodalis; print(importlib.metadata.version('nodalis'), nodalis.__file__)"
    version, where = run(installed / "python", "-c", script, cwd=tmp_path).stdout.split()
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert not Path(where).is_relative_to(ROOT)


def test_installed_wheel_shows_its_help(installed: Path, tmp_path: Path) -> None:
    shown = run(installed / "nodalis", "--help", cwd=tmp_path).stdout
    assert [command for command in ("extract", "convert", "explain", "evaluate", "grammar") if command not in shown] == []


def test_installed_wheel_reads_a_report(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(REPORT, encoding="utf-8")
    row = json.loads(run(installed / "nodalis", "extract", "one.txt", "--format", "jsonl", cwd=tmp_path).stdout)
    assert (row["id"], row["summary"]["examined"], row["summary"]["positive"]) == ("one", 2, 1)
    assert row["summary"]["pn"]["AJCC 8"] == "pN1a"


def test_installed_wheel_writes_fhir(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(REPORT, encoding="utf-8")
    run(installed / "nodalis", "convert", "one.txt", "-o", "out", cwd=tmp_path)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert {item["type"] for item in manifest["output"]} >= {"Condition", "DiagnosticReport", "Observation", "Provenance"}
    run(installed / "nodalis", "convert", "one.txt", "-o", "bundles", "--format", "collection", cwd=tmp_path)
    assert json.loads((tmp_path / "bundles" / "one.json").read_text())["resourceType"] == "Bundle"
