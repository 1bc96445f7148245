"""Pages out of templates: every word from outside is escaped, and the files that pages need are ours."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ...printable import block
from ..sign_in import DECIDE, Person, csrf_token

KEYS: Final = (
    ("n", "next report or page"),
    ("p", "previous report or page"),
    ("j", "next value, or row of the list"),
    ("k", "previous value, or row of the list"),
    ("Enter", "on a value: its words; on words: the value; on a row: the report"),
    ("a", "to Accept; Enter confirms"),
    ("c", "correct"),
    ("s", "set aside"),
    ("u", "to Undo; Enter confirms"),
    ("w", "work list"),
    ("Esc", "leave a field"),
    ("?", "this help"),
)
_STATIC: Final = {
    "htmx.min.js": "text/javascript; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "review.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_REFUSALS: Final = {
    400: ("Not taken", "What was sent is not what this page sends. Load the report again and decide once more."),
    404: ("Not here", "There is no such page, or the report was removed."),
    405: ("Not here", "There is no such page, or the report was removed."),
    409: ("Not settled", "The report is open or set aside by now. Load it again."),
    503: ("Not at the moment", "The store cannot be read or written. Nothing was changed; try again in a minute."),
}
_HERE: Final = resources.files(__package__)
_templates: Final = Environment(
    loader=FileSystemLoader(str(_HERE.joinpath("templates"))),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    finalize=lambda value: block(value) if type(value) is str else value,  # no sign that hides or reorders words
)
_files: Final = {name: _HERE.joinpath("static", name).read_bytes() for name in _STATIC}


def page(request: Request, template: str, values: Mapping[str, object], status: int = 200, here: str = "") -> HTMLResponse:
    """A page for whoever is signed in."""
    person: Person | None = request.state.person
    common = {
        "person": person,
        "may_decide": person is not None and person.may(DECIDE),
        "csrf": csrf_token(request),
        "keys": KEYS,
        "here": here,
        "list_url": "/",
    }
    return HTMLResponse(_templates.get_template(template).render({**common, **values}), status)


def static(name: str) -> Response | None:
    """A file that pages load; None for one that there is not."""
    return Response(_files[name], media_type=_STATIC[name]) if name in _files else None


def refused(request: Request, status: int) -> HTMLResponse:
    """Why there is no such page, in words of ours."""
    heading, words = _REFUSALS.get(status, _REFUSALS[400])
    return page(request, "message.html", {"heading": heading, "words": words}, status)
