"""What a registry takes out of the store: what nobody needs to look at, and what people accepted or corrected, with their values."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from nodalis.registry.checks import problems
from nodalis.review.correction import changes
from nodalis.review.decision import Action
from nodalis.service.deciding import Deciding
from nodalis.settings import Settings
from nodalis.store import Store
from nodalis.store.audit import Audit, AuditAction, entries
from nodalis.store.audit_key import AuditKey
from nodalis.store.decisions import Filter, Sort, settled, worklist
from tests.nodalis.registry.test_registry_command import run
from tests.nodalis.service.test_deciding import AT, Here, ids, loaded, made, reports, settings, shown, store
from tests.nodalis.service.test_reviewed import decide_all

__all__ = ["reports", "settings", "store"]


@pytest.fixture
def decided(store: Store, settings: Settings, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Reports of which one needed nobody, one is accepted, one corrected; and one that is about another organ."""
    (reports / "colon.txt").write_text("Colon, biopsy: tubular adenoma. No lymph nodes submitted.", encoding="utf-8")
    loaded(store, settings, reports)
    decide_all(store)
    monkeypatch.setenv("NODALIS_STORE__URL", f"sqlite:///{tmp_path}/store.db")
    return store


def abstracts(path: Path) -> dict[str, dict[str, str]]:
    """The items of each tumour of a file, by the number of its report."""
    tumors = etree.parse(path).iter("{http://naaccr.org/naaccrxml}Tumor")
    found = [{item.get("naaccrId", ""): item.text or "" for item in tumor} for tumor in tumors]
    return {items["pathReportNumber1"]: items for items in found}


def decide(store: Store, name: str, action: Action) -> None:
    async def once() -> None:
        deciding = Deciding(store, Here(), "page")
        opened, seen = await shown(deciding, ids(store)[name])
        await deciding.decide(opened, seen, made(opened, seen, action), opened.last)

    asyncio.run(once())


def correct(store: Store, name: str, values: dict[str, str]) -> None:
    async def once() -> None:
        deciding = Deciding(store, Here(), "page")
        opened, seen = await shown(deciding, ids(store)[name])
        assert seen.read is not None
        correction = replace(made(opened, seen), action=Action.CORRECT, corrections=changes(seen.read, values))
        await deciding.decide(opened, seen, correction, opened.last)

    asyncio.run(once())


def test_what_people_decided_is_what_is_exported(decided: Store, tmp_path: Path) -> None:
    path = tmp_path / "abstracts.xml"
    assert run("export", "--from-review", "-o", path).exit_code == 0
    assert problems(path.read_bytes()) == []
    found = abstracts(path)
    assert sorted(found) == ["clear", "differs", "doubtful"]
    assert (found["doubtful"]["regionalNodesExamined"], found["doubtful"]["regionalNodesPositive"]) == ("03", "02")
    assert "given by a person: examined 3, positive 2" in found["doubtful"]["textStaging"]
    assert (found["differs"]["ajccTnmPathN"], found["differs"]["regionalNodesPositive"]) == ("pN1a", "01")
    assert "given by a person" not in found["differs"]["textStaging"]


def test_what_is_open_is_left_out_and_said(decided: Store, tmp_path: Path) -> None:
    decide(decided, "doubtful", Action.UNDO)
    result = run("export", "--from-review", "-o", tmp_path / "abstracts.xml")
    assert result.exit_code == 3
    assert sorted(abstracts(tmp_path / "abstracts.xml")) == ["clear", "differs"]
    assert "2 abstracts in " in result.stderr
    assert "without the 1 open on the review page" in result.stderr


def test_what_was_set_aside_is_left_out(decided: Store, tmp_path: Path) -> None:
    decide(decided, "clear", Action.SET_ASIDE)
    run("export", "--from-review", "-o", tmp_path / "abstracts.xml")
    assert sorted(abstracts(tmp_path / "abstracts.xml")) == ["differs", "doubtful"]


def test_a_report_that_is_set_aside_while_others_are_read_is_left_out(decided: Store, settings: Settings, reports: Path) -> None:
    """What the work list shows of it may be older than what was decided."""

    async def seen() -> bool:
        deciding = Deciding(decided, Here(), "page")
        opened, one = await shown(deciding, ids(decided)["clear"])
        assert one.settled
        aside = replace(made(opened, one, Action.SET_ASIDE), at=AT)
        return (await Here().view(opened.payloads, aside)).settled

    assert asyncio.run(seen()) is False


