"""The catalogue of what peers do wrong: each case a file that says what is sent, in which pieces, and what becomes of it.

``connections`` are open at the same time. What each sends is a list of

    { oru = "0815", text = "1/2" }   a message of this control id between its marks, made by `listening.oru`
    { frame = 'MSH|...\\r' }         these bytes between marks
    { bytes = '\\x0bMSH' }           these bytes as they are; with ``repeat`` so many times
    { kept = 1 }                     wait until so many messages are in the store
    { wait = "AA" }                  wait for an answer
    { end = "FIN" }                  close one side (FIN), or break off (RST)

and ``split`` sends in pieces of so many bytes. ``answers`` are the codes that come on the connection, ``closed`` says whether the listener
closes it. ``stages`` are the messages in the store afterwards, ``alarms`` what somebody is told, ``dropped`` how many bytes belonged to
no message, ``stored`` how long the bodies are.
"""

from __future__ import annotations

import socket
import struct
import time
import tomllib
from pathlib import Path
from typing import Any

from .listening import Client, Running, eventually, framed, oru

HERE = Path(__file__).parent / "catalogue"
Case = dict[str, Any]


def cases() -> dict[str, Case]:
    """All cases by their names, in their order."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.toml"))}


def send(client: Client, part: Case, running: Running) -> None:
    """Do what a part says."""
    if "kept" in part:
        eventually(lambda: sum(running.stages().values()) >= part["kept"])
    elif "wait" in part:
        assert client.code() == part["wait"]
    elif part.get("end") == "FIN":
        client.socket.shutdown(socket.SHUT_WR)
    elif part.get("end") == "RST":
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
    else:
        data = _bytes(part) * part.get("repeat", 1)
        piece = part.get("split", len(data))
        for start in range(0, len(data), piece):
            client.send(data[start : start + piece])
            if piece < len(data):
                time.sleep(0.0005)  # so that the system does not put them together


def _bytes(part: Case) -> bytes:
    if "oru" in part:
        return framed(oru(part["oru"], part.get("text", "1/2") * part.get("times", 1), kind=part.get("kind", "ORU^R01")))
    if "frame" in part:
        return framed(_literal(part["frame"]))
    return _literal(part["bytes"])


def _literal(text: str) -> bytes:
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")
