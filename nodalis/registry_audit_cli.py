"""The command line of ``nodalis registry cohort`` and ``compare``. What they do stands in ``nodalis.commands``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from . import convert_options as options
from . import service_cli


class CohortFormat(StrEnum):
    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


Quotes = Annotated[bool, typer.Option("--quotes", help="With report text beside the facts. It is PHI: off unless asked for.")]


def cohort(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME] REPORTS", help="A cohort, or none for all of them; then the reports.", show_default=False),
    ] = None,
    from_review: service_cli.FromReview = False,
    format: Annotated[
        CohortFormat, typer.Option("--format", help="A table to read, JSON lines with the facts of each member, or CSV.")
    ] = CohortFormat.TABLE,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here instead of standard output.")] = None,
    quotes: Quotes = False,
    grammar: options.Rules = None,
    text_column: options.TextColumn = "text",
    id_column: options.IdColumn = "id",
    settings: service_cli.SettingsFile = None,
) -> int:
    """Find the reports of a cohort, with the facts that decide and no advice.

    A report whose facts leave the question open, or are in doubt, is no member; it is counted as not known.

    [bold]Cohorts[/bold]
      micrometastasis-only         micrometastases and nothing larger
      itc-only                     isolated tumour cells and nothing larger
      sentinel-1-2-no-dissection   one or two positive sentinel nodes and no other node
      ihc-only                     seen on a keratin stain only
      molecular-only               seen by a molecular test only
      edition-changes-category     an older edition gives another category

    [bold]Examples[/bold]
      nodalis registry cohort reports/
      nodalis registry cohort itc-only reports.jsonl
      nodalis registry cohort itc-only --from-review
      nodalis registry cohort edition-changes-category reports/ --format csv -o changed.csv
    """
    from .commands import registry_cohort as command
    from .exits import UsageError
    from .readers import Columns
    from .registry.cohorts import COHORTS

    words = words or []
    if from_review:
        if (words and words[0] not in COHORTS) or len(words) > 1:
            raise UsageError(f"expected no more than a cohort with --from-review: {', '.join(COHORTS)}")
        with service_cli.engine("registry cohort --from-review"):
            from .commands import registry_from_review
            from .settings import load

            return registry_from_review.cohort(load(settings), words[0] if words else None, format.value, output, quotes, grammar)
    if not words:
        raise UsageError("expected REPORTS, or --from-review (see: nodalis registry cohort --help)")
    return command.run(words, Columns(id_column, text_column), format.value, output, quotes, grammar)


def compare(
    abstracts: Annotated[
        Path, typer.Argument(metavar="ABSTRACTS.xml", help="What the registry holds: NAACCR XML, versions 23 to 26.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Write the page and the tables here.")],
    reports: Annotated[
        list[str] | None, typer.Argument(metavar="REPORTS...", help="The reports, as nodalis extract takes them.", show_default=False)
    ] = None,
    from_review: service_cli.FromReview = False,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="ITEM",
            help="The item that holds a report's number or id, by its naaccrId; may be given more than once. "
            "Default: pathReportNumber1 to pathReportNumber5.",
            show_default=False,
        ),
    ] = None,
    quotes: Quotes = False,
    context: options.Sheet = None,
    grammar: options.Rules = None,
    text_column: options.TextColumn = "text",
    id_column: options.IdColumn = "id",
    settings: service_cli.SettingsFile = None,
) -> int:
    """Compare a registry's abstracts with the reports: a re-abstraction audit.

    FOLDER gets summary.html to look at, summary.json with the figures, and every compared item with both codes in differences.csv
    and differences.jsonl. A number that leads to two tumours or two reports is compared with nothing.

    [bold]Example[/bold]
      nodalis registry compare abstracts.xml reports/ -o audit/
    """
    from .commands import registry_compare as command
    from .exits import UsageError
    from .readers import Columns

    if from_review and not reports and context is None:
        with service_cli.engine("registry compare --from-review"):
            from .commands import registry_from_review
            from .settings import load

            return registry_from_review.compare(load(settings), abstracts, output, by or (), quotes, grammar)
    if from_review or not reports:
        raise UsageError("expected REPORTS, or --from-review without --context (see: nodalis registry compare --help)")
    return command.run(abstracts, reports, Columns(id_column, text_column), output, by or (), quotes, context, grammar)


def register(group: typer.Typer) -> None:
    """Add the commands to ``nodalis registry``."""
    for command in (cohort, compare):
        group.command()(command)
