"""``nodalis registry compare``: a registry's abstracts beside the reports, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fhir_export import Context
from parser.staging import editions

from .. import __version__
from ..context_csv import load_context
from ..exits import Exit, FatalError, UsageError, complain, say, unexpected
from ..files import whole_file
from ..pipeline import Reading, Tally, load_rules, readings
from ..progress import Progress
from ..readers import Columns, ReadError
from ..registry.abstract import abstract
from ..registry.audit import Audit
from ..registry.audit_tables import print_audit
from ..registry.matching import EDITION, REPORT_NUMBERS, Index, of_another_patient
from ..registry.packed import unpacked
from ..registry.reabstraction import compare
from ..registry.reading import Existing, read
from ..surroundings import ISSUER, Layer, context_of


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
    """Compare, and write the page and the tables into a folder."""
    grammar = load_rules(rules)
    table = load_context(sheet) if sheet else None
    index = Index(items or REPORT_NUMBERS)
    whole = _read(abstracts, index)
    if index.without_number == index.tumors:
        raise UsageError(f"{abstracts}: no tumour holds {' or '.join(index.items)}: name the item of the report number with --by")
    audit, tally = Audit(index), Tally()
    base = Context(report_id="-", issuer=ISSUER, software=f"Nodalis {__version__}")
    for reading in readings(reports, grammar, tally, columns=columns):
        document = reading.document
        layers = [Layer("context: ", document.context), *([table.take(document.id)] if table else [])]
        try:
            _take(audit, reading, context_of(document.id, layers, base))
            tally.count(reading.report)
        except ValueError as error:  # says what was expected where, never the value
            tally.fail(document.origin, str(error))
        except Exception as error:  # one report that cannot be coded must not stop the others
            tally.fail(document.origin, unexpected(error))
    audit.settle()
    _write(audit, out, quotes)
    print_audit(audit)
    say(f"wrote {out}")
    return Exit.OK if whole and not tally.failed else Exit.SOME_FAILED


def _read(path: Path, index: Index) -> bool:
    """Take in the tumours of a file; False where it could not be read to its end."""
    with (
        Progress(path.stat().st_size, lines=True, things="tumours") as progress,
        unpacked(path, lambda size: progress.advance(size, 0)) as stream,
    ):
        for item in read(stream, str(path)):
            if isinstance(item, Existing):
                index.add(item)
                progress.advance(0)
            elif index.tumors:
                complain(str(item))
                return False
            else:
                raise FatalError(str(item), code=Exit.SOME_FAILED)
    if not index.tumors:
        raise FatalError(str(ReadError(str(path), "holds no tumour")), code=Exit.SOME_FAILED)
    return True


def _take(audit: Audit, reading: Reading, context: Context) -> None:
    """Find the tumour of a report and compare them, by the edition that the registry codes."""
    found = audit.index.find({reading.document.id, context.report_id, *([context.accession.value] if context.accession else [])})
    if len(found.tumors) != 1:
        audit.pass_over(found)
    elif of_another_patient(found.tumors[0], context.birth_date):
        audit.refuse(found)
    else:
        edition = _edition(found.tumors[0])
        audit.take(found, compare(found.tumors[0], abstract(reading.report, context, edition), edition))


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
