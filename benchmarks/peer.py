"""Another library in a process and an environment of its own, asked in turns with ours."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.receivers.environments import Unavailable, clean_environment, python_with

from .machine import ROOT

# What is asked for by name; pip finds the rest. These versions install on Python 3.11.
REQUIREMENTS = {"edsnlp": ("edsnlp==0.23.0",), "medspacy": ("medspacy==1.3.1",)}
_SCRIPTS = ROOT / "benchmarks" / "peers"


class Peer:
    """A library that reads texts when it is asked to.

    Raises:
        Unavailable: it cannot be installed or started here, and why.
    """

    def __init__(self, name: str) -> None:
        try:
            python = python_with(f"bench-{name}", *REQUIREMENTS[name])
        except AssertionError as error:  # pip's last line says what did not fit
            raise Unavailable(f"{name} cannot be installed: {str(error).strip().splitlines()[-1]}") from None
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [str(python), str(_SCRIPTS / f"{name}_reports.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
            text=True,
            encoding="utf-8",
        )
        self.versions: dict[str, str] = self._answer(name)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._folder.cleanup()

    def seconds(self, texts: Sequence[str]) -> float:
        """CPU seconds for these texts."""
        return float(self._asked(texts)["seconds"])

    def found(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """pn, positive and examined of each text."""
        found: list[dict[str, Any]] = self._asked(texts)["found"]
        return found

    def _asked(self, texts: Sequence[str]) -> dict[str, Any]:
        path = Path(self._folder.name, "texts.json")
        path.write_text(json.dumps(list(texts)), encoding="utf-8")
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return self._answer("it")

    def _answer(self, name: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Unavailable(f"{name} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer
