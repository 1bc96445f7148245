"""The catalogue of versions of a report that contradict each other: each case in ``catalogue/`` as messages, with what must come of them.

A message says, all of it optional:

- ``status``: its OBX-11 (F); ``order``: its OBR-25, else that of its status; ``day``: of March, in OBR-22 (3), or 0 for none.
- ``text``: "positive" (1/2), "negative" (0/2) or "none"; else that of its status: none of D, W, U and X, "positive" of all others.
- ``patient``: its PID-3, PID-5 and PID-7; ``number``: its OBR-3; ``sent``: the day in MSH-7 (9).
- ``merged``: the number in MRG-1; the message is then an ADT^A40 of the ``patient``.
- ``refused``: part of the reason why the message can never be read.

What must come of it, in every order of arrival: ``stage`` of the report, ``reason`` (part of it), ``alarm``, and whether the server
``holds`` anything of it; where it does, ``pn`` and ``status`` of its DiagnosticReport. Without ``stage`` there is no report.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.nodalis.service.messages import NEGATIVE, POSITIVE, message, obx

Case: TypeAlias = dict[str, Any]

JANE: Final = ["0815^^^HOSP&1.2.4&ISO^MR", "DOE^JANE", "19610312"]
TEXTS: Final = {"positive": POSITIVE, "negative": NEGATIVE, "none": ""}
_ORDERS: Final = {"P": "P", "X": "X", "C": "C"}  # of statuses; of all others F
_MESSAGE: Final = frozenset(("status", "order", "day", "text", "patient", "number", "sent", "merged", "refused"))
_CASE: Final = frozenset(("name", "messages", "stage", "reason", "alarm", "holds", "pn", "status"))


def cases() -> Iterator[tuple[str, Case]]:
    """Every case with its name, ``063-status/W alone``."""
    for path in sorted(Path(__file__).with_name("catalogue").glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            assert case.keys() <= _CASE
            yield f"{path.stem}/{case['name']}", case


def body(given: Case) -> bytes:
    """The bytes of a message."""
    assert given.keys() <= _MESSAGE
    number, name, birth = given.get("patient", JANE)
    pid = f"PID|1||{number}||{name}||{birth}|F"
    sent = f"202603{given.get('sent', 9):02}101500+0100"
    if "merged" in given:
        rows = (rf"MSH|^~\&|HIS|ST ANNA|REG|STATE|{sent}||ADT^A40^ADT_A39|M1|P|2.5.1", f"EVN|A40|{sent}", pid, f"MRG|{given['merged']}")
        return "".join(f"{row}\r" for row in rows).encode()
    status, day = given.get("status", "F"), given.get("day", 3)
    text = TEXTS[given.get("text", "none" if status in "DWUX" else "positive")]
    return message(
        obx(text, status),
        order=given.get("order", _ORDERS.get(status, "F")),
        reported=f"202603{day:02}100000+0100" if day else "",
        sent=sent,
        number=given.get("number", "S26-1^LIS^1.2.3^ISO"),
        pid=pid,
    )
