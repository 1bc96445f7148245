"""The command line: names, options and help texts. What a command does stands in ``nodalis.commands``."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from . import __version__, people_cli, registry_audit_cli, registry_cli, review_cli, service_cli, web_cli
from . import convert_options as options
from .exits import Exit, FatalError, complain, unexpected
from .queue_cli import queue_app
from .surroundings import ISSUER

_EXITS = """[bold]Exit codes[/bold]

   0  every report accepted
   3  at least one report needs review
   4  at least one input could not be read; all others were
   2  wrong command line
  10  nothing more could be done: output not writable, wrong grammar
"""


class OneLineErrors(TyperGroup):
    """Ends every command with an exit code of ours and, where something is wrong, one line on stderr."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        args = list(sys.argv[1:] if args is None else args) or ["--help"]
        try:
            code = super().main(args, prog_name or "nodalis", complete_var, False, windows_expand_args, **extra)
        except TyperException as error:  # the command line is wrong
            complain(_usage(error))
            code = Exit.USAGE
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
        if standalone_mode:
            sys.exit(int(code or 0))
        return code

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except FatalError as error:
            for message in error.messages:
                complain(message)
            return error.code
        except OSError as error:
            if error.errno == errno.EPIPE:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else the interpreter tries once more when it ends
                return Exit.PIPE_CLOSED
            complain(f"{error.filename or 'output'}: {(error.strerror or type(error).__name__).lower()}")
            return Exit.FATAL
        except Exception as error:  # a fault of ours: no traceback, which may hold report text
            complain(unexpected(error))
            return Exit.FATAL


def _usage(error: TyperException) -> str:
    """What typer has to say on one line; the classes it raises have no public common type that names these attributes."""
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    hint = f" (see: {context.command_path} --help)" if context is not None else ""
    return f"{message.rstrip('.')}{hint}"


app = typer.Typer(
    cls=OneLineErrors,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
grammar_app = typer.Typer(rich_markup_mode="rich", help="The rules that read reports.")
app.add_typer(grammar_app, name="grammar")
app.add_typer(queue_app, name="queue")
registry_app = typer.Typer(rich_markup_mode="rich", help="What cancer registries take and ask for.")
registry_cli.register(registry_app)
registry_audit_cli.register(registry_app)
app.add_typer(registry_app, name="registry")


class TableFormat(StrEnum):
    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


_INPUT_HELP = (
    'A report as .txt, .rtf or .pdf, an .hl7 message or batch, FHIR .json, CDA .xml, a .jsonl of {"id", "text"} rows, a .csv, '
    "a .parquet, a .zip or .tar.gz of these, a folder, or - for standard input."
)
Inputs = Annotated[list[str], typer.Argument(metavar="INPUT", help=_INPUT_HELP, show_default=False)]
Editions = Annotated[
    list[str] | None,
    typer.Option("--edition", metavar="EDITION", help='Only this edition, such as "AJCC 8" or 8; may be given more than once.'),
]
Rules = Annotated[
    Path | None, typer.Option("--grammar", metavar="PATH", help="A folder or file of your own rules, used together with the built-in ones.")
]

TextColumn = Annotated[str, typer.Option("--text-column", metavar="NAME", help=options.TEXT_COLUMN_HELP)]
IdColumn = Annotated[str, typer.Option("--id-column", metavar="NAME", help=options.ID_COLUMN_HELP)]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"nodalis {__version__}")
        raise typer.Exit()


