"""The log holds what it may and nothing else: no word of a message, no forged line, nothing that a library or an error says."""

from __future__ import annotations

import ast
import io
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import structlog

from nodalis.exits import unexpected
from nodalis.hl7v2.status import Change
from nodalis.service.events import EVENTS
from nodalis.service.logs import Allowed, new_trace
from nodalis.service.phrases import is_constant
from nodalis.service.reading import read
from parser.model import IssueKind
from tests.nodalis.hl7v2.bad_messages import content, variants

from .canaries import BEGIN, assert_no_canary, found_in, mark, message

ROOT = Path(__file__).resolve().parents[3]

# Runs in a process of its own, since logs are configured once in a process. After it come the lines of a test.
BEGINNING = f"""
import asyncio, faulthandler, json, logging, resource, sys, threading, warnings
import structlog
from nodalis.service.logs import configure
from nodalis.settings import LogSettings
PHI = {mark("PID", 5)!r}
log = structlog.get_logger()
def start(level="debug", format="json"):
    return configure(LogSettings(level=level, format=format), ["lab"])
"""


def logged(code: str) -> str:
    """What a process writes that runs this code; it must not write to stdout."""
    ended = subprocess.run([sys.executable, "-c", BEGINNING + code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stdout == ""
    assert_no_canary(ended.stderr)
    return ended.stderr


def lines(code: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in json.loads(line).items() if key != "time"} for line in logged(code).splitlines()]


def test_a_line_is_json_with_time_level_event_and_what_is_allowed() -> None:
    (line,) = logged(
        "start(); log.info('acknowledged', peer='lab', message=417, seconds=0.00412345, trace='00112233aabbccdd')"
    ).splitlines()
    assert re.fullmatch(
        r'\{"time": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", "level": "info", "event": "acknowledged", '
        r'"peer": "lab", "message": 417, "seconds": 0.004123, "trace": "00112233aabbccdd"\}',
        line,
    )


def test_the_console_form_has_the_same_fields() -> None:
    assert re.search(
        r"\[info +\] acknowledged +peer=lab dropped=1\n$", logged("start(format='console'); log.info('acknowledged', peer='lab', text=PHI)")
    )


def test_the_level_is_kept() -> None:
    assert [line["event"] for line in lines("start('warning'); log.info('listening'); log.warning('alarm')")] == ["alarm"]


TASK = """
async def fail(): int(PHI)
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
asyncio.run(main())
"""
CALLBACK = """
async def main():
    asyncio.get_running_loop().call_soon(int, PHI)
    await asyncio.sleep(0.01)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("code", "event", "error"),
    [
        ("int(PHI)", "fault", "ValueError at <string>"),
        ("thread = threading.Thread(target=int, args=(PHI,)); thread.start(); thread.join()", "fault", "ValueError at threading.py"),
        ("class A:\n    def __del__(self): int(PHI)\nA()", "fault", "ValueError at <string>"),
        (TASK, "library", "ValueError at <string>"),
        (CALLBACK, "library", "ValueError at events.py"),
        ("try:\n    int(PHI)\nexcept ValueError:\n    log.exception('fault')", "fault", "ValueError at <string>"),
        ("try:\n    int(PHI)\nexcept ValueError as error:\n    log.error('fault', error=error)", "fault", "ValueError at <string>"),
        ("try:\n    int(PHI)\nexcept ValueError:\n    logging.getLogger('re').exception(PHI)", "library", "ValueError at <string>"),
    ],
    ids=["main", "thread", "del", "task", "callback", "exception", "error", "library"],
)  # fmt: skip
def test_of_an_error_only_type_and_place_are_written(code: str, event: str, error: str) -> None:
    (line,) = lines(f"start()\n{code}")
    assert (line["level"], line["event"]) == ("error", event)
    assert line["error"].startswith(f"internal error, {error}")


def test_a_warning_is_its_category_and_place() -> None:
    (line,) = lines("start(); warnings.warn(PHI)")
    assert line["event"] == "warning"
    assert re.fullmatch(r"UserWarning at <string>:\d+", line["place"])


def test_libraries_are_named_without_their_words_even_with_handlers_and_levels_of_their_own() -> None:
    (line,) = lines("""
import httpx
own = logging.getLogger("httpx"); own.addHandler(logging.StreamHandler()); own.propagate = False; own.setLevel(logging.DEBUG)
start()
own.debug("GET https://fhir.example.org/Patient?name=%s", PHI)
""")
    assert line == {"level": "debug", "event": "library", "place": "httpx"}


def test_the_name_of_a_logger_may_be_anything_so_only_that_of_a_module_is_written() -> None:
    assert [line["place"] for line in lines("start(); logging.getLogger(PHI).error('x'); logging.getLogger(f'json.{PHI}').error('x')")] == [
        "another",
        "json",
    ]


def test_a_wrong_call_of_logging_writes_nothing_of_its_own() -> None:
    assert [line["event"] for line in lines("start(); logging.getLogger('json').error('%d', PHI)")] == ["library"]


def test_a_stream_that_nobody_reads_or_that_is_closed_or_full_stops_nothing() -> None:
    code = """
import contextlib
sys.stderr = open('/dev/full', 'w', buffering=1); start(); log.info('listening')
with contextlib.suppress(OSError):
    sys.stderr.close()
log.info('draining')
sys.stderr = sys.__stderr__; start(); log.info('stopped')
"""
    assert [line["event"] for line in lines(code)] == ["stopped"]


def test_a_crash_leaves_no_memory_behind() -> None:
    code = "faulthandler.enable(); start()\n"
    code += "assert not faulthandler.is_enabled()\nassert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0"
    assert logged(code) == ""


def test_what_was_left_out_is_counted_in_the_line_and_in_all() -> None:
    allowed = Allowed(["lab"])
    assert allowed(None, "info", {"event": "acknowledged", "text": "x", "peer": "ward", "message": "7", "stage": "Doe"})["dropped"] == 4
    assert allowed(None, "info", {"event": "x"})["dropped"] == 1
    assert allowed.dropped == 5


class Theirs(StrEnum):
    VALUE = "x"


KEYS = ("message", "report", "count", "seconds", "reason", "stage", "code", "trace", "address", "place", "error", "peer", "route")


@pytest.mark.parametrize("value", ["x", "0815", b"x", Theirs.VALUE, ["x"], {"a": 1}, None, 2**60, float("nan"), object(), "lab ", "0" * 17])
def test_a_value_of_another_type_than_its_key_has_is_left_out(value: object) -> None:
    written = Allowed(["lab"])(None, "info", {"event": "alarm"} | dict.fromkeys((*KEYS, "text", "mrn"), value))
    assert set(written) == {"time", "level", "event", "dropped"}


REASONS = ("given up after 1.5 hours: http 503: throttled, too-costly", "entries were not taken: http 404, 409", "token: http 401")


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("reason", Change.WRONG, "wrong"),
        ("reason", IssueKind.UNREADABLE_TEXT, "unreadable_text"),
        ("address", ip_address("192.0.2.7"), "192.0.2.7"),
        ("address", "2001:db8::7", "2001:db8::7"),
        ("count", True, 1),
        ("bytes", 10**9, 10**9),
        ("trace", "0123456789abcdef", "0123456789abcdef"),
        (
            "reason",
            "given up after 1.5 hours: http 503: throttled, too-costly",
            "given up after 1.5 hours: http 503: throttled, too-costly",
        ),
        ("reason", "entries were not taken: http 404, 409", "entries were not taken: http 404, 409"),
        ("error", ValueError("0815"), "internal error, ValueError"),
        ("error", unexpected(ValueError("0815")), "internal error, ValueError"),
        ("error", "internal error, Muster at logs.py:42", None),
        ("error", "internal error, KeyError at muster.py:42", None),
        ("error", "internal error, KeyError at logs.py:42", "internal error, KeyError at logs.py:42"),
        ("reason", "internal error, KeyError at logs.py:42", "internal error, KeyError at logs.py:42"),
        ("reason", "internal error, KeyError at muster.py:42", None),
        ("reason", "no_fact, another version had facts", "no_fact, another version had facts"),
        (
            "reason",
            "versions_unclear: versions of one number are about different patients",
            "versions_unclear: versions of one number are about different patients",
        ),
        ("reason", "versions_unclear: versions of one number are about different patients: Erika", None),
        ("reason", "http 503: Erika", None),
        ("reason", "http 47110815", None),
        ("reason", "given up after 24 hours: http 503:  throttled", None),
    ],
)
def test_what_an_operator_needs_is_written_and_what_is_like_it_is_not(key: str, value: object, shown: object) -> None:
    assert Allowed()(None, "info", {"event": "alarm", key: value}).get(key) == shown


def test_traces_differ_and_may_be_logged() -> None:
    traces = {new_trace() for _ in range(1000)}
    assert len(traces) == 1000
    assert all("dropped" not in Allowed()(None, "info", {"event": "alarm", "trace": trace}) for trace in traces)


PHI_VALUES: list[Callable[[str], object]] = [
    str,
    str.encode,
    lambda text: text.lower(),
    lambda text: f"{text}\r\n2026-11-23 [info] acknowledged\x1b[2J\x1b[31m",
    lambda text: f"%s {{}} {text} \u2028 \x85 \0",
    lambda text: [text],
    lambda text: {text: text},
    lambda text: (text, {text}),
    lambda text: ValueError(text),
    lambda text: f"internal error, {text} at {text}.py:1",
    lambda text: f"http 503: {text}",
    lambda text: f"internal error, Error at {text.lower()}.py:7",
    lambda text: UnicodeDecodeError("utf-8", text.encode(), 0, 1, text),
    lambda text: type(text, (), {})() if text.isidentifier() else text,
    lambda text: Path("/tmp") / text,
    lambda text: message() + text.encode(),
    lambda text: text * 1000,
    lambda text: StrEnum("Values", {"A": text}).A,  # type: ignore[attr-defined]
]


def fuzzed(count: int) -> Iterator[tuple[str, dict[str, object]]]:
    """Events as a careless programmer might log them: marks as event, key and value, in any form."""
    chance = random.Random(6)
    for number in range(count):
        text = mark(chance.choice(["PID", "OBX", "MSH"]), chance.randrange(24), number)
        others = ("text", "segment", text, "exc_info", "stack_info", "level", "time", "dropped")
        keys = [*chance.sample(KEYS, 3), chance.choice(others)]
        event = chance.choice([*EVENTS, text, f"acknowledged {text}", f"alarm\n{text}", "quarantined\r\x1b[A", text.lower()])
        yield event, {key: chance.choice(PHI_VALUES)(text) for key in keys}


@pytest.mark.parametrize("count", [300, pytest.param(5000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("format", ["json", "console"])
def test_fuzzed_events_at_debug_leave_no_mark_and_no_forged_line(count: int, format: str) -> None:
    out = io.StringIO()
    json_lines, console = structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False, timestamp_key="time")
    processors: list[Any] = [Allowed(["lab"]), json_lines if format == "json" else console]
    log = structlog.wrap_logger(structlog.WriteLogger(out), processors, wrapper_class=structlog.make_filtering_bound_logger(0))
    for event, fields in fuzzed(count):
        log.debug(event, **fields)
    written = out.getvalue()
    assert len(written.splitlines()) == count
    assert written.isascii()
    assert "\x1b" not in written
    assert_no_canary(written)
    assert len(re.findall(r'dropped(?:": |=)\d+', written)) == count


def test_the_fuzzed_events_do_hold_marks() -> None:
    assert all(found_in(repr((event, fields, [str(value) for value in fields.values()])).encode()) for event, fields in fuzzed(300))
    assert BEGIN in repr(list(fuzzed(3)))


# What is written in code: each event is a literal of the list, so that no text of a message can be one.
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
MODULES = sorted(
    path for folder in ("commands", "store", "mllp", "delivery", "service", "web") for path in (ROOT / "nodalis" / folder).rglob("*.py")
)


def _calls(path: Path) -> Iterator[ast.Call]:
    """The calls of a logger: ``log.info(...)``, ``self._log.error(...)``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            owner = node.func.value
            if (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")).strip("_") in ("log", "logger"):
                yield node


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_event_in_the_code_is_a_literal_of_the_list(path: Path) -> None:
    events = [call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ast.unparse(call) for call in _calls(path)]
    assert set(events) <= set(EVENTS)


def test_every_event_of_the_list_is_in_the_code() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in MODULES if path.name != "events.py")
    assert [event for event in EVENTS if f'"{event}"' not in sources] == []


# Who says why: the constants that reasons are made of.
REASONED = {"MessageError", "_UnclearError", "NoTextError", "Problem", "Retry", "Dead", "Reread", "Unavailable"}
SOURCES = sorted(path for folder in ("mllp", "delivery", "hl7v2") for path in (ROOT / "nodalis" / folder).rglob("*.py"))
SAID_OTHERWISE = {"", "the 7 in OBX-5: 7", "for 7, not for production (MSH-11 7)", "7: expected one document in a message"}
NO_REASONS = {"acknowledgment.py", "answers.py", "status.py"}  # of hl7v2: their enums and constants are no reasons


def _reasons(path: Path) -> Iterator[str]:
    """The texts of a module that may become a reason, with 7 for what an f-string puts in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REASONED:
            given = node.args[:1]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", "") == "reason":
            given = [node.value]
        elif isinstance(node, ast.ClassDef) and any(getattr(base, "id", "") == "StrEnum" for base in node.bases):
            given = [row.value for row in node.body if isinstance(row, ast.Assign)]
        else:
            continue
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value
            elif isinstance(value, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in value.values)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_reason_in_the_code_may_be_logged(path: Path) -> None:
    if path.parent.name == "hl7v2" and path.name in NO_REASONS:
        pytest.skip("says no reason")
    known = {reason for reason in _reasons(path) if not is_constant(reason)}
    assert known <= SAID_OTHERWISE


# Modules in which every text of several words is a reason, but these.
SAYING = [
    ROOT / "nodalis" / name
    for name in ("hl7v2/framing.py", "succession.py", "service/reading.py", "service/extraction.py", "service/workers.py")
]
NO_REASON = {"report_id", "birth_date", "number_reused", "without result", "a process to read reports does not start: 7"}
IN_PARTS = {
    "a batch begins before the one before it ends (7): there may be messages missing",
    "7-1 says another number of 7 than there are: some may be missing",
}


def _texts(path: Path) -> Iterator[str]:
    """The texts of a module that are no docstrings, with 7 for what an f-string puts in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | parts:
            yield node.value


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.name)
def test_every_reason_of_a_message_or_report_may_be_logged(path: Path) -> None:
    texts = {text.removeprefix("7: ") for text in _texts(path) if re.search(r"[a-z][ _][a-z]", text)}
    unknown = {text for text in texts if not is_constant(text)} - NO_REASON - IN_PARTS
    assert {text for text in unknown if "\n" not in text and not re.fullmatch(r"[A-Z0-9 ]+", text)} == set()


def test_every_reason_of_the_catalogue_of_bad_messages_may_be_logged() -> None:
    bodies = {name: content(variant) for name, variant in variants() if "zip" not in variant and "file" not in variant}
    refused = {name: read(body, "urn:nodalis:reports", "cp1252").refused for name, body in bodies.items()}
    assert {name: reason for name, reason in refused.items() if reason and not is_constant(reason)} == {}
    assert len(set(refused.values())) > 20
