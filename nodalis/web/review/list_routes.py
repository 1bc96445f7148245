"""The routes that show many reports at once, and the files that pages load."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from fastapi import FastAPI
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from ...category_order import clinical_order
from ...store import Store
from ...store.audit import Audit, AuditAction, Event
from ...store.decisions import Page, worklist
from ...store.overview import categories
from .listing import ON_A_PAGE, Query, list_page
from .overview import overview
from .pages import page, refused, static
from .routes import ReviewRoute


def add_list_routes(app: FastAPI, store: Store, audit: Audit) -> None:
    """Add the work list, the overview and the files."""

    @app.get(ReviewRoute.LIST.path)
    async def work_list(request: Request) -> Response:
        """The reports that the address asks for."""
        query, now = Query.of(request.query_params), datetime.now(UTC)

        def found(connection: Connection) -> tuple[Page, list[str]]:
            shown = worklist(connection, query.filter, query.order, query.page, ON_A_PAGE)
            return shown, sorted(categories(connection), key=clinical_order)

        shown, known = await store.read(found)
        event = Event(request.state.person.id, AuditAction.LIST, detail={"count": len(shown.items)})
        await store.write(lambda connection: audit.record(connection, event, now))
        return page(request, "worklist.html", list_page(query, shown, known, now), here="list")

    @app.get(ReviewRoute.OVERVIEW.path)
    async def all_reports(request: Request) -> Response:
        """Figures of all reports."""
        found: Mapping[str, object] = await store.read(overview)
        return page(request, "overview.html", found, here="overview")

    @app.get(ReviewRoute.STATIC.path)
    async def files(request: Request, name: str) -> Response:
        """A style, a script, a picture."""
        return static(name) or refused(request, 404)

    @app.get(ReviewRoute.ICON.path, response_model=None)
    async def icon() -> Response | None:
        """The picture of the page."""
        return static("icon.svg")
