"""The store: works in, what they give out, when it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from ..settings import StoreSettings
from .engines import engine_of, of_one_state
from .errors import StoreError, store_error
from .schema import message
from .writer import Writer

_SOON: Final = 5.0  # seconds
T = TypeVar("T")


class Store:
    """The messages of one database, for any number of threads and event loops.

    A work is a function of a connection. It may be run more than once before it is durable, so that it has no effect but in the
    database, and it gives plain data, nothing that still needs the connection. All of these raise `StoreError` where the store is
    down, full or locked, and what the work itself raises. Whoever writes waits until it is durable, so that no more works wait
    than there are callers.

    Raises:
        UsageError: the settings name no database that can be a store.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self.engine = engine_of(settings.url.get_secret_value())
        self._reading = of_one_state(self.engine)
        self._writer = Writer(self.engine)

    async def write(self, work: Callable[[Connection], T], urgent: bool = False) -> T:
        """What a work gives, when all that it wrote is on the disk. What is urgent, since a sender waits, is written before all else."""
        return await asyncio.wrap_future(self._writer.submit(work, urgent))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop."""
        return self._writer.submit(work).result()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What a work gives that only reads, from one state of the database."""
        return await asyncio.to_thread(self.read_now, work)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop."""
        try:
            with self._reading.connect() as connection, connection.begin():
                return work(connection)
        except DBAPIError as error:
            failed = store_error(error)
        raise failed

    async def is_usable(self) -> bool:
        """Whether it answers soon, and has its tables."""
        try:
            await asyncio.wait_for(self.read(lambda connection: connection.execute(select(message.c.id).limit(1)).first()), _SOON)
        except (StoreError, TimeoutError):
            return False
        return True

    def close(self) -> None:
        """Write what waits and let go of the database."""
        self._writer.close()
        self.engine.dispose()
