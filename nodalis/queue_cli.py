"""The command line of ``nodalis queue``. What its commands do stands in ``nodalis.commands.queue``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from .exits import FatalError

queue_app = typer.Typer(rich_markup_mode="rich")

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", envvar="NODALIS_SETTINGS", help="The settings of the interface engine, a TOML file."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Stages = Annotated[
    list[str] | None,
    typer.Option(
        "--stage",
        metavar="STAGE",
        help="received, extracted, exported, review, duplicate, quarantined or dead; may be given more than once.",
    ),
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Received at this time or later; UTC where it names no zone.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Received before this time.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="How many at a time.")]
After = Annotated[int, typer.Option("--after", metavar="ID", min=0, help="Go on behind this id.")]


@queue_app.callback()
def queue() -> None:
    """The messages of the interface engine: where they stand, and which to read again.

    [bold]Example[/bold]
      nodalis queue counts --settings nodalis.toml
    """
    if find_spec("sqlalchemy") is None:
        raise FatalError("nodalis queue is of the interface engine: pip install 'nodalis[service]'")


@queue_app.command()
def counts(settings: SettingsFile = None, json: Json = False) -> int:
    """How many messages came, where each of them stands, and what waits.

    The stages always add up to the messages received.
    """
    from .commands import queue as command

    return command.counts(settings, json)


@queue_app.command("list")
def list_messages(
    stage: Stages = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    after: After = 0,
    settings: SettingsFile = None,
    json: Json = False,
) -> int:
    """List messages in the order in which they came.

    [bold]Examples[/bold]
      nodalis queue list --stage review --stage dead
      nodalis queue list --since 2026-03-02T08:00 --limit 200
    """
    from .commands import queue as command

    return command.list_messages(settings, command.selected(stage, since, until), after, limit, json)


@queue_app.command()
def show(
    id: Annotated[int, typer.Argument(metavar="ID", help="A message, as listed.", show_default=False)],
    text: Annotated[bool, typer.Option("--text", help="With the message itself and the numbers of its reports. It is PHI.")] = False,
    settings: SettingsFile = None,
    json: Json = False,
) -> int:
    """Show where one message and its reports stand, and why."""
    from .commands import queue as command

    return command.show(settings, id, text, json)


@queue_app.command()
def replay(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID...]", help="Messages, as listed.", show_default=False)] = None,
    stage: Stages = None,
    since: Since = None,
    until: Until = None,
    settings: SettingsFile = None,
) -> int:
    """Read messages again as if they had just come, and deliver what they say again.

    The resources keep their ids, so that the FHIR server gets no second copy.

    [bold]Examples[/bold]
      nodalis queue replay 417 418
      nodalis queue replay --stage dead --since 2026-03-02
    """
    from .commands import queue as command

    return command.replay(settings, ids, command.selected(stage, since, until))


@queue_app.command()
def alarms(limit: Limit = 50, after: After = 0, settings: SettingsFile = None, json: Json = False) -> int:
    """List what somebody must be told: a wrong patient, a number used twice, a bundle given up."""
    from .commands import queue as command

    return command.alarms(settings, after, limit, json)
