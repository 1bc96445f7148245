"""``nodalis registry export --from-review``: abstracts of the reports of the review page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ..exits import Exit, FatalError, say
from ..pipeline import Tally
from ..service.extraction import Extractor
from ..service.reviewed import Leaving, leaving
from ..settings import Settings
from ..store import Store, StoreError
from ..store.audit import Audit
from ..store.audit_key import AuditKey
from ..store.overview import open_reports
from .account import operator
from .registry import Source, Wanted, write


def export(settings: Settings, output: Path, wanted: Wanted, since: datetime | None, rules: Path | None) -> Exit:
    """Write the abstracts of the reports that need nobody, or that people accepted or corrected."""
    tally = Tally()
    try:
        with closing(Store(settings.store)) as store:
            write(sources(settings, store, f"naaccr-{wanted.form.format}", since, rules), output, wanted, tally)
            left = store.read_now(open_reports)
    except StoreError as error:
        raise FatalError(f"store: {error}") from None
    said = f"{tally.accepted} abstract{'s' * (tally.accepted != 1)} in {output}"
    say(said + (f", without the {left} open on the review page" if left else ""))
    return Exit.SOME_FAILED if tally.failed else Exit.REVIEW if left else Exit.OK


def sources(settings: Settings, store: Store, format: str, since: datetime | None = None, rules: Path | None = None) -> Iterator[Source]:
    """The reports that are settled; that they leave the store stands in the audit before they do."""
    reading = settings.reading.model_copy(update={"grammar": rules}) if rules else settings.reading
    who = Leaving(Audit(AuditKey(settings.store)), operator(), format)
    for report_id, seen in leaving(store, Extractor(reading), who, since.replace(tzinfo=UTC) if since else None):
        if seen.report and seen.context:
            yield Source(f"report {report_id}", seen.report, seen.context)
