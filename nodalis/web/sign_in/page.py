"""The pages of signing in, and of what is refused: plain HTML with one style, all words of ours."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from starlette.responses import HTMLResponse, Response

from .csrf import FIELD
from .people import SignInRoute

_STYLE_PATH: Final = SignInRoute.STYLE.partition(" ")[2]
STYLE: Final = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 12vh auto; max-width: 22rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
label { display: block; margin-top: 1rem; }
input, button, .issuer { box-sizing: border-box; font: inherit; min-height: 2.75rem; padding: .4rem .7rem; width: 100%; }
button, .issuer { margin-top: 1.5rem; }
.issuer { display: block; text-align: center; }
[role=alert] { border-left: .25rem solid #c62828; padding-left: .75rem; }
"""


def sign_in_form(
    token: str, goal: str, issuer: bool, said: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The form; where something was wrong, with what is said of it."""
    alert = f'<p role="alert">{escape(said)}</p>' if said else ""
    other = f'<p><a class="issuer" href="{SignInRoute.OIDC.partition(" ")[2]}">Sign in with your organisation</a></p>' if issuer else ""
    body = f"""{alert}
<form method="post" action="{SignInRoute.PASSWORD.partition(" ")[2]}">
<input type="hidden" name="{FIELD}" value="{escape(token)}">
<input type="hidden" name="next" value="{escape(goal)}">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="1024" required>
<button>Sign in</button>
</form>
{other}"""
    return _page("Sign in", body, status, headers)


def refusal(title: str, said: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Why something is not done, with the way back."""
    return _page(title, f'<p role="alert">{escape(said)}</p>\n<p><a href="/">Back to the work list</a></p>', status, headers)


def step(address: str) -> Response:
    """A page of ours that goes on to another one of ours: the browser sends a cookie that is Strict only where we send it ourselves."""
    shown = escape(address)
    return _page("Signing in", f'<p><a href="{shown}">Go on</a></p>', 200, None, f'<meta http-equiv="refresh" content="0; url={shown}">')


def _page(title: str, body: str, status: int, headers: Mapping[str, str] | None, head: str = "") -> Response:
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
<title>{escape(title)} - Nodalis</title>
<link rel="stylesheet" href="{_STYLE_PATH}">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
    return HTMLResponse(text, status, headers)
