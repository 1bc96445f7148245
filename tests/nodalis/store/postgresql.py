"""A PostgreSQL of its own for a run of tests, on a Unix socket in a temporary folder; skipped where it is not installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

_OWNER = "postgres"  # the server refuses to run as root


@dataclass(frozen=True)
class Cluster:
    """A running server."""

    binaries: Path
    folder: Path

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of its programs as its owner."""
        command = list(map(str, [self.binaries / program, *arguments]))
        owner = pwd.getpwnam(_OWNER) if os.geteuid() == 0 else None
        rights = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": ()} if owner else {}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, **rights)  # type: ignore[call-overload]
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def start(self) -> None:
        """Start it; it listens on its socket only, and waits for no disk: its durability is not ours to test."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=60 -c fsync=off"
        self.run("pg_ctl", "start", "-w", "-s", "-D", self.folder / "data", "-l", self.folder / "log", "-o", options)

    def stop(self) -> None:
        """Stop it at once, with its clients connected."""
        self.run("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", self.folder / "data")

    def url(self, database: str) -> str:
        """Where a store of one of its databases is."""
        return f"postgresql+psycopg://{_OWNER}@/{database}?host={self.folder}"


def _binaries() -> Path | None:
    """The newest server that is installed; Debian has its programs outside the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found += [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    return next((path for path in found if (path / "pg_ctl").exists()), None)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that lives as long as the context."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="nodalis-pg-", ignore_cleanup_errors=True) as name:  # short: a socket's path has 107 bytes
        folder = Path(name)
        if os.geteuid() == 0:
            try:
                owner = pwd.getpwnam(_OWNER)
            except KeyError:
                pytest.skip("PostgreSQL will not run as root, and there is no user postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        server = Cluster(binaries, folder)
        server.run("initdb", "-D", folder / "data", "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """The server of this run."""
    with cluster() as server:
        yield server


_numbers = count()


@pytest.fixture
def postgresql_url(postgresql: Cluster) -> str:
    """The URL of an empty database."""
    name = f"store{next(_numbers)}"
    with psycopg.connect(host=str(postgresql.folder), user=_OWNER, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgresql.url(name)
