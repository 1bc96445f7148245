"""The body of a request: as long as it may be, as it was sent, and sent in time."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from .errors import RefusedError

_SECONDS: Final = 30.0  # for all of it


async def body(request: Request, most: int) -> bytes:
    """All of it, in memory: what is longer than ``most`` is refused while it comes, whatever it says of its length.

    Raises:
        RefusedError: packed, of two lengths, too long, too slow, or cut off.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(415, "a packed body is not read: expected none of Content-Encoding", {"Accept-Encoding": "identity"})
    too_long = RefusedError(413, f"longer than {most:,} bytes")
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise RefusedError(400, "two lengths: a proxy before us might have believed the other")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise too_long
    data = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for piece in request.stream():
                data += piece
                if len(data) > most:
                    raise too_long
    except TimeoutError:
        raise RefusedError(408, f"the body did not come within {_SECONDS:.0f} seconds") from None
    except ClientDisconnect:
        raise RefusedError(400, "the body was cut off") from None
    return bytes(data)


def media_type(request: Request) -> str:
    """What the body says it is, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def accepts(request: Request, wanted: str, also: str) -> str | None:
    """Which of two media types the caller would have; the second where it does not mind; None: neither."""
    ranges = [item.split(";") for item in request.headers.get("accept", "*/*").lower().split(",")]
    named = {name.strip() for name, *rest in ranges if "q=0" not in (part.strip() for part in rest)}
    if wanted in named:
        return wanted
    return also if {also, f"{also.partition('/')[0]}/*", "*/*"} & named else None
