"""``nodalis registry compare``: a registry's abstracts beside the reports, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from fhir_export import Context
from parser.staging import editions

from .. import __version__
from ..context_csv import ContextCsv, load_context
from ..exits import Exit, FatalError, UsageError, complain, say, unexpected
from ..files import whole_file
from ..pipeline import Reading, Tally, load_rules, readings
from ..readers import Columns, ReadError
from ..registry.abstract import abstract
from ..registry.audit import Audit
from ..registry.audit_tables import print_audit
from ..registry.matching import EDITION, REPORT_NUMBERS, Index, of_another_patient
from ..registry.packed import unpacked
from ..registry.reabstraction import compare
from ..registry.reading import Existing, read
from ..surroundings import ISSUER, Layer, context_of
from .registry import Source


def run(
    abstracts: Path,
    reports: Sequence[str],
    columns: Columns,
    out: Path,
    items: Sequence[str],
    quotes: bool,
    sheet: Path | None,
    rules: Path | None,
) -> Exit:
    """Compare with the reports of files, and write the page and the tables into a folder."""
    tally = Tally()
    table = load_context(sheet) if sheet else None
    found = _of_files(readings(reports, load_rules(rules), tally, columns=columns), table, tally)
    return beside(abstracts, found, out, items, quotes, tally)


def beside(abstracts: Path, sources: Iterable[Source], out: Path, items: Sequence[str], quotes: bool, tally: Tally) -> Exit:
    """Compare, and write the page and the tables into a folder."""
    index = Index(items or REPORT_NUMBERS)
    whole = _read(abstracts, index)
    if index.without_number == index.tumors:
        raise UsageError(f"{abstracts}: no tumour holds {' or '.join(index.items)}: name the item of the report number with --by")
    audit = Audit(index)
    for source in sources:
        try:
            _take(audit, source)
            tally.count(source.report)
        except Exception as error:  # one report that cannot be coded must not stop the others
            tally.fail(source.origin, unexpected(error))
    audit.settle()
    _write(audit, out, quotes)
    print_audit(audit)
    say(f"wrote {out}")
    return Exit.OK if whole and not tally.failed else Exit.SOME_FAILED


def _of_files(found: Iterable[Reading], table: ContextCsv | None, tally: Tally) -> Iterator[Source]:
    """The reports with what is known of them besides."""
    base = Context(report_id="-", issuer=ISSUER, software=f"Nodalis {__version__}")
    for reading in found:
        document = reading.document
        layers = [Layer("context: ", document.context), *([table.take(document.id)] if table else [])]
        try:
            yield Source(document.origin, document.id, reading.report, context_of(document.id, layers, base))
        except ValueError as error:  # says what was expected where, never the value
            tally.fail(document.origin, str(error))


def _read(path: Path, index: Index) -> bool:
    """Take in the tumours of a file; False where it could not be read to its end."""
    with unpacked(path) as stream:
        for item in read(stream, str(path)):
            if isinstance(item, Existing):
                index.add(item)
            elif index.tumors:
                complain(str(item))
                return False
            else:
                raise FatalError(str(item), code=Exit.SOME_FAILED)
    if not index.tumors:
        raise FatalError(str(ReadError(str(path), "holds no tumour")), code=Exit.SOME_FAILED)
    return True


def _take(audit: Audit, source: Source) -> None:
    """Find the tumour of a report and compare them, by the edition that the registry codes."""
    context = source.context
    found = audit.index.find({source.id, context.report_id, *([context.accession.value] if context.accession else [])})
    if len(found.tumors) != 1:
        audit.pass_over(found)
    elif of_another_patient(found.tumors[0], context.birth_date):
        audit.refuse(found)
    else:
        edition = _edition(found.tumors[0])
        audit.take(found, compare(found.tumors[0], abstract(source.report, context, edition), edition))


def _edition(existing: Existing) -> str:
    """The edition that the registry names, where we have its table; else the current one."""
    wanted = f"AJCC {(existing.value(EDITION) or '').lstrip('0')}"
    return wanted if wanted in editions() else editions()[-1]


def _write(audit: Audit, out: Path, quotes: bool) -> None:
    from ..registry import audit_files, audit_page

    with whole_file(out / "differences.csv") as stream:
        audit_files.write_csv(stream, audit, quotes)
    with whole_file(out / "differences.jsonl") as stream:
        audit_files.write_json_lines(stream, audit, quotes)
    with whole_file(out / "summary.json") as stream:
        audit_files.write_summary(stream, audit)
    with whole_file(out / "summary.html") as stream:
        stream.write(audit_page.page(audit, quotes).encode("utf-8"))