def test_each_report_that_leaves_stands_in_the_audit_with_who_took_it(decided: Store, settings: Settings, tmp_path: Path) -> None:
    run("export", "--from-review", "-o", tmp_path / "abstracts.csv", "--format", "csv")
    told = [entry.event for entry in decided.read_now(entries) if entry.event.action is AuditAction.EXPORT]
    wanted = {id for name, id in ids(decided).items() if name != "colon"}
    assert {event.report_id for event in told if event.detail["format"] == "naaccr-csv"} == wanted
    assert {event.actor[:3] for event in told} == {"os:"}
    assert decided.read_now(Audit(AuditKey(settings.store)).verify) == []


def test_since_a_day_there_is_what_came_or_was_decided(decided: Store) -> None:
    def found(since: datetime) -> list[str]:
        names = {id: name for name, id in ids(decided).items()}
        return sorted(names[id] for id in decided.read_now(lambda connection: settled(connection, since=since)))

    later = datetime.now(UTC) + timedelta(days=1)
    assert found(AT) == ["clear", "differs", "doubtful"]  # all came since
    assert found(later) == []
    with decided.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE report SET changed_at = 0")
    assert found(AT - timedelta(seconds=1)) == ["differs", "doubtful"]  # decided since
    assert found(AT + timedelta(seconds=1)) == []


def test_all_are_found_however_many_are_read_at_once(decided: Store) -> None:
    everything = decided.read_now(settled)
    parts: list[int] = []
    after = 0
    while some := decided.read_now(partial(settled, after=after, limit=1)):
        parts += some
        after = some[-1]
    assert parts == list(everything)
    assert len(parts) == 3


def test_cohorts_are_of_what_people_said(store: Store, settings: Settings, reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(store, settings, reports)
    monkeypatch.setenv("NODALIS_STORE__URL", settings.store.url.get_secret_value())
    assert run("cohort", "micrometastasis-only", "--from-review", "--format", "jsonl").stdout == ""
    correct(store, "doubtful", {"nodes.largest_deposit": "1.1", "nodes.positive": "1", "nodes.micromet": "1", "nodes.macromet": "0"})
    members = [json.loads(line) for line in run("cohort", "micrometastasis-only", "--from-review", "--format", "jsonl").stdout.splitlines()]
    assert [(member["report"], member["decision"]) for member in members] == [("doubtful", "accepted")]


def test_the_work_list_is_filtered_by_cohort(store: Store, settings: Settings, reports: Path) -> None:
    (reports / "micro.txt").write_text(
        "Left breast: invasive ductal carcinoma.\nLeft axillary lymph nodes: 1 of 8 nodes with a micrometastasis (1/8), 1.1 mm.\npN1mi",
        encoding="utf-8",
    )
    loaded(store, settings, reports)

    def listed(cohort: str) -> list[str]:
        wanted = Filter(state=None, cohort=cohort)
        return [item.number for item in store.read_now(lambda connection: worklist(connection, wanted, Sort())).items]

    assert listed("micrometastasis-only") == ["micro"]
    assert listed("itc-only") == []


def test_a_registry_s_abstracts_are_compared_with_what_people_said(decided: Store, tmp_path: Path) -> None:
    path = tmp_path / "abstracts.xml"
    run("export", "--from-review", "-o", path)
    path.write_bytes(
        path.read_bytes().replace(b'"regionalNodesPositive" naaccrNum="820">02<', b'"regionalNodesPositive" naaccrNum="820">03<')
    )
    assert run("compare", path, "--from-review", "-o", tmp_path / "audit").exit_code == 0
    rows = [json.loads(line) for line in (tmp_path / "audit" / "differences.jsonl").read_text().splitlines()]
    differing = [row for row in rows if row["kind"] == "differs"]
    assert [(row["item"], row["ours"], row["theirs"]) for row in differing] == [("regionalNodesPositive", "02", "03")]


@pytest.mark.parametrize(
    "words",
    [
        ("export", "-o", "x.xml"),
        ("export", "reports", "--from-review", "-o", "x.xml"),
        ("export", "--from-review", "--unreviewed", "-o", "x.xml"),
        ("export", "reports", "--since", "2026-03-01", "-o", "x.xml"),
        ("cohort",),
        ("cohort", "reports", "--from-review"),
        ("compare", "a.xml", "-o", "audit"),
    ],
    ids=" ".join,
)
def test_files_or_the_review_page_and_not_both(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, "--from-review" in result.stderr) == (2, True)
