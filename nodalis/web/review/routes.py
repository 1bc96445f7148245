"""Every route of the review page, and who may call it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ..sign_in import DECIDE, OPEN, SEE, Table


class ReviewRoute(StrEnum):
    """The routes, as logs name them. No address holds more than the store's own number of a report, and a filter."""

    LIST = "GET /"
    REPORT = "GET /reports/{id}"
    DECIDE = "POST /reports/{id}/decision"
    OVERVIEW = "GET /overview"
    EXPORT_FORM = "GET /export"
    EXPORT = "POST /export"
    STATIC = "GET /static/{name}"
    ICON = "GET /favicon.ico"  # browsers ask for it on pages that name none

    @property
    def path(self) -> str:
        """What stands behind the method."""
        return self.partition(" ")[2]


ROUTES: Final[Table] = {
    ReviewRoute.LIST: SEE,
    ReviewRoute.REPORT: SEE,
    ReviewRoute.DECIDE: DECIDE,
    ReviewRoute.OVERVIEW: SEE,
    ReviewRoute.EXPORT_FORM: DECIDE,
    ReviewRoute.EXPORT: DECIDE,
    ReviewRoute.STATIC: OPEN,
    ReviewRoute.ICON: OPEN,
}