@app.callback()
def nodalis(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Reads breast pathology reports: lymph-node facts with their proof, AJCC pN, FHIR R4.

    [bold]Start with[/bold]
      nodalis extract reports/            a table of all reports of a folder
      nodalis explain reports/0417.txt    one report with the words behind it
      nodalis convert reports/ -o fhir/   FHIR R4, and a table of all facts

    Reports stay on this machine, and no error message ever holds their text.
    """


@app.command(epilog=_EXITS)
def extract(
    inputs: Inputs,
    format: Annotated[
        TableFormat, typer.Option("--format", help="A table to read, JSON lines with everything, or CSV.")
    ] = TableFormat.TABLE,
    edition: Editions = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here instead of standard output.")] = None,
    grammar: Rules = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = "id",
) -> int:
    """Read reports and print what they say about lymph nodes.

    Every report comes out as [green]accepted[/green], or as [yellow]needs_review[/yellow] with the reasons. Values without a
    statement in the report stay empty: no value is guessed.

    [bold]Examples[/bold]
      nodalis extract reports/
      nodalis extract reports.jsonl --format jsonl -o facts.jsonl
      cat report.txt | nodalis extract - --format csv --edition 8
    """
    from .commands import extract as command
    from .readers import Columns

    return command.run(inputs, Columns(id_column, text_column), str(format), edition or (), output, grammar)


@app.command(epilog=_EXITS)
def convert(
    ctx: typer.Context,
    inputs: Inputs,
    *,
    context: options.Sheet = None,
    grammar: options.Rules = None,
    text_column: options.TextColumn = "text",
    id_column: options.IdColumn = "id",
    out: options.Out,
    format: options.Format = options.FhirFormat.BULK,
    compress: options.Compress = options.Compressed.NONE,
    workers: options.Workers = None,
    engine: options.Engines = options.Engine.LOCAL,
    master: options.Master = None,
    validate: options.Validate = options.Validation.OFF,
    fhir_version: options.Version = options.FhirVersion.R4,
    profile: options.Profiles = options.Profile.MCODE,
    edition: options.Edition = "AJCC 8",
    international: options.International = False,
    quotes: options.Quotes = False,
    with_text: options.WithText = False,
    issuer: options.Issuer = ISSUER,
    subject: options.Subject = None,
    sex: options.PatientSex = None,
    encounter: options.Encounter = None,
    condition: options.Condition = None,
    specimen: options.Specimen = None,
    accession: options.Accession = None,
    collected: options.Collected = None,
    effective: options.Effective = None,
    issued: options.Issued = None,
    status: options.Status = None,
    performer: options.Performer = None,
    reviewer: options.Reviewer = None,
    source: options.Source = None,
    recorded: options.Recorded = None,
) -> int:
    """Read reports and write what they say as FHIR resources.

    Files appear whole or not at all. A run that was stopped goes on where it was when it is started again, and one
    that is done has nothing to do. OUT gets Observation.00000.ndjson and the like, facts.parquet with a row a report,
    failed.ndjson, summary.html to look at, and at last manifest.json.

    Whose a report is, from where and when, is its [bold]context[/bold]: the "context" of its row of JSON,
    else its row in the CSV, else the options. A REF is Patient/7 or 'system|value', a NUMBER
    'system|value', a DATE 2026-03-02, a TIME 2026-03-02T10:00:00Z.

    [bold]Examples[/bold]
      nodalis convert archive.zip -o fhir/
      nodalis convert reports/ -o fhir/ --context reports.csv --issuer urn:oid:1.2.3
      nodalis convert 0417.txt -o fhir/ --subject 'urn:oid:1.2.4|0815' --format document
      nodalis convert reports.jsonl -o bulk/ --compress zstd --validate sample
      nodalis convert reports.parquet/ -o bulk/ --engine spark --master 'local[2]'
    """
    from .commands import convert as command
    from .commands import convert_on_spark
    from .conversion import Settings
    from .exits import UsageError
    from .pipeline import editions_of, now
    from .readers import Columns

    (chosen,) = editions_of([edition])
    settings = Settings(
        format=format.value,
        validate=validate.value,
        rules=grammar,
        flags={name: value for name in options.FLAGS if (value := ctx.params[name]) is not None},
        with_text=with_text,
        edition=chosen,
        fhir_version=fhir_version.value,
        profile=profile.value,
        international=international,
        quotes=quotes,
        now=now() if format is options.FhirFormat.DOCUMENT else None,
    )
    columns = Columns(id_column, text_column)
    if engine is options.Engine.SPARK:
        refused = {
            "--context": context is not None,
            "--workers": workers is not None,
            f"--format {format}": format is not options.FhirFormat.BULK,
            "--compress zstd": compress is options.Compressed.ZSTD,  # Spark's text files know none
        }
        return convert_on_spark.run(inputs, columns, out, settings, compress.value, master or "local[*]", refused)
    if master is not None:
        raise UsageError("--master: only with --engine spark")
    return command.run(inputs, columns, Path(out), context, settings, compress.value, workers)


@app.command(epilog=_EXITS)
def explain(
    report: Annotated[
        str, typer.Argument(metavar="REPORT", help="One report: a .txt file, - or, with --id, a .jsonl.", show_default=False)
    ],
    edition: Editions = None,
    id: Annotated[str | None, typer.Option("--id", metavar="ID", help="Which report of a .jsonl or folder.")] = None,
    grammar: Rules = None,
) -> int:
    """Show one report with the evidence highlighted, and how its category was found.

    The text in colours, the ledger of node groups, each fact with its words, the table row that decided for each
    edition, and what is doubtful.

    [bold]Examples[/bold]
      nodalis explain S26-00417.txt
      nodalis explain reports.jsonl --id S26-00417 | less -R
    """
    from .commands import explain as command

    return command.run(report, edition or (), id, grammar)


@app.command()
def evaluate(
    reports: Annotated[
        str | None, typer.Argument(metavar="REPORTS", help="The reports: a .jsonl, a folder or a .txt.", show_default=False)
    ] = None,
    annotations: Annotated[
        Path | None, typer.Argument(metavar="ANNOTATIONS", help="What a reader found: a .jsonl, one row a report.", show_default=False)
    ] = None,
    from_review: Annotated[
        bool, typer.Option("--from-review", help="Instead: the reports of the store that people decided about, against what they said.")
    ] = False,
    settings: service_cli.SettingsFile = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.html", help="Also write a page with plots; it needs no other file.")
    ] = None,
    quotes: Annotated[bool, typer.Option("--quotes", help="Show report text beside the errors. It is PHI: off unless asked for.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON and nothing else.")] = False,
    grammar: Rules = None,
) -> int:
    """Compare with your own annotated reports: figures, confusion matrix, list of errors.

    Each row of ANNOTATIONS has the report's id and the values a careful reader found; docs/cli.md lists the keys.
    A key that no row has is left out of the figures.

    [bold]Example[/bold]
      nodalis evaluate reports.jsonl annotations.jsonl -o evaluation.html
    """
    from .commands import evaluate as command
    from .exits import UsageError

    if from_review and reports is None:
        with service_cli.engine("evaluate --from-review"):
            from .settings import load

            return command.run_review(load(settings), output, quotes, json, grammar)
    if reports is None or annotations is None or from_review:
        raise UsageError("expected REPORTS and ANNOTATIONS, or --from-review (see: nodalis evaluate --help)")
    return command.run(reports, annotations, output, quotes, json, grammar)


@grammar_app.command("check")
def grammar_check(
    path: Annotated[Path | None, typer.Argument(metavar="[PATH]", help="A folder or file of your own rules.", show_default=False)] = None,
) -> int:
    """Check rules, the built-in ones or your own: form, patterns, examples and rejects.

    Prints one problem a line as [bold]file:line:column: message[/bold] and ends with exit code 1 if there is any.

    [bold]Example[/bold]
      nodalis grammar check my-rules/
    """
    from .commands import grammar_check as command

    return command.run(path)


service_cli.register(app)
web_cli.register(app)
people_cli.register(app)
review_cli.register(app)


def main() -> int:
    """Run the command line of this process and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a sign that the terminal lacks is no reason to fail
    code = app(standalone_mode=False)
    return int(code or 0)
