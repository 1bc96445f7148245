"""The log: lines on stderr that hold no report text and no identifier, whatever is handed to them.

What may stand in a line is decided by key and by closed lists, not by looks. No text passes but the events of ``events``, ``phrases``,
members of enums of ours, trace ids, and the names that the settings give to peers and the code to routes. All else is left out and
counted, at every level::

    log = structlog.get_logger()
    log.info("acknowledged", peer=peer, message=417, trace=trace, code="AA", seconds=0.004)
    log.error("fault", error=error)
"""

from __future__ import annotations

import faulthandler
import logging
import math
import re
import resource
import secrets
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import UTC, datetime
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TextIO

import structlog

from ..exits import unexpected
from ..settings import LogSettings
from .events import EVENTS
from .phrases import is_constant

Value = str | int | float

_LARGEST: Final = 2**53
_TRACE: Final = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")
_UNEXPECTED: Final = re.compile(r"internal error, (\w+)(?: at (\w+)\.py:\d{1,5})?")
_OURS: Final = ("nodalis", "parser")
_log: Final = structlog.get_logger()


def new_trace() -> str:
    """A random id that goes with a message from its arrival to its delivery: 16 hexadecimal digits.

    >>> len(new_trace())
    16
    """
    return secrets.token_hex(8)


class _Place(str):
    """A module, or a line of code, made here and never out of what was given."""

    __slots__ = ()


def _number(value: object) -> Value | None:
    return int(value) if isinstance(value, int) and abs(value) < _LARGEST else None


def _seconds(value: object) -> Value | None:
    return round(value, 6) if isinstance(value, int | float) and math.isfinite(value) and abs(value) < _LARGEST else None


def _constant(value: object) -> Value | None:
    """What a member of an enum of ours stands for, a text of listed phrases, or type and place of an error."""
    if isinstance(value, Enum):
        return str(value.value) if type(value).__module__.split(".")[0] in _OURS and isinstance(value.value, str) else None
    return value if isinstance(value, str) and is_constant(value) else _error(value)


def _reason(value: object) -> Value | None:
    return _constant(value) or (_error(value) if isinstance(value, str) else None)


def _trace(value: object) -> Value | None:
    return value if isinstance(value, str) and _TRACE.fullmatch(value) else None


def _address(value: object) -> Value | None:
    try:
        return str(ip_address(value)) if isinstance(value, str | IPv4Address | IPv6Address) else None
    except ValueError:
        return None


def _place(value: object) -> Value | None:
    return value if isinstance(value, _Place) else None


def _error(value: object) -> Value | None:
    """Type and place of an exception, never its words; also as ``unexpected`` says them, if there is such a class and such a module."""
    if isinstance(value, BaseException):
        return unexpected(value)
    found = _UNEXPECTED.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    known = {None, "__init__", *(name.rpartition(".")[2] for name in sys.modules)}
    return found[0] if found[2] in known and _is_error(found[1]) else None


def _is_error(name: str) -> bool:
    """Whether a class of exceptions has this name."""
    classes: list[type[BaseException]] = [BaseException]
    while classes:
        if (known := classes.pop()).__name__ == name:
            return True
        classes += type.__subclasses__(known)
    return False


_FORMS: Final[Mapping[str, Callable[[object], Value | None]]] = MappingProxyType(
    {
        **dict.fromkeys(("message", "report", "first"), _number),  # rows of the store
        **dict.fromkeys(("attempt", "attempts", "bytes", "connection", "connections", "count", "messages", "port", "status"), _number),
        **dict.fromkeys(("milliseconds", "retry_seconds", "seconds", "wait"), _seconds),
        **dict.fromkeys(("code", "method", "outcome", "stage"), _constant),
        "reason": _reason,
        "trace": _trace,
        "address": _address,
        "place": _place,
        "error": _error,
    }
)


class Allowed:
    """The processor that lets pass what may be logged, and counts what it left out."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.dropped = 0  # values left out since the start
        self._names = frozenset(names)
        self._forms: dict[str, Callable[[object], Value | None]] = {
            **_FORMS,
            **dict.fromkeys(("caller", "role", "route"), self._name),
            "peer": lambda value: self._name(value) or _address(value),  # where no peers are named, an address is its name
        }

    def __call__(self, logger: object, method: str, event: MutableMapping[str, Any]) -> dict[str, Value]:
        given = dict(event)
        name = given.pop("event", None)
        if raised := _raised(given.pop("exc_info", None)):
            given.setdefault("error", raised)
        fields = {key: shown for key, value in given.items() if (form := self._forms.get(key)) and (shown := form(value)) is not None}
        listed = isinstance(name, str) and name in EVENTS
        if dropped := len(given) - len(fields) + (not listed):
            self.dropped += dropped
            fields["dropped"] = dropped
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        return {"time": time, "level": method, "event": str(name) if listed else "unlisted", **fields}

    def _name(self, value: object) -> Value | None:
        return str(value) if isinstance(value, str) and value in self._names else _constant(value)


def _raised(info: object) -> BaseException | None:
    """The exception of an ``exc_info``: itself, the three of sys.exc_info, or True for the one that is handled."""
    if isinstance(info, tuple) and len(info) == 3:
        info = info[1]
    return sys.exc_info()[1] if info is True else info if isinstance(info, BaseException) else None


class _Libraries(logging.Handler):
    """What libraries log: which one, the level, and the type of an error. Their words may hold URLs, rows of tables and bytes."""

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning" if record.levelno >= logging.WARNING else "debug"
        module = record.name.split(".")[0]  # the name of a logger is chosen freely, that of a module is not
        error = {"error": raised} if (raised := _raised(record.exc_info)) else {}
        getattr(_log, level)("library", place=_Place(module if module in sys.modules else "another"), **error)


class _Lasting:
    """A stream whose reader may go away and whose disk may be full: then a line is lost, and the service goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: it was closed
            return

    def flush(self) -> None:
        """Nothing is left to do: a line is written whole or not at all."""


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, file: object = None, line: object = None) -> None:
    _log.warning("warning", place=_Place(f"{category.__name__} at {Path(filename).name}:{lineno}"))


def configure(settings: LogSettings, names: Iterable[str] = ()) -> Allowed:
    """Send all that is logged, warned of or raised without a catcher through the list of what may be logged, to stderr.

    ``names`` are those of peers, callers, roles and routes. To be called once in each process. No crash leaves memory behind: neither
    core dumps nor those of faulthandler are written.
    """
    level = getattr(logging, settings.level.upper())
    allowed = Allowed(names)
    shown = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time", sort_keys=False)
    )
    structlog.configure(
        processors=[allowed, shown],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(_Lasting(sys.stderr)),  # type: ignore[arg-type]  # it needs write and flush
        cache_logger_on_first_use=False,
    )
    for name in list(logging.root.manager.loggerDict):  # handlers of their own would write beside us
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.root.handlers = [_Libraries()]
    logging.root.setLevel(max(level, logging.WARNING))  # without their words, what is less tells nothing
    logging.raiseExceptions = False  # else a wrong call prints the arguments
    warnings.showwarning = _warned
    sys.excepthook = lambda _, error, __: _log.error("fault", error=error)
    sys.unraisablehook = lambda raised: _log.error("fault", error=raised.exc_value)
    threading.excepthook = lambda raised: _log.error("fault", error=raised.exc_value)
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    return allowed
