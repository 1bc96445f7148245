"""Tokens that only our own pages know: each follows from the secret of a cookie, and so is of one session."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request

FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
FORM: Final = "application/x-www-form-urlencoded"


def csrf_token(request: Request) -> str:
    """What a form of this page sends in its field ``csrf``, or htmx in the header ``X-CSRF-Token``."""
    return token_of(request.state.secret)


def token_of(secret: str) -> str:
    """The token of a session or of the form to sign in.

    >>> token_of("a") != token_of("b"), len(token_of("a"))
    (True, 64)
    """
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", "sha256").hexdigest()


def is_right(secret: str, headers: Headers, body: bytes) -> bool:
    """Whether a request has the token of this secret."""
    given = headers.get(HEADER) or form(body).get(FIELD, "")
    return bool(secret) and hmac.compare_digest(token_of(secret).encode(), given.encode("utf-8", "surrogatepass"))


def is_of_our_page(headers: Headers, origin: str) -> bool:
    """Whether the browser says that one of our own pages sent it; a client that says nothing is none that could be tricked.

    A form of a page whose address is sent to nobody has the origin "null".

    >>> is_of_our_page(Headers({"Sec-Fetch-Site": "same-site"}), "https://ours.example")
    False
    """
    site = headers.get("sec-fetch-site")
    said = headers.get("origin", origin)
    return said == origin or (said == "null" and site == "same-origin") if site in (None, "same-origin") else False


def form(body: bytes) -> dict[str, str]:
    """The fields of a form; of several of one name the first.

    >>> form(b"csrf=a&name=J%C3%BCrgen&csrf=b")
    {'csrf': 'a', 'name': 'Jürgen'}
    """
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}
