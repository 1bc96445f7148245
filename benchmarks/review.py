"""The review page with 10,000 reports in its work list: how long the list, a report, a decision and an export take over HTTP.

    python -m benchmarks.review [--reports 10000]

``nodalis review`` in a process of its own on SQLite; the reports are those of samples/, each many times under numbers of its own. Each
page is asked for one after the other by one person who is signed in. The result goes to benchmarks/results/review.json.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
from sqlalchemy import Connection

from nodalis.service.extraction import Extractor
from nodalis.service.reading import read
from nodalis.settings import ReadingSettings
from nodalis.store import Store, work
from nodalis.store.arrivals import Arrival, record
from tests.nodalis.web.review.serving_review import BEGIN, PASSWORD, message, opened_store, serving

from .machine import ROOT, commit, described, today
from .results import Figures, goal, write

_TIMES = 20
_LIST_MS = 300.0
_REPORT_MS = 200.0


def fill(store: Store, texts: Sequence[str], reports: int) -> None:
    """Put so many reports into a store, as they are once all are extracted; each text is extracted once."""
    extractor = Extractor(ReadingSettings())
    states: dict[str, work.State] = {}

    def some(connection: Connection) -> None:
        for number, text in numbered:
            at = BEGIN + timedelta(minutes=number)
            body = message(f"B{number:08}", text, at)
            arrival = Arrival("laboratory", "LAB", "NORTH", f"{number}", body, at, f"{number:016x}")
            versions = read(body, "urn:nodalis:reports", "cp1252").versions
            if text not in states:
                states[text] = extractor.extract([versions[0].payload], None)
            (id,) = work.record_versions(connection, record(connection, arrival).id, versions)
            (waiting,) = work.next_reports(connection, "benchmark", 1, at, 60)
            work.record_state(connection, id, waiting.revision, states[text])

    everything = enumerate(islice(cycle(texts), reports), 1)
    while numbered := list(islice(everything, 1_000)):
        store.write_now(some)


def measured(ask: Callable[[int], httpx.Response], *statuses: int) -> list[float]:
    """Milliseconds of each request; the first ones are not counted."""
    found = []
    for number in range(_TIMES + 3):
        start = perf_counter()
        answer = ask(number)
        found.append(1_000 * (perf_counter() - start))
        if answer.status_code not in (statuses or (200,)):
            raise SystemExit(f"answered with {answer.status_code}")
    print(f"{median(found[3:]):.1f} ms", flush=True)
    return found[3:]


def pages(client: httpx.Client) -> dict[str, list[float]]:
    """Milliseconds of each page."""
    client.get("/sign-in")
    token = _hidden(client.get("/sign-in").text)["csrf"]
    client.post("/sign-in", data={"csrf": token, "name": "jane", "password": PASSWORD, "next": "/"})
    ids = [int(id) for id in re.findall(r'href="/reports/(\d+)"', client.get("/").text)]

    def accept(number: int) -> httpx.Response:
        fields = _hidden(client.get(f"/reports/{ids[number]}").text)
        return client.post(f"/reports/{ids[number]}/decision", data={**fields, "action": "accept"})

    found = {
        "work list, first page": measured(lambda _: client.get("/")),
        "work list, filtered and sorted": measured(lambda _: client.get("/?state=any&reason=counts_differ&sort=-category")),
        "work list, last page": measured(lambda _: client.get("/?state=any&page=200")),
        "report": measured(lambda number: client.get(f"/reports/{ids[number]}")),
        "overview": measured(lambda _: client.get("/overview")),
    }
    with exporting(client, _hidden(client.get("/export").text)["csrf"]) as exported:
        found["report, while all is exported"] = measured(lambda number: client.get(f"/reports/{ids[number]}"))
        found["export of all that is settled"] = exported()
    found["report opened and accepted"] = measured(accept, 303, 422)  # what cannot be as it was read is refused
    return found


@contextmanager
def exporting(client: httpx.Client, csrf: str) -> Iterator[Callable[[], list[float]]]:
    """Another request takes all that is settled as NAACCR XML; gives what waits for its end and says how many milliseconds it took."""

    def export() -> list[float]:
        start = perf_counter()
        with client.stream("POST", "/export", data={"csrf": csrf, "format": "naaccr-26"}) as answer:
            size = sum(map(len, answer.iter_bytes()))
        print(f"{size / 1e6:.1f} MB", flush=True)
        return [1_000 * (perf_counter() - start)]

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(export)
        yield running.result


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.review", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--reports", type=int, default=10_000)
    reports = options.parse_args().reports
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples").glob("*.txt"))]
    with tempfile.TemporaryDirectory() as folder, opened_store(Path(folder) / "store.db") as store:
        fill(store, texts, reports)
        with serving(Path(folder)) as url, httpx.Client(base_url=url, timeout=60) as client:
            found = pages(client)
    rows: list[Figures] = [
        {"page": name, "median_ms": round(median(times), 1), "slowest_ms": round(max(times), 1)} for name, times in found.items()
    ]
    first, report = (max(found[name]) for name in ("work list, first page", "report"))
    goals = [
        goal("first page of the work list, slowest", f"under {_LIST_MS:.0f} ms", round(first, 1), first < _LIST_MS),
        goal("a report, slowest", f"under {_REPORT_MS:.0f} ms", round(report, 1), report < _REPORT_MS),
    ]
    about = {
        "benchmark": "review",
        "title": (__doc__ or "").partition("\n")[0],
        "date": today(),
        "commit": commit(),
        "machine": described(),
    }
    write("review", {**about, "reports": reports, "rows": rows, "goals": goals})
    print(json.dumps({"rows": rows, "goals": goals}, indent=1))


if __name__ == "__main__":
    main()
