"""``nodalis convert``: reports -> FHIR, one Bundle a report or one NDJSON file a resource type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .. import __version__
from ..context_csv import ContextCsv, load_context
from ..exits import Exit, FatalError, UsageError, complain, say, unexpected
from ..files import Names, NdjsonFiles, whole_file
from ..pipeline import Reading, Tally, editions_of, load_rules, readings
from ..readers import Columns, Document, ReadError
from ..surroundings import ISSUER, Layer, context_of

if TYPE_CHECKING:
    from fhir_export import Context
    from fhir_export.bundle import BundleForm
    from fhir_export.context import FhirVersion, Profile
    from fhir_export.elements import JsonObject

_SAMPLE_EVERY = 50
_PROBLEMS_SHOWN = 3
Write = Callable[[Reading, "Context", bool], None]  # the last: whether to check the shape


def run(
    inputs: Sequence[str],
    columns: Columns,
    out: Path,
    *,
    format: str,
    form: str | None,
    validate: str,
    rules: Path | None,
    sheet: Path | None,
    flags: Mapping[str, str],
    with_text: bool,
    edition: str,
    fhir_version: FhirVersion,
    profile: Profile,
    international: bool,
    quotes: bool,
) -> Exit:
    """Write the resources of every report. ``flags`` hold for all of them, by names of ``surroundings.NAMES``."""
    (edition,) = editions_of([edition])
    if form and format != "bundle":
        raise UsageError("--form: only Bundles have one, that is --format bundle")
    base = _base(edition, fhir_version, profile, international, quotes)
    table = load_context(sheet) if sheet else None
    contexts = _Contexts(base, flags, table, with_text, _now() if form == "document" else None)
    grammar = load_rules(rules)
    if out.exists() and not out.is_dir():
        raise FatalError(f"{out}: not a folder")
    tally = Tally()
    with _bundles(out, form or "collection") if format == "bundle" else _ndjson(out) as write:
        for number, reading in enumerate(readings(inputs, grammar, tally, columns=columns)):
            checked = validate == "all" or (validate == "sample" and number % _SAMPLE_EVERY == 0)
            problem = _problem(reading, write, contexts, checked)
            if problem:
                tally.fail(ReadError(reading.document.origin, problem))
            else:
                tally.count(reading.report)
    if table:
        _say_unmatched(table)
    say(f"{tally}; FHIR in {out}")
    return tally.exit


def _base(edition: str, fhir_version: FhirVersion, profile: Profile, international: bool, quotes: bool) -> Context:
    """A context with all that is the same for every report."""
    from fhir_export import Context

    try:
        return Context(
            report_id="-",
            issuer=ISSUER,
            software=f"Nodalis {__version__}",
            edition=edition,
            fhir_version=fhir_version,
            profile=profile,
            international=international,
            include_quotes=quotes,
        )
    except ValueError as error:  # options that do not go together
        raise UsageError(str(error)) from None


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Contexts:
    """The contexts of the reports of one run."""

    def __init__(self, base: Context, flags: Mapping[str, str], table: ContextCsv | None, with_text: bool, now: str | None) -> None:
        self._base = base
        self._table = table
        self._with_text = with_text
        self._weakest = (Layer("--", flags), Layer("", {"recorded": now} if now else {}))
        self._numbers: set[tuple[str, str]] = set()
        # A wrong issuer stays what it was before there were other flags, a failure of each input.
        early = {name: value for name, value in flags.items() if name != "issuer"}
        try:
            context_of("-", [Layer("--", early)], base)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def of(self, document: Document) -> Context:
        """The context of one report: what its own row says, then the CSV, then the options.

        ValueError, without a value, for one that FHIR does not allow, and for a report number that another report has had.
        """
        sheet = [self._table.take(document.id)] if self._table else []
        context = context_of(document.id, [Layer("context: ", document.context), *sheet, *self._weakest], self._base)
        number = (context.issuer, context.report_id)
        if number in self._numbers:  # its resources would have the ids of the other's, and replace them on a server
            raise ValueError("another report has this report number already, left out")
        self._numbers.add(number)
        return replace(context, text=document.text) if self._with_text else context


def _say_unmatched(table: ContextCsv) -> None:
    if table.missing:
        complain(f"{table.path}: {table.missing} report{'s have' if table.missing > 1 else ' has'} no row", "warning")
    if table.left:
        complain(f"{table.path}: {table.left} row{'s have' if table.left > 1 else ' has'} no report", "warning")


def _problem(reading: Reading, write: Write, contexts: _Contexts, checked: bool) -> str | None:
    """Write one report; what went wrong with it, in words without report text."""
    from fhir_export import ExportError

    try:
        context = contexts.of(reading.document)
    except ValueError as error:  # its message says what was expected where, never the value
        return str(error)
    try:
        write(reading, context, checked)
    except ExportError as error:
        return str(error)
    except OSError:
        raise
    except Exception as error:  # one report that cannot be exported must not stop the others
        return unexpected(error)
    return None


@contextmanager
def _bundles(out: Path, form: str) -> Iterator[Write]:
    from fhir_export import dumps, to_bundle

    names = Names()

    def write(reading: Reading, context: Context, checked: bool) -> None:
        bundle = to_bundle(reading.report, context, form=cast("BundleForm", form))  # the command line lets no other through
        if checked:
            _ensure_right([bundle], context)
        with whole_file(out / f"{names.name(reading.document.id)}.json", durable=False) as stream:
            stream.write(dumps(bundle))

    yield write


@contextmanager
def _ndjson(out: Path) -> Iterator[Write]:
    from fhir_export import dumps, to_resources

    with NdjsonFiles(out) as files:

        def write(reading: Reading, context: Context, checked: bool) -> None:
            resources = to_resources(reading.report, context)
            if checked:
                _ensure_right(resources, context)
            for kind, line in [(resource["resourceType"], dumps(resource)) for resource in resources]:
                files.write(kind, line)

        yield write


def _ensure_right(resources: Sequence[JsonObject], context: Context) -> None:
    """Check a Bundle, or the resources of a report, by our own rules, which are those of R4, and their shape with fhir.resources.

    What is wrong is said place by place, never with a value.
    """
    from pydantic import ValidationError

    from fhir_export import ExportError, validate
    from fhir_export.checks import problems

    elsewhere = [item for item in (context.condition, context.specimen) if isinstance(item, str)]
    found = problems(resources, elsewhere) if context.fhir_version == "R4" else []
    for resource in resources:
        try:
            validate(resource, context.fhir_version)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)
            found += [f"{resource['resourceType']}.{'.'.join(map(str, item['loc']))} {item['type']}" for item in wrong]
    if found:
        raise ExportError(f"not valid FHIR: {'; '.join(found[:_PROBLEMS_SHOWN])}")
