"""The command line of ``nodalis registry export`` and ``check``. What they do stands in ``nodalis.commands.registry``."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from . import convert_options as options
from . import service_cli


class Release(StrEnum):
    V25 = "25"
    V26 = "26"


class RecordType(StrEnum):
    A = "A"
    M = "M"
    C = "C"
    I = "I"  # noqa: E741 - the letter of the standard


class AbstractFormat(StrEnum):
    XML = "xml"
    CSV = "csv"
    TEXT = "text"


Inputs = Annotated[list[str] | None, typer.Argument(metavar="INPUT", help="Reports, as nodalis extract takes them.", show_default=False)]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write; packed where it ends with .gz.")]
_RECORD_HELP = "Full abstract, modified record, confidential, or incidence only. A and M hold the words of the report; I holds no identity."


def export(
    output: Output,
    inputs: Inputs = None,
    from_review: service_cli.FromReview = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], help="With --from-review: only reports that came or were decided since.", show_default=False
        ),
    ] = None,
    version: Annotated[Release, typer.Option("--version", help="The release of NAACCR.")] = Release.V26,
    record: Annotated[RecordType, typer.Option("--record", help=_RECORD_HELP, case_sensitive=False)] = RecordType.A,
    format: Annotated[AbstractFormat, typer.Option("--format", help="NAACCR XML, a table, or text with a reason for each code.")] = (
        AbstractFormat.XML
    ),
    edition: options.Edition = "AJCC 8",
    unreviewed: Annotated[
        bool, typer.Option("--unreviewed", help="Also reports that need review: their items say unknown, or are left out.")
    ] = False,
    context: options.Sheet = None,
    grammar: options.Rules = None,
    workers: options.Workers = None,
    text_column: options.TextColumn = "text",
    id_column: options.IdColumn = "id",
    settings: service_cli.SettingsFile = None,
) -> int:
    """Write reports as abstracts of NAACCR items, each code with its reason.

    Reports that need review are left out and counted, unless a reviewer stands in their context or --unreviewed is given.
    With --from-review the reports are those of the review page: what needed nobody, and what people accepted or corrected.
    docs/registry.md lists the items, their codes and what is left out.

    [bold]Examples[/bold]
      nodalis registry export reports/ -o abstracts.xml
      nodalis registry export --from-review --since 2026-03-01 -o abstracts.xml
      nodalis registry export reports/ -o abstracts.xml --version 25 --record I --context reports.csv
      nodalis registry export report.txt -o abstract.txt --format text
    """
    from .commands import registry as command
    from .exits import UsageError
    from .pipeline import editions_of
    from .readers import Columns
    from .registry.abstract_files import Form, Format

    (chosen,) = editions_of([edition])
    wanted = command.Wanted(Form(Format(format.value), version.value, record.value), chosen, unreviewed)
    if from_review and not inputs and not unreviewed and context is None:
        with service_cli.engine("registry export --from-review"):
            from .commands import registry_from_review
            from .settings import load

            return registry_from_review.export(load(settings), output, wanted, since, grammar)
    if not inputs or from_review or since:
        raise UsageError("expected INPUT, or --from-review without --unreviewed and --context (see: nodalis registry export --help)")
    return command.export(inputs, Columns(id_column, text_column), output, wanted, context, grammar, workers)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A NAACCR XML file, 25 or 26, plain or .gz.", show_default=False)],
) -> int:
    """Check a NAACCR XML file by the schema and the dictionary it names.

    Prints one problem a line as [bold]file:line: message[/bold], never a value, and ends with exit code 1 if there is any.

    [bold]Example[/bold]
      nodalis registry check abstracts.xml
    """
    from .commands import registry as command

    return command.check(file)


def register(registry: typer.Typer) -> None:
    """Add the commands."""
    registry.command()(export)
    registry.command()(check)
