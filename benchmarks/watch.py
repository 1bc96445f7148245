"""A command watched while it runs: CPU of each of its processes and memory of all, read from /proc (Linux)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import sleep
from typing import TypeAlias

from .machine import ROOT

_EVERY_SECONDS = 0.1
_IDLE_SECONDS = 0.05  # of CPU: a child that uses less, such as the tracker of resources, is no worker
_PROC = Path("/proc")

Spent: TypeAlias = dict[int, float]  # process -> CPU seconds


class Unwatched(Exception):
    """The command cannot be watched here, or it failed; why."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command used."""

    cpu_seconds: float  # of all processes
    parent_seconds: float
    serial_seconds: float  # of the parent while no worker could work: before there was one, and after the last had ended its work
    worker_seconds: tuple[float, ...]  # of each worker, to a tenth of a second
    peak_mb: float  # of all processes together at one time; files that several have in memory are counted once


def watch(command: Sequence[str], allowed: Sequence[int] = (0, 3), shown: bool = False) -> Watched:
    """Run ``nodalis`` with these arguments and watch it; ``shown`` lets through what it says.

    Raises:
        Unwatched: no Linux, or another exit code than those allowed.
    """
    if not sys.platform.startswith("linux"):
        raise Unwatched("only Linux says what each process uses")
    with TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, "-m", "nodalis", *command], cwd=ROOT, stdout=said, stderr=None if shown else said)
        samples: list[Spent] = []
        peak = 0.0
        while True:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            kin = family(process.pid)
            samples.append({pid: _cpu(pid) for pid in kin})
            peak = max(peak, megabytes(kin))
            sleep(_EVERY_SECONDS)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in allowed:
            said.seek(0)
            raise Unwatched(f"nodalis ended with {process.returncode}: {said.read().decode(errors='replace').strip()[-500:]}")
    total = usage.ru_utime + usage.ru_stime  # exact, and of all processes that were waited for
    return shared_out(process.pid, samples, total, peak)


def shared_out(parent: int, samples: Sequence[Spent], total: float, peak: float) -> Watched:
    """Who used how much of the CPU."""
    most: Spent = {}
    for sample in samples:
        for pid, spent in sample.items():
            most[pid] = max(spent, most.get(pid, 0.0))
    workers = {pid: spent for pid, spent in most.items() if pid != parent and spent > _IDLE_SECONDS}
    parent_seconds = max(0.0, total - sum(workers.values()))
    serial = total
    if workers:
        sums = [sum(sample.get(pid, 0.0) for pid in workers) for sample in samples]
        first = next(index for index, sample in enumerate(samples) if workers.keys() & sample.keys())
        last = next(index for index, spent in enumerate(sums) if spent >= max(sums))
        serial = samples[first].get(parent, 0.0) + max(0.0, parent_seconds - samples[last].get(parent, 0.0))
    return Watched(total, parent_seconds, serial, tuple(round(spent, 2) for spent in workers.values()), peak)


def family(parent: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {int(path.name): _parent(path) for path in _PROC.iterdir() if path.name.isdigit()}
    family = [parent]
    for pid in family:
        family += [child for child, of in parents.items() if of == pid]
    return family


def _stat(path: Path) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold anything."""
    try:
        return (path / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it has ended
        return []


def _parent(path: Path) -> int:
    fields = _stat(path)
    return int(fields[1]) if fields else 0


def _cpu(pid: int) -> float:
    fields = _stat(_PROC / str(pid))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def megabytes(family: Sequence[int]) -> float:
    """Memory of processes of one program: what each has for itself, and the files of the one that has most of them loaded.

    The share that the system gives (PSS) would be less where other programs use the same libraries.
    """
    used = [_memory(pid) for pid in family]
    return (sum(own for own, _ in used) + max(files for _, files in used)) / 1024


def _memory(pid: int) -> tuple[int, int]:
    """Kilobytes of its own, and of files."""
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8")
    except OSError:  # it has ended
        return 0, 0
    found = {key: int(size) for key, size in re.findall(r"^(Rss|Anonymous):\s+(\d+) kB", text, flags=re.M)}
    own = found.get("Anonymous", 0)
    return own, found.get("Rss", 0) - own
