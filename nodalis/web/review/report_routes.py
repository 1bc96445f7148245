"""The routes of one report: what it says beside what was read of it, and a decision about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ...review.decision import Action, Decision
from ...service.deciding import Deciding
from ...store import Store
from ...store.audit import Audit, AuditAction, Event
from ...store.decisions import DecidedError, NewerVersionError, Opened, beside, opened
from ..sign_in.csrf import form as fields_of
from .forms import Form
from .listing import Query
from .pages import page, refused
from .report_page import DONE, conflict_page, report_page
from .routes import ReviewRoute

_LONGEST_DETAIL: Final = 200
Id = Annotated[int, Path(gt=0, lt=2**63)]


def add_report_routes(app: FastAPI, store: Store, audit: Audit, deciding: Deciding, edition: str) -> None:
    """Add the routes of one report; registry items are those of the edition."""

    async def viewed(request: Request, found: Opened) -> None:
        """Record that a report is shown, before it is."""
        event = Event(request.state.person.id, AuditAction.VIEW, found.item.id, detail={"revision": found.revision})
        await store.write(lambda connection: audit.record(connection, event, datetime.now(UTC)))

    async def conflict(request: Request, found: Opened, form: Form, query: Query) -> Response:
        """What the person saw and entered, and what there is now."""
        await viewed(request, found)
        return page(request, "conflict.html", {**conflict_page(found, form), "back": query.parameters}, 409)

    @app.get(ReviewRoute.REPORT.path)
    async def report(request: Request, id: Id) -> Response:
        """A report; that it was seen is recorded before it is shown."""
        query, now = Query.of(request.query_params), datetime.now(UTC)
        shown = await deciding.opened(id)
        if shown is None:
            return refused(request, 404)
        found, seen = shown
        around = await store.read(partial(beside, wanted=query.filter, sort=query.order, report_id=id))
        await viewed(request, found)
        note = DONE.get(request.query_params.get("done", ""))
        return _shown(request, report_page(found, seen, query, around, now, edition), notes=[note] if note else [])

    @app.post(ReviewRoute.DECIDE.path)
    async def decision(request: Request, id: Id) -> Response:
        """Decide about a report, unless it is no longer what the person saw."""
        query, now = Query.of(request.query_params), datetime.now(UTC)
        try:
            form = Form.of(fields_of(await request.body()))
        except ValueError:
            return refused(request, 400)
        shown = await deciding.opened(id)
        if shown is None:
            return refused(request, 404)
        found, seen = shown
        if found.versions != form.versions or seen.reading != form.reading:
            return await conflict(request, found, form, query)
        try:
            made = form.decision(seen.read, request.state.person.id, now)
            await deciding.decide(found, seen, made, form.last, lambda connection: audit.record(connection, _event(made, found), now))
        except ValueError as error:  # its words are ours, and name no word of the report
            around = await store.read(partial(beside, wanted=query.filter, sort=query.order, report_id=id))
            filled_in = {"action": form.action, "reason": form.reason, "new": form.new}
            return _shown(request, report_page(found, seen, query, around, now, edition), 422, form=filled_in, wrong=str(error))
        except (NewerVersionError, DecidedError):
            there = await store.read(partial(opened, report_id=id))
            return await conflict(request, there, form, query) if there else refused(request, 404)
        back = query.parameters
        return RedirectResponse(f"/reports/{id}{back}{'&' if back else '?'}done={made.action}", 303)


def _event(made: Decision, about: Opened) -> Event:
    """What the audit says of a decision: the names of the fields that were corrected, never their values."""
    fields = " ".join(change.field for change in made.corrections)[:_LONGEST_DETAIL]
    detail: dict[str, str | int] = {"decision": str(made.action), "fields": fields, "revision": about.revision}
    return Event(made.reviewer, AuditAction.UNDO if made.action is Action.UNDO else AuditAction.DECIDE, about.item.id, made.reason, detail)


def _shown(request: Request, values: Mapping[str, Any], status: int = 200, **more: Any) -> Response:
    usual = {"notes": [], "wrong": "", "form": {"action": "", "reason": "", "new": {}}}
    return page(request, "report.html", {**usual, **values, **more}, status)
