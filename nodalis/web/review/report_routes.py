"""The routes of one report: what it says beside what was read of it, and a decision about it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import FastAPI, Path
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...review.decision import Action
from ...settings import Settings
from ...store import Store
from ...store.audit import Audit, AuditAction, Event
from ...store.decisions import DecidedError, NewerVersionError, Opened, beside, decide, opened
from ..sign_in import DECIDE
from ..sign_in.csrf import form as fields_of
from .forms import Form
from .listing import Query
from .pages import page, refused
from .reading import Reader, Reading
from .report_page import DONE, conflict_page, report_page
from .routes import ReviewRoute

Id = Annotated[int, Path(gt=0, lt=2**63)]


def add_report_routes(app: FastAPI, store: Store, audit: Audit, reader: Reader) -> None:
    """Add the routes of one report."""

    @app.get(ReviewRoute.REPORT.partition(" ")[2])
    async def report(request: Request, id: Id) -> Response:
        """A report; that it was seen is recorded before it is shown."""
        query, now = Query.of(request.query_params), datetime.now(UTC)
        found, around = await store.read(lambda connection: (opened(connection, id), beside(connection, query.filter, query.order, id)))
        if found is None:
            return refused(request, 404)
        reading = await asyncio.to_thread(reader.read, found)
        event = Event(request.state.person.id, AuditAction.VIEW, id, detail={"revision": found.revision})
        await store.write(lambda connection: audit.record(connection, event, now))
        note = DONE.get(request.query_params.get("done", ""))
        return _shown(request, report_page(found, reading, query, around, now), notes=[note] if note else [])

    @app.post(ReviewRoute.DECIDE.partition(" ")[2])
    async def decision(request: Request, id: Id) -> Response:
        """Decide about a report, unless it is no longer what the person saw."""
        query, now = Query.of(request.query_params), datetime.now(UTC)
        try:
            form = Form.of(fields_of(await request.body()))
        except ValueError:
            return refused(request, 400)
        found, around = await store.read(lambda connection: (opened(connection, id), beside(connection, query.filter, query.order, id)))
        if found is None:
            return refused(request, 404)
        reading = await asyncio.to_thread(reader.read, found)
        if found.versions != form.versions or (reading.digest if reading else b"") != form.reading:
            return _conflict(request, found, form, query, newer=True)
        try:
            made = form.decision(reading.values if reading else {}, request.state.person.id, now)
            if reading:
                reader.check(reading, made)
        except ValueError as error:  # its words are ours
            values = report_page(found, reading, query, around, now)
            return _shown(request, values, 422, form={"action": form.action, "reason": form.reason, "new": form.new}, wrong=str(error))
        event = Event(
            made.reviewer,
            AuditAction.UNDO if made.action is Action.UNDO else AuditAction.DECIDE,
            id,
            made.reason,
            {"decision": made.action, "fields": " ".join(change.field for change in made.corrections)[:200], "revision": found.revision},
        )

        def work(connection: Connection) -> None:
            decide(connection, id, made, form.last)
            audit.record(connection, event, now)

        try:
            await store.write(work)
        except (NewerVersionError, DecidedError) as error:
            there = await store.read(partial(opened, report_id=id))
            return _conflict(request, there, form, query, isinstance(error, NewerVersionError)) if there else refused(request, 404)
        await reader.extract(id)
        back = query.parameters
        return RedirectResponse(f"/reports/{id}{back}{'&' if back else '?'}done={made.action}", 303)


def _shown(request: Request, values: Mapping[str, Any], status: int = 200, **more: Any) -> Response:
    usual = {"notes": [], "wrong": "", "form": {"action": "", "reason": "", "new": {}}, "may_decide": request.state.person.may(DECIDE)}
    return page(request, "report.html", {**usual, **values, **more}, status)


def _conflict(request: Request, found: Opened, form: Form, query: Query, newer: bool) -> Response:
    return page(request, "conflict.html", {**conflict_page(found, form, newer), "back": query.parameters}, 409)
