"""``nodalis serve`` as a process, and reports to send to it. All of them are made up."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, upgrade
from nodalis.store.arrivals import Arrival, record
from nodalis.web import keys
from nodalis.web.roles import Role

ROOT = Path(__file__).resolve().parents[3]
TEXT = """FINAL DIAGNOSIS
A. LEFT AXILLA, SENTINEL LYMPH NODES, EXCISION: METASTATIC CARCINOMA IN TWO OF THREE LYMPH NODES (2/3).
B. LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA, GRADE 2, 1.4 CM.
"""
MESSAGE = (
    "MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260302101500||ORU^R01^ORU_R01|4711|P|2.5.1\r"
    "PID|1||0815^^^NORTH^MR||DOE^JANE||19610312|F\r"
    "OBR|1||S26-00417^LAB|11529-5^Pathology report^LN|||20260301|||||||||||||||20260302101500|||F\r"
    "OBX|1|TX|22637-3^Diagnosis^LN||LEFT AXILLA: METASTATIC CARCINOMA IN TWO OF THREE LYMPH NODES (2/3).||||||F\r"
    "OBX|2|TX|22637-3^Diagnosis^LN||LEFT BREAST, LUMPECTOMY: INVASIVE DUCTAL CARCINOMA.||||||F\r"
)


def some_messages(path: Path) -> str:
    """The URL of a new store with a message, the same again, and one that cannot be read."""
    url = f"sqlite:///{path}"
    store = Store(StoreSettings(url=SecretStr(url)))
    upgrade(store)
    at = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
    for minute, (body, quarantine) in enumerate([(MESSAGE, ""), (MESSAGE, ""), ("MSH|", "no delimiters")]):
        arrival = Arrival("laboratory", "LAB", "NORTH", "4711", body.encode(), at + timedelta(minutes=minute), f"{minute:016x}", quarantine)
        store.write_now(partial(record, arrival=arrival))
    store.close()
    return url


@dataclass(frozen=True)
class Running:
    """A server, and how it is reached."""

    url: str
    pid: int
    keys_file: Path
    log: list[str]

    def key(self, name: str, *roles: Role, days: int | None = None, now: datetime | None = None) -> str:
        """A key made while the server runs."""
        return keys.add(self.keys_file, name, roles, days, now or datetime.now(UTC))

    def client(self, key: str = "", **options: object) -> httpx.Client:
        """A client with a key, or without."""
        headers = {"X-API-Key": key} if key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)  # type: ignore[arg-type]

    def workers(self) -> list[int]:
        """The processes that read for it."""
        started = Path(f"/proc/{self.pid}/task").iterdir()
        children = [pid for task in started for pid in (task / "children").read_text().split()]
        return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@contextmanager
def serving(folder: Path, settings: Mapping[str, str]) -> Iterator[Running]:
    """A server on a free port with settings by the names of their variables; it must end by SIGTERM with 0."""
    keys_file = folder / "keys.json"
    keys.add(keys_file, "first", [Role.ADMIN], None, datetime.now(UTC))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("NODALIS_")},
        "PYTHONPATH": str(ROOT),
        "NODALIS_HTTP__PORT": "0",
        "NODALIS_HTTP__KEYS_FILE": str(keys_file),
        **settings,
    }
    command = [sys.executable, "-m", "nodalis", "serve"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True, bufsize=1) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"https?://\S+", first)
        assert found, first + process.stdout.read()
        log: list[str] = []
        reading = threading.Thread(target=lambda: log.extend(iter(process.stdout.readline, "")))
        reading.start()
        try:
            yield Running(found[0], process.pid, keys_file, log)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            reading.join()
