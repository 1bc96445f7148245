"""A decision taken into the store and followed at once, by the process of the page, with or without a listener beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import SecretStr

from nodalis.readers import Document
from nodalis.review.correction import CorrectionError, changes
from nodalis.review.decision import Action, Correction, Decision, ReviewState
from nodalis.service.deciding import Deciding
from nodalis.service.extraction import Extractor, Seen
from nodalis.service.filing import Filed, body_of, load, put
from nodalis.service.operator import Operator
from nodalis.service.reading import read
from nodalis.service.workers import Workers
from nodalis.settings import ReadingSettings, Settings, StoreSettings
from nodalis.store import Stage, Store, upgrade
from nodalis.store.decisions import DecidedError, Filter, NewerVersionError, Opened, Page, Sort, worklist
from nodalis.store.queue import counts, replay
from nodalis.store.work import Sent, State, next_messages, next_reports, record_versions
from nodalis.versions import Version

T = TypeVar("T")
AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
DOUBTFUL = "Left breast, mastectomy: invasive ductal carcinoma.\nLeft axillary lymph nodes: 3 of 2 lymph nodes positive (3/2).\npN1a"
DIFFERS = "Left breast, mastectomy: invasive ductal carcinoma.\nLeft axillary lymph nodes: 1 of 8 lymph nodes positive (1/8), 3 mm.\npN0"
CLEAR = DIFFERS.replace("pN0", "pN1a")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=StoreSettings(url=SecretStr(f"sqlite:///{tmp_path}/store.db")))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings.store)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, text in (("doubtful", DOUBTFUL), ("differs", DIFFERS), ("clear", CLEAR)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


class Here:
    """Extraction in this process."""

    async def extract(self, versions: Sequence[bytes], sent: Sent | None, decision: Decision | None = None) -> State:
        return extractor().extract(versions, sent, decision)

    async def view(self, versions: Sequence[bytes], decision: Decision | None = None) -> Seen:
        return extractor().view(versions, decision)


@cache
def extractor() -> Extractor:
    return Extractor(ReadingSettings())


def loaded(store: Store, settings: Settings, *inputs: Path) -> Filed:
    """What became of files that were put into the store and extracted."""

    async def run() -> Filed:
        filed = await put(store, Operator(settings.store), [str(path) for path in inputs], "urn:nodalis:reports", bar=False)
        await Deciding(store, Here(), "file").catch_up()
        return filed

    return asyncio.run(run())


def page(store: Store, state: ReviewState | None = None) -> Page:
    return store.read_now(lambda connection: worklist(connection, Filter(state=state), Sort()))


def ids(store: Store) -> dict[str, int]:
    return {item.number: item.id for item in page(store).items}


def done(store: Store, work: Callable[[Deciding], Awaitable[T]]) -> T:
    """What a page does."""

    async def run() -> T:
        return await work(Deciding(store, Here(), "page"))

    return asyncio.run(run())


async def shown(deciding: Deciding, report_id: int) -> tuple[Opened, Seen]:
    found = await deciding.opened(report_id)
    assert found is not None
    return found


def made(opened: Opened, seen: Seen, action: Action = Action.ACCEPT) -> Decision:
    return Decision(action=action, reviewer="kim", at=AT, versions=opened.versions, reading=seen.reading, reason="looked at it")


def changed(seen: Seen, given: Mapping[str, str]) -> tuple[Correction, ...]:
    assert seen.read is not None
    return changes(seen.read, given)


# Files


def test_files_are_put_into_the_store_and_extracted_at_once_by_worker_processes(settings: Settings, store: Store, reports: Path) -> None:
    assert asyncio.run(load(settings, store, [str(reports)], bar=False)) == Filed(new=3)
    found = {item.number: (item.state, item.status, item.category, item.waits) for item in page(store).items}
    assert found == {
        "clear": (ReviewState.CLEAR, "accepted", "pN1a", False),
        "differs": (ReviewState.OPEN, "needs_review", "pN1a", False),
        "doubtful": (ReviewState.OPEN, "needs_review", found["doubtful"][2], False),
    }
    assert {item.number: item.doubts for item in page(store, ReviewState.OPEN).items}["differs"] == ("stated_differs_from_derived",)


def test_the_same_files_again_change_nothing(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    before = (page(store), store.read_now(counts))
    assert loaded(store, settings, reports) == Filed(known=3)
    assert (page(store), store.read_now(counts)) == before


def test_another_text_under_one_number_is_a_version_of_the_report(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    (reports / "clear.txt").write_text(CLEAR + "\nSigned.", encoding="utf-8")
    assert loaded(store, settings, reports) == Filed(new=1, known=2)
    (item,) = (item for item in page(store).items if item.number == "clear")
    assert (item.state, item.doubts) == (ReviewState.OPEN, ())
    assert "their times do not tell" in item.reason


def test_what_cannot_be_read_is_said_and_the_next_is_read(
    store: Store, settings: Settings, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (reports / "binary.txt").write_bytes(bytes(1000))
    assert loaded(store, settings, reports) == Filed(new=3, failed=1)
    assert "binary.txt" in capsys.readouterr().err


def test_nothing_is_sent_of_a_file_that_names_no_patient(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports / "clear.txt")
    (item,) = page(store).items
    assert (item.stage, item.reason) == (Stage.EXPORTED, "no_patient")


def test_a_file_is_kept_as_the_version_that_it_is_read_as() -> None:
    document = Document(
        "S26-7",
        CLEAR,
        "a.jsonl: line 1",
        context={"subject": "urn:oid:1.2.4|0815", "status": "corrected", "issued": "2026-03-02T10:00:00Z"},
    )
    body = body_of(document, "urn:oid:1.2.3")
    (new,) = read(body, "", "").versions
    version = Version.of(new.payload)
    assert (new.issuer, new.number, new.payload) == ("urn:oid:1.2.3", "S26-7", body)
    assert (version.text, version.change, version.moments.reported) == (CLEAR, "corrected", "20260302100000+0000")
    assert version.patient.numbers == ("urn:oid:1.2.4|0815",)


def test_a_file_is_read_again_from_the_store_and_what_was_decided_holds(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["differs"]

    async def work(deciding: Deciding) -> Page:
        opened, seen = await shown(deciding, report_id)
        await deciding.decide(opened, seen, made(opened, seen), opened.last)
        return page(store)

    before = done(store, work)
    assert store.write_now(replay) == 3
    for message in store.write_now(lambda connection: next_messages(connection, "listener", 9, AT, 60)):
        versions = read(message.body, "", "").versions
        store.write_now(partial(record_versions, message_id=message.id, versions=versions))
    assert done(store, lambda deciding: deciding.catch_up()) == 3
    assert page(store) == before


# Decisions


def test_a_decision_is_followed_before_the_answer(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["differs"]

    async def work(deciding: Deciding) -> tuple[Opened, Seen]:
        opened, seen = await shown(deciding, report_id)
        await deciding.decide(opened, seen, made(opened, seen), opened.last)
        return await shown(deciding, report_id)

    opened, seen = done(store, work)
    assert (opened.item.state, opened.item.status, opened.item.waits) == (ReviewState.ACCEPTED, "accepted", False)
    assert opened.item.doubts == ("stated_differs_from_derived",)
    assert seen.report is not None
    assert seen.report.status == "accepted"


def test_a_correction_is_followed_and_undone(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["doubtful"]

    async def work(deciding: Deciding) -> list[tuple[ReviewState | None, str]]:
        states = []
        opened, seen = await shown(deciding, report_id)
        given = {"nodes.examined": "3", "nodes.positive": "3", "nodes.macromet": "3", "nodes.micromet": "0", "nodes.itc": "0"}
        corrections = changed(seen, given)
        await deciding.decide(
            opened, seen, replace(made(opened, seen, Action.ACCEPT), action=Action.CORRECT, corrections=corrections), None
        )
        opened, seen = await shown(deciding, report_id)
        states.append((opened.item.state, opened.item.category))
        await deciding.decide(opened, seen, made(opened, seen, Action.UNDO), opened.last)
        opened, seen = await shown(deciding, report_id)
        states.append((opened.item.state, "undone"))
        return states

    assert done(store, work) == [(ReviewState.CORRECTED, "pN1a"), (ReviewState.OPEN, "undone")]


def test_what_cannot_be_is_refused_before_it_is_kept(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["differs"]

    async def work(deciding: Deciding) -> Opened:
        opened, seen = await shown(deciding, report_id)
        corrections = changed(seen, {"nodes.examined": "0"})
        decision = replace(made(opened, seen), action=Action.CORRECT, corrections=corrections)
        with pytest.raises(CorrectionError, match="1 positive nodes of 0 examined"):
            await deciding.decide(opened, seen, decision, opened.last)
        with pytest.raises(NewerVersionError, match="read otherwise"):
            await deciding.decide(opened, seen, replace(made(opened, seen), reading=b"other"), opened.last)
        with pytest.raises(NewerVersionError, match="other versions"):
            await deciding.decide(opened, seen, replace(made(opened, seen), versions=b"other"), opened.last)
        return (await shown(deciding, report_id))[0]

    assert done(store, work).decisions == ()


def test_what_cannot_be_read_can_only_be_set_aside(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["clear"]
    (reports / "clear.txt").write_text(CLEAR + "\nSigned.", encoding="utf-8")
    loaded(store, settings, reports)

    async def work(deciding: Deciding) -> Opened:
        opened, seen = await shown(deciding, report_id)
        assert seen.read is None
        with pytest.raises(CorrectionError, match="only be set aside"):
            await deciding.decide(opened, seen, made(opened, seen), opened.last)
        await deciding.decide(opened, seen, made(opened, seen, Action.SET_ASIDE), opened.last)
        return (await shown(deciding, report_id))[0]

    assert done(store, work).item.state is ReviewState.SET_ASIDE


def test_two_reviewers_at_once_make_one_decision(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["differs"]

    async def work(deciding: Deciding) -> list[object]:
        opened, seen = await shown(deciding, report_id)
        both = (deciding.decide(opened, seen, replace(made(opened, seen), reviewer=name), opened.last) for name in ("kim", "lee"))
        return list(await asyncio.gather(*both, return_exceptions=True))

    outcomes = done(store, work)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DecidedError", "int"]
    assert issubclass(DecidedError, Exception)


def test_a_report_that_another_process_extracts_is_left_to_it(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    report_id = ids(store)["differs"]

    async def work(deciding: Deciding) -> tuple[Opened, int]:
        opened, seen = await shown(deciding, report_id)
        listener = asyncio.create_task(_take(store))
        await deciding.decide(opened, seen, made(opened, seen), opened.last)
        taken = await listener
        return (await shown(deciding, report_id))[0], taken

    opened, taken = done(store, work)
    assert (opened.item.state is ReviewState.ACCEPTED) != bool(taken)
    assert opened.item.waits == bool(taken)


async def _take(store: Store) -> int:
    """What a listener takes that looks at the same time."""
    await asyncio.sleep(0)
    return len(await store.write(lambda connection: next_reports(connection, "listener", 9, datetime.now(UTC), 60)))


def test_what_waits_when_the_page_starts_is_caught_up(store: Store, settings: Settings, reports: Path) -> None:
    loaded(store, settings, reports)
    store.write_now(lambda connection: connection.exec_driver_sql("UPDATE report SET extract_at = 0, revision = revision + 1").rowcount)
    assert {item.waits for item in page(store).items} == {True}
    assert done(store, lambda deciding: deciding.catch_up()) == 3
    assert {item.waits for item in page(store).items} == {False}


def test_worker_processes_show_a_report_as_it_is_in_this_one(settings: Settings, store: Store, reports: Path) -> None:
    loaded(store, settings, reports / "clear.txt")
    report_id = ids(store)["clear"]

    async def work() -> Seen:
        async with Workers(settings) as pool:
            return (await shown(Deciding(store, pool, "page"), report_id))[1]

    seen = asyncio.run(work())
    assert seen == done(store, lambda deciding: shown(deciding, report_id))[1]
    assert seen.read is not None
    assert seen.read.findings


def test_there_is_no_report_of_that_number(store: Store) -> None:
    assert done(store, lambda deciding: deciding.opened(4711)) is None
