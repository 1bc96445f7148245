"""``nodalis listen``: the interface engine until a signal ends it."""

from __future__ import annotations

import asyncio
import signal

import structlog

from ..exits import Exit
from ..service.listen import listen
from ..service.logs import configure
from ..settings import Settings


def run(settings: Settings) -> Exit:
    """Listen until SIGTERM or Ctrl-C; what is under way is finished first."""
    allowed = configure(settings.log, (peer.name for peer in settings.mllp.peers))

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await listen(settings, stop, allowed)

    asyncio.run(until_stopped())
    structlog.get_logger().info("stopped")
    return Exit.OK
