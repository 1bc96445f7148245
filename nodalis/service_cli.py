"""The commands of the interface engine: names, options and help texts. What a command does stands in ``nodalis.commands``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from .exits import FatalError

_EXTRA: Final = {
    *(
        "alembic",
        "argon2",
        "fastapi",
        "httpx",
        "jinja2",
        "jwt",
        "markupsafe",
        "prometheus_client",
        "pydantic_settings",
        "sqlalchemy",
        "structlog",
        "uvicorn",
    ),
}  # the packages of the extra, by the names they are imported by

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="A TOML file; else the one NODALIS_SETTINGS names. docs/deploy.md explains both."),
]
FromReview = Annotated[
    bool, typer.Option("--from-review", help="Instead of files: the reports of the review page, as people accepted or corrected them.")
]


@contextmanager
def engine(command: str) -> Iterator[None]:
    """Says in one line which extra is missing, where one is."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise FatalError(f"{command} needs pip install 'nodalis[service]'") from None


def listen(settings: SettingsFile = None) -> int:
    """Take HL7 v2 messages over MLLP and send what they say as FHIR R4.

    A message is acknowledged (AA) when it is on the disk. SIGTERM ends it: what is under way is finished, at most 10 s.

    [bold]Example[/bold]
      nodalis doctor --settings nodalis.toml && nodalis listen --settings nodalis.toml
    """
    with engine("listen"):
        from .commands import listen as command
        from .settings import load

        return command.run(load(settings))


def doctor(
    settings: SettingsFile = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of lines.")] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Check nothing; print the settings that hold, as JSON, with secrets masked.")
    ] = False,
) -> int:
    """Check everything the interface engine needs: store, peers, certificates, ports, FHIR server.

    One line a check: [green]ok[/green], [yellow]warning[/yellow] or [red]problem[/red], and what to do. No line holds a secret
    or a word of a message. It changes nothing, and may be called while the engine runs.

    [bold]Exit codes[/bold]   0  no problem   1  at least one problem   2  wrong settings
    """
    with engine("doctor"):
        from .commands import doctor as command
        from .settings import load

        return command.run(load(settings), json, show)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (listen, doctor):
        app.command()(command)
