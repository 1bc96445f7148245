"""``nodalis registry cohort``: which reports are in which cohort, and the facts that decide."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from parser.model import Report

from ..exits import Exit, UsageError, say
from ..files import whole_file
from ..output import Row
from ..pipeline import Tally, load_rules, readings
from ..readers import Columns
from ..registry.cohorts import COHORTS, FACT_NAMES, Answer, Cohort, Fact, Membership, answer, membership
from ..spreadsheet import sheet

Reports = Iterable[tuple[str, Report]]  # with their ids
Member = tuple[str, Membership]  # the id of the report
Counts = Mapping[str, Counter[str]]  # cohort -> how often each answer was given


def run(words: Sequence[str], columns: Columns, format: str, output: Path | None, quotes: bool, rules: Path | None) -> Exit:
    """Print or write the members among the reports of files: the words are a cohort or none, then files."""
    named = words[0] in COHORTS and len(words) > 1
    tally = Tally()
    found = readings(words[1:] if named else words, load_rules(rules), tally, columns=columns)
    return tell(((reading.document.id, reading.report) for reading in found), words[0] if named else None, format, output, quotes, tally)


def tell(reports: Reports, name: str | None, format: str, output: Path | None, quotes: bool, tally: Tally) -> Exit:
    """Print or write the members; with a table, or beside a file, how many there are and of how many it is not known."""
    asked = [COHORTS[name]] if name else list(COHORTS.values())
    members: list[Member] = []
    counts = {cohort.name: Counter[str]() for cohort in asked}
    for id_, report in reports:
        for cohort in asked:
            given = answer(cohort, report)
            counts[cohort.name][given] += 1
            if given is Answer.YES:
                members.append((id_, membership(cohort, report)))
        tally.count(report)
    if not tally.accepted + tally.needs_review:
        raise UsageError(f"no report was read; the cohorts are {', '.join(COHORTS)}")
    if format == "table":
        _print(asked, counts, members, name is not None)
    else:
        _write(format, output, members, quotes)
        for name, answers in counts.items():
            say(f"{name}: {answers[Answer.YES]} of {answers.total()} reports, {answers[Answer.NOT_KNOWN]} not known")
    return Exit.SOME_FAILED if tally.failed else Exit.OK


def _print(asked: Sequence[Cohort], counts: Counts, members: Sequence[Member], named: bool) -> None:
    from ..registry.cohort_tables import counts_table, members_table
    from ..terminal import stdout_console

    console = stdout_console()
    accepted = Counter(member.cohort.name for _, member in members if member.accepted)
    console.print(counts_table(asked, counts, accepted))
    if named:
        console.print(asked[0].asks)
        console.print(members_table(asked[0], members))


def _write(format: str, output: Path | None, members: Sequence[Member], quotes: bool) -> None:
    if output is None:
        sys.stdout.flush()
        _WRITERS[format](sys.stdout.buffer, members, quotes)
        sys.stdout.buffer.flush()
    else:
        with whole_file(output) as stream:
            _WRITERS[format](stream, members, quotes)


def _json_lines(stream: BinaryIO, members: Sequence[Member], quotes: bool) -> None:
    import orjson

    for id_, member in members:
        row = {**_head(id_, member), "facts": [_fact(fact, quotes) for fact in member.facts]}
        stream.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def _csv(stream: BinaryIO, members: Sequence[Member], quotes: bool) -> None:
    """One row a member; a fact that its cohort does not ask is empty."""
    names = [column for name in FACT_NAMES for column in ((name, f"{name} words") if quotes else (name,))]
    with sheet(stream, ["report", "cohort", "decision", *names]) as write:
        for id_, member in members:
            facts = {fact.name: fact.value for fact in member.facts}
            if quotes:
                facts |= {f"{fact.name} words": " | ".join(item.quote for item in fact.evidence) for fact in member.facts}
            write((*_head(id_, member).values(), *map(facts.get, names)))


def _head(id_: str, member: Membership) -> Row:
    return {"report": id_, "cohort": member.cohort.name, "decision": "accepted" if member.accepted else "needs_review"}


def _fact(fact: Fact, quotes: bool) -> Row:
    evidence = [
        {"start": item.span.start, "end": item.span.end, **({"quote": item.quote} if quotes else {}), "rule": item.rule}
        for item in fact.evidence
    ]
    return {"name": fact.name, "value": fact.value, "evidence": evidence}


_WRITERS: Mapping[str, Callable[[BinaryIO, Sequence[Member], bool], None]] = {"jsonl": _json_lines, "csv": _csv}
