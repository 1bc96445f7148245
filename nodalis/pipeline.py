"""Inputs -> reports, one after the other: what every command does before it prints anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from parser.model import DecisionStatus, Report

from .exits import Exit, FatalError, UsageError, complain, unexpected
from .progress import Progress
from .readers import COLUMNS, Columns, Document, ReadError, read, total_bytes

if TYPE_CHECKING:
    from parser.grammar import Grammar


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
    _seen: dict[str, bytes] = field(default_factory=dict)  # id -> digest of its text and context

    @property
    def exit(self) -> Exit:
        """The exit code that says the worst of it."""
        if self.failed:
            return Exit.SOME_FAILED
        return Exit.REVIEW if self.needs_review else Exit.OK

    def fail(self, error: ReadError) -> None:
        """Count an input that gave nothing, and say so in one line."""
        self.failed += 1
        complain(str(error))

    def count(self, report: Report) -> None:
        """Count a report that came out."""
        if report.status is DecisionStatus.ACCEPTED:
            self.accepted += 1
        else:
            self.needs_review += 1

    def is_new(self, document: Document) -> bool:
        """Whether the id is seen for the first time; a second text under one id is a failed input."""
        content = "\0".join(
            (document.text, *chain(*sorted(document.context.items())))
        )  # the same text of another patient is another report
        digest = blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        known = self._seen.setdefault(document.id, digest)
        if known is digest:
            return True
        if known == digest:
            complain(f"{document.origin}: the same report again, left out", "warning")
        else:
            self.fail(ReadError(document.origin, "another report has this id already, left out"))
        return False

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
        for item in read(inputs, columns):
            if isinstance(item, ReadError):
                tally.fail(item)
            elif tally.is_new(item):
                if item.guessed:
                    complain(f"{item.origin}: not UTF-8, read as Windows-1252 ({item.encoding})", "warning")
                report = parsed(item, grammar)
                if isinstance(report, ReadError):
                    tally.fail(report)
                else:
                    yield Reading(item, report)
            bar.advance(item.size)


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
