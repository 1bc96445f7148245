"""What every worker process does first: it leaves signals of the terminal to its parent, and ends with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def serve_parent() -> None:
    """Make this process one that works for its parent only."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of the terminal: the first of them ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent is gone: nobody would ever read what it does."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
