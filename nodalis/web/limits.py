"""How often one caller may call: a bucket of tokens for each, in memory, and of no more callers than fit."""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final

_MOST: Final = 10_000  # callers; beyond, the one that has been quiet longest is forgotten, which gives it a full bucket


class Buckets:
    """A bucket a caller, as large as what it may do in a minute, and filled again in one."""

    def __init__(self, per_minute: int) -> None:
        self._size = float(per_minute)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, who: str, now: float) -> int:
        """Zero if there was a token for this call, else in how many seconds there will be.

        >>> buckets = Buckets(per_minute=2)
        >>> [buckets.take("somebody", second) for second in (0, 0, 0, 29, 30)]
        [0, 0, 30, 1, 0]
        """
        tokens, before = self._left.pop(who, (self._size, now))
        tokens = min(self._size, tokens + (now - before) * self._size / 60)
        taken = tokens >= 1
        self._left[who] = (tokens - taken, now)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return 0 if taken else math.ceil((1 - tokens) * 60 / self._size)


def network(address: str) -> str:
    """Whom an address stands for: one host has all addresses of an IPv6 network of 64 bits.

    >>> network("192.0.2.7"), network("2001:db8::1"), network("::ffff:192.0.2.7"), network("")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7', 'unknown')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)
