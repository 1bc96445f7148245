"""``nodalis review`` as a process on a store of its own, with reports that are made up and people who may sign in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from time import sleep
from typing import Final

from pydantic import SecretStr

from nodalis.settings import StoreSettings
from nodalis.store import Store, accounts, upgrade, work
from nodalis.store.arrivals import Arrival, record
from nodalis.web.sign_in.passwords import hashed

ROOT: Final = Path(__file__).resolve().parents[4]
PASSWORD: Final = "a long enough secret"
PEOPLE: Final = {"jane": "reviewer", "john": "reviewer", "rita": "reader", "ada": "admin"}
BEGIN: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
CLEAR: Final = """\
A. Left axillary sentinel lymph nodes: Two nodes, negative for carcinoma (0/2).
B. Left breast, lumpectomy: Invasive ductal carcinoma, grade 2, 14 mm.
"""
DOUBTFUL: Final = """\
FINAL DIAGNOSIS
A. Left axillary sentinel lymph nodes, excision: Metastatic carcinoma in one of three lymph nodes (1/3), largest deposit 3 mm.
B. Left breast, lumpectomy: Invasive ductal carcinoma, grade 2, 14 mm. ER positive, PR negative, HER2 negative.
SYNOPTIC
Lymph nodes examined: 3
Lymph nodes positive: 2
pT1c pN1a
"""
"""A report whose printed total is not the sum of its parts."""
_SIGNS: Final = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\t": "\\X09\\"})


@cache
def password() -> str:
    """The hash of the password of everybody here: to make one takes a moment."""
    return hashed(PASSWORD)


@contextmanager
def opened_store(place: Path | str) -> Iterator[Store]:
    """A store with all tables, in which some people may sign in, in a file or at a URL."""
    store = Store(StoreSettings(url=SecretStr(_url(place))))
    upgrade(store)
    for name, role in PEOPLE.items():
        add_account(store, name, name.capitalize(), role)
    yield store
    store.close()


def add_account(store: Store, name: str, shown: str, role: str) -> None:
    """Somebody more who may sign in."""
    store.write_now(lambda connection: accounts.add(connection, name, shown, [role], password(), datetime.now(UTC)))


def send(store: Store, texts: Sequence[str], first: int = 1, status: str = "F", names: Sequence[str] = ()) -> None:
    """Keep a message for each text, as if a laboratory had sent it; a number that was sent before gets another version.

    ``names``: of its number, its sender and its patient.
    """
    for place, text in enumerate(texts):
        number = first + place
        at = BEGIN + timedelta(hours=number, days=0 if status == "F" else 60)
        if names:
            body = message(f"{names[place]} {number}", text, at, status, names[place], names[place])
        else:
            body = message(f"S26-{number:05}", text, at, status)
        arrival = Arrival("laboratory", "LAB", "NORTH", f"{number}{status}", body, at, f"{number:016x}")
        store.write_now(partial(record, arrival=arrival))


def message(number: str, text: str, at: datetime, status: str = "F", facility: str = "NORTH", family: str = "DOE") -> bytes:
    """A report as HL7 v2 has it."""
    lines = text.translate(_SIGNS).splitlines()
    number, facility, family = (value.translate(_SIGNS) for value in (number, facility, family))
    head = (
        f"MSH|^~\\&|LAB|{facility}|EHR|SOUTH|{at:%Y%m%d%H%M%S}||ORU^R01^ORU_R01|{number}{status}|P|2.5.1|||||||UNICODE UTF-8\r"
        f"PID|1||0815^^^NORTH^MR||{family}^JANE||19610312|F\r"
        f"OBR|1||{number}^LAB|11529-5^Pathology report^LN|||20260301|||||||||||||||{at:%Y%m%d%H%M%S}|||{status}\r"
    )
    body = "".join(f"OBX|{place}|TX|22637-3^Diagnosis^LN||{line}||||||{status}\r" for place, line in enumerate(lines, 1))
    return (head + body).encode()


def _url(place: Path | str) -> str:
    return f"sqlite:///{place}" if isinstance(place, Path) else place


def environment_of(folder: Path, place: Path | str) -> dict[str, str]:
    """Settings of commands on a store, whose audit has its key in a folder."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("NODALIS_")},
        "PYTHONPATH": str(ROOT),
        "NODALIS_STORE__URL": _url(place),
        "NODALIS_STORE__AUDIT_KEY": str(folder / "audit.key"),
        "NODALIS_REVIEW__PORT": "0",
        "NODALIS_READING__SECONDS": "60",  # a machine that does much else is slow
    }


@contextmanager
def serving(folder: Path, place: Path | str = "") -> Iterator[str]:
    """The page of a store, else of ``store.db`` in a folder, on a free port, until the end; it must end by SIGTERM with 0."""
    environment = environment_of(folder, place or folder / "store.db")
    command = [sys.executable, "-m", "nodalis", "review"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True, bufsize=1) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"https?://\S+", line):
                break
        else:
            raise AssertionError("".join(said))
        reading = threading.Thread(target=lambda: said.extend(iter(process.stdout.readline, "")))
        reading.start()
        try:
            yield found[0]
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, "".join(said)
        finally:
            process.kill()
            reading.join()
    assert "Traceback" not in "".join(said), "".join(said)


@contextmanager
def starting(folder: Path, *arguments: str) -> Iterator[list[str]]:
    """``nodalis review`` with some arguments: the lines that it says until it names its address."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NODALIS_REVIEW__PORT": "0", "NODALIS_LOG__LEVEL": "error"}
    command = [sys.executable, "-m", "nodalis", "review", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        for line in process.stderr:
            lines.append(line)
            if "review page at http://127.0.0.1:" in line:
                break
        yield lines
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def settled(store: Store) -> None:
    """Wait until nothing is to be read or extracted."""
    for _ in range(600):
        if not store.read_now(lambda connection: work.waiting(connection, 1)):
            return
        sleep(0.05)
    raise AssertionError("reports wait that nobody reads")
