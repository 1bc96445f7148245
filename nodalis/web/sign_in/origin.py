"""Where the page is, as browsers see it: its origin, the names of its cookies, the headers of all its answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response

from ...settings import ReviewSettings, is_loopback

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that no script reads; ``__Host-`` under TLS, so that no other host of the domain can set it."""

    name: str
    same_site: str
    is_secure: bool

    def set(self, response: Response, value: str, lasting: timedelta | None = None) -> None:
        """Give it to the browser, until that is closed where no time is given."""
        seconds = f"; Max-Age={int(lasting.total_seconds())}" if lasting is not None else ""
        secure = "; Secure" if self.is_secure else ""
        response.headers.append("Set-Cookie", f"{self.name}={value}; Path=/; HttpOnly; SameSite={self.same_site}{secure}{seconds}")

    def unset(self, response: Response) -> None:
        """Take it away."""
        self.set(response, "", timedelta())


class Origin:
    """What follows from the address at which browsers reach the page."""

    def __init__(self, settings: ReviewSettings) -> None:
        parts = urlsplit(settings.url or "")
        self._host = _without_port(parts.netloc, parts.scheme)
        self.is_secure = parts.scheme == "https" if settings.url else settings.tls is not None
        self._scheme = "https" if self.is_secure else "http"
        self.headers = (*_HEADERS, _HSTS) if self.is_secure else _HEADERS
        self.session = self._cookie("nodalis", "Strict")
        self.form = self._cookie("nodalis-form", "Strict")
        self.oidc = self._cookie("nodalis-oidc", "Lax")  # the issuer's answer is a navigation from another site

    def of(self, headers: Headers) -> str | None:
        """The origin of our pages, as this request names it; None: by a name that is not ours, as after DNS rebinding."""
        host = _without_port(headers.get("host", ""), self._scheme)
        try:
            is_ours = host == self._host if self._host else is_loopback(urlsplit(f"//{host}").hostname or "")
        except ValueError:
            return None
        return f"{self._scheme}://{host}" if is_ours else None

    def _cookie(self, name: str, same_site: str) -> Cookie:
        return Cookie(f"__Host-{name}" if self.is_secure else name, same_site, self.is_secure)


def _without_port(host: str, scheme: str) -> str:
    """As browsers write an origin.

    >>> _without_port("Nodalis.example:443", "https"), _without_port("127.0.0.1:8765", "http")
    ('nodalis.example', '127.0.0.1:8765')
    """
    return host.lower().removesuffix(":443" if scheme == "https" else ":80")
