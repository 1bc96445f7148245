"""In a network of its own: a line to PostgreSQL that is lost without a word while an answer is waited for. Prints what became of it.

python lost_line.py FOLDER DATABASE, with the folder of the server's Unix socket.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time

from pydantic import SecretStr
from sqlalchemy import Connection, text

from nodalis.settings import StoreSettings
from nodalis.store import Store, StoreError


def link(state: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


def pump(source: socket.socket, goal: socket.socket) -> None:
    while data := source.recv(65_536):
        goal.sendall(data)


def serve(listener: socket.socket, folder: str) -> None:
    """The socket of the server as a port."""
    while True:
        near = listener.accept()[0]
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{folder}/.s.PGSQL.5432")
        for pair in ((near, far), (far, near)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def lose(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))
    threading.Timer(0.5, link, ["down"]).start()
    connection.execute(text("SELECT pg_sleep(1)"))


def main(folder: str, database: str) -> None:
    link("up")
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listener, folder), daemon=True).start()
    port = listener.getsockname()[1]
    store = Store(StoreSettings(url=SecretStr(f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database}")))
    outcome: list[str] = []

    def work() -> None:
        try:
            store.read_now(lose)
            outcome.append("not lost")
        except StoreError:
            outcome.append("noticed")

    working = threading.Thread(target=work, daemon=True)
    working.start()
    working.join(60)
    link("up")
    for _ in range(100):
        try:
            store.read_now(lambda connection: connection.execute(text("SELECT 1")).scalar())
            outcome.append("back")
            break
        except StoreError:
            time.sleep(0.1)
    print(*outcome, flush=True)
    os._exit(0)  # whoever still waits is not waited for


main(*sys.argv[1:])
