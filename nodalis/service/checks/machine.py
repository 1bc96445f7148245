"""What the machine must offer: the rules, programs for PDF, open files, a clock."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.util import find_spec

from parser.grammar import GrammarError, load_grammar

from ...exits import UsageError
from ...pipeline import editions_of
from ...settings import Settings
from .finding import Finding, ok, problem, warning

_FILES_BESIDE_CONNECTIONS = 128
_OLDEST = datetime(2026, 11, 1, tzinfo=UTC)  # this software is not older


def rules(settings: Settings) -> Iterator[Finding]:
    """Whether reports can be read and staged as asked for."""
    try:
        count = len(load_grammar(settings.reading.grammar).rules)
    except (GrammarError, OSError):
        yield problem("reading.grammar", "cannot be used", "see `nodalis grammar check PATH`")
    else:
        yield ok("reading.grammar", f"{count} rules")
    try:
        editions_of([settings.reading.edition])
    except UsageError:
        yield problem("reading.edition", "is none that is known", 'take "AJCC 8" or leave it out')


def programs(settings: Settings) -> Iterator[Finding]:
    """Optional programs: without them a report is not lost, it needs review."""
    if find_spec("pypdfium2"):
        yield ok("pdf", "reports in PDF are read")
    else:
        yield warning("pdf", "reports in PDF are not read", "pip install 'nodalis[pdf]'")
    if shutil.which("tesseract"):
        yield ok("tesseract", "scanned pages are read, and need review")
    else:
        yield warning("tesseract", "scanned pages are not read", "install tesseract-ocr, if laboratories send scans")


def limits(settings: Settings) -> Iterator[Finding]:
    """Whether a process may have as many connections open as the settings allow."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.mllp.max_connections + _FILES_BESIDE_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        yield warning("open files", f"{soft} are allowed, {wanted} may be needed", f"LimitNOFILE={2 * wanted} in the unit")
    else:
        yield ok("open files", f"{wanted} may be needed, and more are allowed")


def clock(settings: Settings) -> Iterator[Finding]:
    """Whether the clock was ever set; the FHIR server's is compared elsewhere."""
    if datetime.now(UTC) < _OLDEST:
        yield problem("clock", "is before this software was made", "set it, and keep it with NTP")
