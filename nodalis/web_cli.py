"""The commands of the HTTP interface: names, options and help texts. What a command does stands in ``nodalis.commands``."""

from __future__ import annotations

from typing import Annotated

import typer

from .service_cli import SettingsFile, engine

key_app = typer.Typer(rich_markup_mode="rich", help="The keys that let programs use the HTTP interface.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is; it names the key in the file.", show_default=False)]


def serve(settings: SettingsFile = None) -> int:
    """Answer over HTTP: reports in, facts or FHIR R4 out.

    Needs a file of keys, or OIDC, in its settings: nobody else is let in. docs/http.md shows each call with curl.

    [bold]Example[/bold]
      NODALIS_HTTP__KEYS_FILE=keys.json nodalis serve
    """
    with engine("serve"):
        from .commands import serve as command
        from .settings import load

        return command.run(load(settings))


@key_app.command("add")
def add(
    name: Name,
    role: Annotated[
        list[str], typer.Option("--role", metavar="ROLE", help="reader, ingest, reviewer or admin; may be given more than once.")
    ],
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", min=1, help="How long it is valid. Default: until it is revoked.", show_default=False),
    ] = None,
    settings: SettingsFile = None,
) -> int:
    """Make a key and print it, this once; the file keeps a hash of it.

    [bold]Example[/bold]
      nodalis key add laboratory --role ingest --days 365
    """
    with engine("key"):
        from .commands import key as command
        from .settings import load

        return command.add(load(settings), name, role, days)


@key_app.command("list")
def show(settings: SettingsFile = None) -> int:
    """Print names, roles and dates of all keys."""
    with engine("key"):
        from .commands import key as command
        from .settings import load

        return command.show(load(settings))


@key_app.command("revoke")
def revoke(name: Name, settings: SettingsFile = None) -> int:
    """Take a key away; a server that runs refuses it at once."""
    with engine("key"):
        from .commands import key as command
        from .settings import load

        return command.revoke(load(settings), name)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(serve)
    app.add_typer(key_app, name="key")
