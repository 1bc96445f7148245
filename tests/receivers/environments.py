"""Environments of the tools that judge or receive our FHIR: made once under .tools/, outside the project's own environment.

Validators and servers must share nothing with the project: their versions of pydantic or fhir.resources are not ours, and a
test that passes only because both sides use the same library proves nothing. An environment is named by the digest of what is
asked for, and is used only if its stamp is there, which is written last: an interrupted installation is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.receivers.paths import TOOLS

_STAMP = "complete"
# What pip and npm print where no registry answers. Any other failure is one of ours and fails the test.
_UNREACHABLE = (
    "NewConnectionError", "NameResolutionError", "Failed to resolve", "ConnectTimeout", "ReadTimeout", "ConnectionReset",
    "Name or service not known", "Temporary failure in name resolution", "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET",
    "ETIMEDOUT", "ProxyError", "network is unreachable", "Network is unreachable",
)  # fmt: skip


class Unavailable(Exception):
    """The tool cannot be had here, and why: the test skips."""


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of this process without what would lead a tool back into the project."""
    ours = ("PYTHON", "VIRTUAL_ENV", "SEKMET", "NODE_OPTIONS", "NODE_PATH")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)} | more


def python_with(name: str, *requirements: str) -> Path:
    """The interpreter of an environment that holds the requirements."""
    version = f"{sys.implementation.cache_tag}-{sys.base_prefix}"
    with _made(name, version, *requirements) as (folder, is_new):
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if is_new:
            venv.create(folder, with_pip=True, symlinks=os.name != "nt")
            _install([python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *requirements], folder)
    return python


def node_modules(name: str, package: Path) -> Path:
    """A folder whose node_modules hold what the lock file in ``package`` names."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Unavailable("node and npm are not installed here")
    files = [package / "package.json", package / "package-lock.json"]
    with _made(name, *(file.read_text(encoding="utf-8") for file in files)) as (folder, is_new):
        if is_new:
            folder.mkdir(parents=True)
            for file in files:
                shutil.copy(file, folder)
            # No package needs a script to install; without them none can do anything on this machine.
            _install([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
    return folder


@contextlib.contextmanager
def _made(name: str, *content: str) -> Iterator[tuple[Path, bool]]:
    """The folder of an environment and whether the caller must fill it; the stamp is written when the caller is done."""
    digest = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]
    folder = TOOLS / f"{name}-{digest}"
    TOOLS.mkdir(exist_ok=True)
    with _locked(TOOLS / f"{name}.lock"):
        is_new = not (folder / _STAMP).is_file()
        if is_new:
            for old in TOOLS.glob(f"{name}-*"):  # half made, or of other versions
                shutil.rmtree(old)
        yield folder, is_new
        (folder / _STAMP).touch()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time, where the system can lock files; a process that dies lets go."""
    with path.open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(command: list[str | Path], folder: Path, more: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=clean_environment(**(more or {})), capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    if any(sign in said for sign in _UNREACHABLE):
        raise Unavailable(f"the package registry cannot be reached to make {folder.name}")
    raise AssertionError(f"{folder.name} cannot be made:\n{said[-2000:]}")
