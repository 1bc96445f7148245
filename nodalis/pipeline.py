"""Inputs -> reports, one after the other: what every command does before it prints anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parser.model import DecisionStatus, Report

from .exits import Exit, FatalError, UsageError, complain, unexpected
from .progress import Progress
from .readers import COLUMNS, Columns, Document, Item, ReadError, Unread, items, opened, total_bytes

if TYPE_CHECKING:
    from parser.grammar import Grammar


AGAIN: Final = "the same report again, left out"
ID_TAKEN: Final = "another report has this id already, left out"


@dataclass(frozen=True, slots=True)
class Reading:
    """A document and what was read from it."""

    document: Document
    report: Report


@dataclass(slots=True)
class Tally:
    """How many inputs came to which end."""

    accepted: int = 0
    needs_review: int = 0
    failed: int = 0
    most_said: int | None = None  # how many failures are said one by one; None: all

    @property
    def exit(self) -> Exit:
        """The exit code that says the worst of it."""
        if self.failed:
            return Exit.SOME_FAILED
        return Exit.REVIEW if self.needs_review else Exit.OK

    def fail(self, origin: str, reason: str) -> None:
        """Count an input that gave nothing, and say so in one line."""
        self.failed += 1
        if self.most_said is None or self.failed <= self.most_said:
            complain(f"{origin}: {reason}")
        elif self.failed == self.most_said + 1:
            complain("more inputs failed: all of them, with their reasons, will stand in failed.ndjson", "warning")

    def take(self, accepted: int, needs_review: int, failures: Iterable[tuple[int, str, str]]) -> None:
        """Count what became of many inputs; a failure is a number, an origin and a reason."""
        self.accepted += accepted
        self.needs_review += needs_review
        for _, origin, reason in failures:
            self.fail(origin, reason)

    def count(self, report: Report) -> None:
        """Count a report that came out."""
        if report.status is DecisionStatus.ACCEPTED:
            self.accepted += 1
        else:
            self.needs_review += 1

    @property
    def brief(self) -> str:
        """The counts for a line that is shown while work goes on."""
        return f"{self.accepted:,} accepted, {self.needs_review:,} review, {self.failed:,} failed"

    def __str__(self) -> str:
        total = self.accepted + self.needs_review + self.failed
        return f"{total} input{'s' * (total != 1)}: {self.accepted} accepted, {self.needs_review} need review, {self.failed} failed"


def readings(
    inputs: Sequence[str], grammar: Grammar | None, tally: Tally, bar_wanted: bool = True, columns: Columns = COLUMNS
) -> Iterator[Reading]:
    """Read every input; failures are said on stderr and counted, and the next input is read.

    The caller counts what it could use with ``Tally.count``.
    """
    with Progress(total_bytes(inputs), bar_wanted) as bar:
        for item in distinct(items(inputs, columns)):
            reading = _reading(opened(item) if isinstance(item, Unread) else item, grammar)
            if isinstance(reading, ReadError):
                tally.fail(reading.origin, reading.reason)
            else:
                yield reading
            bar.advance(item.size)


def distinct(given: Iterable[Item]) -> Iterator[Item]:
    """The items without documents that come again; a second text under one id is an error in its place."""
    seen: dict[int, int] = {}  # hashes, keyed anew in every process: a million ids take a third of what their strings would
    for item in given:
        if not isinstance(item, ReadError):
            words = item.text if isinstance(item, Document) else item.data
            # The same text of another patient is another report.
            key, content = hash(item.id), hash((words, *sorted(item.context.items())))
            if key in seen:
                if seen[key] == content:
                    complain(f"{item.origin}: {AGAIN}", "warning")
                else:
                    yield ReadError(item.origin, ID_TAKEN, item.size)
                continue
            seen[key] = content
            if isinstance(item, Document) and item.guessed:
                complain(f"{item.origin}: not UTF-8, read as Windows-1252 ({item.encoding})", "warning")
        yield item


def _reading(item: Document | ReadError, grammar: Grammar | None) -> Reading | ReadError:
    if isinstance(item, ReadError):
        return item
    report = parsed(item, grammar)
    return report if isinstance(report, ReadError) else Reading(item, report)


def parsed(document: Document, grammar: Grammar | None = None) -> Report | ReadError:
    """The report of a document, with the doubts of its reading; a fault of ours is an error of this input only."""
    from parser import parse

    try:
        return with_issues(parse(document.text, grammar), document)
    except Exception as error:  # one report that trips a rule must not stop the others
        return ReadError(document.origin, unexpected(error))


def with_issues(report: Report, document: Document) -> Report:
    """The report with the doubts that its reader had."""
    if not document.issues:
        return report
    blocking = any(issue.blocking for issue in document.issues)
    status = DecisionStatus.NEEDS_REVIEW if blocking else report.status
    return replace(report, status=status, issues=(*document.issues, *report.issues))


def now() -> str:
    """The time as a FHIR instant."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def load_rules(path: Path | None) -> Grammar | None:
    """The user's own grammar files; None for ours, which ``parse`` loads itself.

    Raises:
        FatalError: the rules are wrong: one line for each problem.
    """
    if path is None:
        return None
    if not path.exists():
        raise UsageError(f"--grammar: no such file or folder: {path}")
    from parser.grammar import GrammarError, load_grammar

    try:
        return load_grammar(path)
    except GrammarError as error:
        raise FatalError(*(str(problem) for problem in error.problems)) from error


def editions_of(wanted: Sequence[str]) -> tuple[str, ...]:
    """The editions asked for, as staging names them: ``8``, ``ajcc8`` and ``AJCC 8`` are one.

    Raises:
        UsageError: there is no table for it.
    """
    if not wanted:
        return ()
    from parser.staging import editions

    known = {edition.lower().replace(" ", ""): edition for edition in editions()}
    found = []
    for name in wanted:
        key = "".join(name.lower().split())
        key = key if key.startswith("ajcc") else f"ajcc{key}"
        if key not in known:
            raise UsageError(f"--edition: there are tables for {', '.join(known.values())}")
        found.append(known[key])
    return tuple(found)
