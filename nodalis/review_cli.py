"""The command line of ``nodalis review``. What it does stands in ``nodalis.commands``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import convert_options as options
from .service_cli import SettingsFile, engine

review_app = typer.Typer(rich_markup_mode="rich", invoke_without_command=True)

Inputs = Annotated[list[str], typer.Argument(metavar="INPUT", help="Reports, as nodalis extract takes them.", show_default=False)]


@review_app.callback()
def review(
    ctx: typer.Context,
    settings: SettingsFile = None,
    samples: Annotated[
        Path | None,
        typer.Option(
            "--samples",
            metavar="FOLDER",
            help="Show the reports of a folder, in a new store and with an account for it.",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Open the review page: reports that need somebody, their text beside what was read, decisions.

    It needs an account: [bold]nodalis account add NAME --role reviewer[/bold]. docs/review.md shows the page.

    [bold]Examples[/bold]
      nodalis review load reports/ && nodalis review
      nodalis review --samples samples/
    """
    if ctx.invoked_subcommand is not None:
        return 0
    with engine("review"):
        from .commands import review as command
        from .settings import load

        return command.run_samples(load(settings), samples) if samples else command.run(load(settings))


@review_app.command()
def load(
    inputs: Inputs, settings: SettingsFile = None, text_column: options.TextColumn = "text", id_column: options.IdColumn = "id"
) -> int:
    """Put the reports of files into the store, as if a laboratory had sent them.

    The same files once more change nothing. Of a report whose file names no patient nothing is ever sent.

    [bold]Example[/bold]
      nodalis review load reports/ --settings nodalis.toml
    """
    with engine("review"):
        from .commands import review_load as command
        from .readers import Columns
        from .settings import load

        return command.run(load(settings), inputs, Columns(id_column, text_column))


@review_app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.jsonl", help="Where to: it will hold the text of reports.")],
    settings: SettingsFile = None,
) -> int:
    """Write the reports that people accepted or corrected, with what they said of them, one row a report.

    The file is both the REPORTS and the ANNOTATIONS of nodalis evaluate.

    [bold]Example[/bold]
      nodalis review export -o reviewed.jsonl && nodalis evaluate reviewed.jsonl reviewed.jsonl
    """
    with engine("review"):
        from .commands import review_export as command
        from .settings import load

        return command.run(load(settings), output)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(review_app, name="review")
