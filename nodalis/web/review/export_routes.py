"""What a registry takes, as a download: the abstracts of the reports that are settled, or of one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Final

from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ...registry.abstract import abstract
from ...registry.abstract_files import Form, Format, abstract_file
from ...service.deciding import Deciding
from ...service.extraction import Seen
from ...service.reviewed import Leaving, Listing
from ...store import Store
from ...store.audit import Audit
from ...store.decisions import settled
from ...store.overview import open_reports, settled_reports
from ..sign_in.csrf import form as fields_of
from .pages import page, refused
from .routes import ReviewRoute

# By what the form sends: words for a registrar, the file.
FORMATS: Final[Mapping[str, tuple[str, Form]]] = {
    "naaccr-26": ("NAACCR XML 26", Form()),
    "naaccr-25": ("NAACCR XML 25", Form(release="25")),
    "naaccr-26-i": ("NAACCR XML 26, incidence only: no names, no numbers, no text", Form(record_type="I")),
    "csv": ("Table (CSV): a row a report", Form(Format.CSV)),
    "text": ("Text: each code with its reason", Form(Format.TEXT)),
}
_ENDINGS: Final = {Format.XML: ("xml", "application/xml"), Format.CSV: ("csv", "text/csv"), Format.TEXT: ("txt", "text/plain")}
_AT_ONCE: Final = 16  # reports in a piece of the file: whoever opens a report meanwhile waits for no more
_DATE: Final = "%Y-%m-%d"


def add_export_routes(app: FastAPI, store: Store, audit: Audit, deciding: Deciding, edition: str) -> None:
    """Add the form and the download; categories are those of the edition."""

    async def seen(report_id: int) -> Seen:
        """A report as it is now; nothing of one that was removed."""
        found = await deciding.opened(report_id)
        return found[1] if found else Seen()

    async def pieces(form: Form, who: Leaving, listing: Listing) -> AsyncIterator[bytes]:
        """The file as it is made. That a report leaves stands in the audit before it does."""
        stream, after = BytesIO(), 0
        with abstract_file(stream, form) as add:
            while ids := await store.read(partial(listing, after=after, limit=_AT_ONCE)):
                await store.write(partial(who.record, reports=ids))
                for one in await asyncio.gather(*map(seen, ids)):
                    if one.settled and one.report and one.context:  # else it became something else in between
                        found = abstract(one.report, one.context, edition)
                        if not found.is_empty:
                            add(found)
                yield _taken(stream)
                after = ids[-1]
        yield _taken(stream)

    @app.get(ReviewRoute.EXPORT_FORM.path)
    async def export_form(request: Request) -> Response:
        """What there is to export, and as what."""
        counts = await store.read(lambda connection: (settled_reports(connection), open_reports(connection)))
        formats = [(name, words) for name, (words, _) in FORMATS.items()]
        return page(request, "export.html", {"settled": counts[0], "open": counts[1], "formats": formats}, here="export")

    @app.post(ReviewRoute.EXPORT.path)
    async def export(request: Request) -> Response:
        """The file of all settled reports, of those since a day, or of one."""
        try:
            name, since, only = _asked(fields_of(await request.body()))
        except ValueError:
            return refused(request, 400)
        if only is not None and not (await seen(only)).settled:
            return refused(request, 409)
        form = FORMATS[name][1]
        who = Leaving(audit, request.state.person.id, name)
        listing = partial(settled, since=since) if only is None else _just(only)
        ending, media_type = _ENDINGS[form.format]
        title = f"abstract-{only}" if only is not None else f"abstracts-{datetime.now(UTC):%Y-%m-%d}"
        headers = {"Content-Disposition": f'attachment; filename="{title}.{ending}"'}
        return StreamingResponse(pieces(form, who, listing), media_type=media_type, headers=headers)


def _just(report_id: int) -> Listing:
    """The list of one report."""

    def listing(connection: Connection, after: int, *, limit: int) -> Sequence[int]:
        return [report_id] if after < report_id else []

    return listing


def _asked(given: Mapping[str, str]) -> tuple[str, datetime | None, int | None]:
    """The format, the day from which on, the one report; ValueError if it is nothing that our form sends."""
    since, only, name = given.get("since", ""), given.get("report", ""), given.get("format", "")
    if name not in FORMATS:
        raise ValueError("no such format")
    return name, datetime.strptime(since, _DATE).replace(tzinfo=UTC) if since else None, int(only) if only else None


def _taken(stream: BytesIO) -> bytes:
    """What was written since."""
    found = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return found
