"""The command lines of ``nodalis account`` and ``nodalis audit``. What they do stands in ``nodalis.commands``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .service_cli import SettingsFile, engine

account_app = typer.Typer(rich_markup_mode="rich", help="Who may sign in on the review page.")
audit_app = typer.Typer(rich_markup_mode="rich", help="Who saw, decided and exported what, in rows that nobody can change unnoticed.")

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The name to sign in with; upper and lower case are the same.", show_default=False)
]
RoleNames = Annotated[
    list[str],
    typer.Option("--role", metavar="ROLE", help="reader sees, reviewer decides as well, admin may do all; may be given more than once."),
]


class AuditFormat(StrEnum):
    FHIR = "fhir"


@account_app.command("add")
def add(
    name: Name,
    role: RoleNames,
    person: Annotated[
        str, typer.Option("--person", metavar="TEXT", help="The name that others see. Default: NAME.", show_default=False)
    ] = "",
    settings: SettingsFile = None,
) -> int:
    """Make an account. Its password, of 12 characters or more, is asked for, or is the first line of standard input.

    [bold]Example[/bold]
      nodalis account add jane --role reviewer --person "Jane Doe"
    """
    with engine("account"):
        from .commands import account as command
        from .settings import load

        return command.add(load(settings), name, role, person)


@account_app.command("list")
def list_accounts(settings: SettingsFile = None) -> int:
    """Print names, roles and whether they may sign in; never a password."""
    with engine("account"):
        from .commands import account as command
        from .settings import load

        return command.show(load(settings))


@account_app.command("password")
def password(name: Name, settings: SettingsFile = None) -> int:
    """Change a password. Whoever is signed in by the account is signed out."""
    with engine("account"):
        from .commands import account as command
        from .settings import load

        return command.password(load(settings), name)


@account_app.command("role")
def role(name: Name, role: RoleNames, settings: SettingsFile = None) -> int:
    """Give an account these roles and no others; they hold from its next request on."""
    with engine("account"):
        from .commands import account as command
        from .settings import load

        return command.roles(load(settings), name, role)


@account_app.command("disable")
def disable(name: Name, settings: SettingsFile = None) -> int:
    """Let an account sign in no more, and sign it out. It stays in the list, since its name stands in the audit."""
    with engine("account"):
        from .commands import account as command
        from .settings import load

        return command.disable(load(settings), name)


@account_app.command("enable")
def enable(name: Name, settings: SettingsFile = None) -> int:
    """Let a disabled account sign in again."""
    with engine("account"):
        from .commands import account as command
        from .settings import load

        return command.enable(load(settings), name)


@audit_app.command("verify")
def verify(
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="NUMBER:HASH", help="A head that was kept elsewhere.", show_default=False)
    ] = None,
    settings: SettingsFile = None,
) -> int:
    """Find every row that was changed, removed, put in or moved, and print the head.

    A whole database put back to an older copy of itself fits to itself. So keep the head elsewhere, such as on paper or in a ticket
    of each week, and give it to [bold]--expect[/bold].

    [bold]Exit codes[/bold]   0  all rows are as they were written   1  they are not
    """
    with engine("audit"):
        from .commands import audit as command
        from .settings import load

        return command.verify(load(settings), expect)


@audit_app.command("list")
def list_rows(
    report: Annotated[int | None, typer.Option("--report", metavar="ID", help="Of this report only.", show_default=False)] = None,
    after: Annotated[int, typer.Option("--after", metavar="NUMBER", min=0, help="Go on behind this row.")] = 0,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="How many at a time.")] = 50,
    settings: SettingsFile = None,
) -> int:
    """List rows in their order. That they were read is recorded."""
    with engine("audit"):
        from .commands import audit as command
        from .settings import load

        return command.show(load(settings), report, after, limit)


@audit_app.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="A new file, one resource a line.", show_default=False)],
    format: Annotated[AuditFormat, typer.Option("--format", help="FHIR R4 AuditEvents as NDJSON.")] = AuditFormat.FHIR,
    settings: SettingsFile = None,
) -> int:
    """Write all rows as FHIR R4 AuditEvents. That they were exported is recorded.

    [bold]Example[/bold]
      nodalis audit export -o audit.ndjson
    """
    with engine("audit"):
        from .commands import audit as command
        from .settings import load

        return command.export(load(settings), output)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(account_app, name="account")
    app.add_typer(audit_app, name="audit")
