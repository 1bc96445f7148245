"""What a figure was measured on: machine, versions, date and commit; no name of a host and no path."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def described() -> dict[str, object]:
    """Cores, processor, memory, system and Python, and how busy the machine was."""
    return {
        "cores": cores(),
        "processor": _processor(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def today() -> str:
    """The date in UTC."""
    return datetime.now(UTC).date().isoformat()


def commit() -> str:
    """The commit that was measured, with a plus where files differ from it."""
    head = _git("rev-parse", "--short=10", "HEAD")
    # What a run writes itself is no change of what is measured.
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results", ":!README.md")
    return (head + "+" * bool(changed)) if head else "unknown"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", _text("/proc/cpuinfo"), flags=re.M)
    return found.group(1).strip() if found else platform.processor() or "unknown"


def _memory_gb() -> int | None:
    found = re.search(r"^MemTotal:\s+(\d+) kB", _text("/proc/meminfo"), flags=re.M)
    return round(int(found.group(1)) / 1024**2) if found else None


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
