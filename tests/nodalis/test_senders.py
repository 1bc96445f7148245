"""Who waits for an answer goes first: how long others let them."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from nodalis.senders import Senders


async def _order(worked: float, waits: bool) -> list[str]:
    """What comes first: the end of a sender's waiting, or the end of letting it go first."""
    senders, order = Senders(), list[str]()

    async def sender(waiting: ExitStack) -> None:
        await asyncio.sleep(0.1)
        waiting.close()
        order.append("answered")

    async def other() -> None:
        await senders.first(worked)
        order.append("others")

    with ExitStack() as waiting:
        if waits:
            waiting.enter_context(senders.waiting())
        await asyncio.gather(sender(waiting), other())
    return order


def test_others_wait_until_a_sender_is_answered() -> None:
    assert asyncio.run(_order(10.0, waits=True)) == ["answered", "others"]


def test_others_wait_no_longer_than_their_share() -> None:
    assert asyncio.run(_order(0.001, waits=True)) == ["others", "answered"]


def test_without_senders_others_go_on_at_once() -> None:
    assert asyncio.run(_order(10.0, waits=False)) == ["others", "answered"]
