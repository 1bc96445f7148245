"""``nodalis explain``: one report with its evidence, its ledger, its facts, its categories and its issues."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..exits import Exit, FatalError, UsageError
from ..output import chosen
from ..pipeline import editions_of, load_rules, parsed
from ..readers import Document, ReadError, read


def run(name: str, wanted: Sequence[str], id_: str | None, rules: Path | None) -> Exit:
    """Print everything that is known of one report."""
    from .. import evidence_view as view
    from ..terminal import stdout_console

    editions = editions_of(wanted)
    document = _the_one(name, id_)
    report = parsed(document, load_rules(rules))
    if isinstance(report, ReadError):
        raise FatalError(str(report), code=Exit.SOME_FAILED)
    console = stdout_console()
    colours = console.color_system is not None and not console.no_color
    console.print(view.heading(document.id, report))
    console.print()
    console.print(view.highlighted(document.text, report, colours))
    console.print()
    console.print(view.legend(report, colours))
    console.print()
    if report.ledger:
        console.print(view.ledger(report))
    console.print(view.facts(report))
    console.print(view.proofs(report))
    console.print(view.decisions(chosen(report, editions)))
    console.rule("Issues", align="left", style="dim")
    for line in view.issues(report.issues, document.text):
        console.print(line)
    return Exit.REVIEW if report.reasons else Exit.OK


def _the_one(name: str, id_: str | None) -> Document:
    """The one report asked for."""
    found: Document | None = None
    error: ReadError | None = None
    for item in read([name]):
        if isinstance(item, ReadError):
            error = error or item
        elif id_ is None and found is not None:
            raise UsageError("REPORT holds more than one report: choose one with --id")
        elif id_ is None or item.id == id_:
            found = item
            if id_ is not None:
                return item
    if found is not None:
        return found
    if error is not None:
        raise FatalError(str(error), code=Exit.SOME_FAILED)
    raise UsageError("REPORT holds no report" + (" with this id" if id_ is not None else ""))
