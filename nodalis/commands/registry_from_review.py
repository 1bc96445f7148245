"""``nodalis registry`` on the reports of the review page instead of files: what needs nobody, or what people accepted or corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ..exits import Exit, FatalError, say, unexpected
from ..pipeline import Tally
from ..registry.abstract import Abstract, abstract
from ..service.extraction import Extractor
from ..service.operator import Operator
from ..service.reviewed import leaving
from ..settings import Settings
from ..store import Store, StoreError
from ..store.decisions import settled
from ..store.overview import open_reports
from .registry import Source, Wanted, write
from .registry_cohort import tell
from .registry_compare import beside


def export(settings: Settings, output: Path, wanted: Wanted, since: datetime | None, rules: Path | None) -> Exit:
    """Write their abstracts."""
    tally = Tally()
    with _opened(settings) as store:
        sources = _sources(settings, store, f"naaccr-{wanted.form.format}", since, rules)
        write(_abstracts(sources, wanted.edition, tally), output, wanted.form)
        left = store.read_now(open_reports)
    said = f"{tally.accepted} abstract{'s' * (tally.accepted != 1)} in {output}"
    say(said + (f", without the {left} open on the review page" if left else ""))
    return Exit.SOME_FAILED if tally.failed else Exit.REVIEW if left else Exit.OK


def compare(settings: Settings, abstracts: Path, out: Path, items: Sequence[str], quotes: bool, rules: Path | None) -> Exit:
    """Compare a registry's abstracts with them."""
    with _opened(settings) as store:
        return beside(abstracts, _sources(settings, store, "compare", None, rules), out, items, quotes, Tally())


def cohort(settings: Settings, name: str | None, format: str, output: Path | None, quotes: bool, rules: Path | None) -> Exit:
    """Find those of a cohort."""
    with _opened(settings) as store:
        found = _sources(settings, store, f"cohort-{format}", None, rules)
        return tell(((source.id, source.report) for source in found), name, format, output, quotes, Tally())


def _abstracts(sources: Iterable[Source], edition: str, tally: Tally) -> Iterator[Abstract]:
    for source in sources:
        try:
            one = abstract(source.report, source.context, edition)
        except Exception as error:  # one report that cannot be abstracted must not stop the others
            tally.fail(source.origin, unexpected(error))
        else:
            tally.accepted += 1
            yield one


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    try:
        with closing(Store(settings.store)) as store:
            yield store
    except StoreError as error:
        raise FatalError(f"store: {error}") from None


def _sources(settings: Settings, store: Store, format: str, since: datetime | None, rules: Path | None) -> Iterator[Source]:
    """The reports that are settled; that they leave the store stands in the audit before they do."""
    extractor = Extractor(settings.reading.with_rules(rules))
    listing = partial(settled, since=since.replace(tzinfo=UTC) if since else None)
    for found, seen in leaving(store, extractor, Operator(settings.store).leaving(format), listing):
        if seen.settled and seen.report and seen.context:  # else it became something else in between
            yield Source(f"report {found.item.id}", seen.context.report_id, seen.report, seen.context)
