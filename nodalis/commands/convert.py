"""``nodalis convert``: reports -> FHIR R4, one Bundle a report or one NDJSON file a resource type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..exits import Exit, FatalError, say, unexpected
from ..files import Names, NdjsonFiles, whole_file
from ..pipeline import Reading, Tally, editions_of, load_rules, readings
from ..readers import ReadError

if TYPE_CHECKING:
    from fhir_export import Context
    from fhir_export.bundle import BundleForm
    from fhir_export.elements import JsonObject

_SAMPLE_EVERY = 50
_PROBLEMS_SHOWN = 3
Write = Callable[[Reading, "Context", bool], None]  # the last: whether to check the shape


def run(
    inputs: Sequence[str], out: Path, format: str, edition: str, form: BundleForm, validate: str, issuer: str, rules: Path | None
) -> Exit:
    """Write the resources of every report."""
    (edition,) = editions_of([edition])
    grammar = load_rules(rules)
    if out.exists() and not out.is_dir():
        raise FatalError(f"{out}: not a folder")
    tally = Tally()
    with _bundles(out, form) if format == "bundle" else _ndjson(out) as write:
        for number, reading in enumerate(readings(inputs, grammar, tally)):
            checked = validate == "all" or (validate == "sample" and number % _SAMPLE_EVERY == 0)
            problem = _problem(reading, write, edition, issuer, checked)
            if problem:
                tally.fail(ReadError(reading.document.origin, problem))
            else:
                tally.count(reading.report)
    say(f"{tally}; FHIR in {out}")
    return tally.exit


def _problem(reading: Reading, write: Write, edition: str, issuer: str, checked: bool) -> str | None:
    """Write one report; what went wrong with it, in words without report text."""
    from fhir_export import Context, ExportError

    try:
        context = Context(report_id=reading.document.id, issuer=issuer, edition=edition, software=f"Nodalis {__version__}")
    except ValueError as error:  # its message names the argument and what was expected, never the value
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
def _bundles(out: Path, form: BundleForm) -> Iterator[Write]:
    from fhir_export import dumps, to_bundle

    names = Names()

    def write(reading: Reading, context: Context, checked: bool) -> None:
        bundle = to_bundle(reading.report, context, form=form)
        if checked:
            _ensure_shape(bundle)
        with whole_file(out / f"{names.name(reading.document.id)}.json", durable=False) as stream:
            stream.write(dumps(bundle))

    yield write


@contextmanager
def _ndjson(out: Path) -> Iterator[Write]:
    from fhir_export import dumps, to_resources

    with NdjsonFiles(out) as files:

        def write(reading: Reading, context: Context, checked: bool) -> None:
            resources = to_resources(reading.report, context)
            for resource in resources if checked else ():
                _ensure_shape(resource)
            for kind, line in [(resource["resourceType"], dumps(resource)) for resource in resources]:
                files.write(kind, line)

        yield write


def _ensure_shape(resource: JsonObject) -> None:
    """Check the shape with fhir.resources; what does not fit is said element by element, never with a value."""
    from pydantic import ValidationError

    from fhir_export import ExportError, validate

    try:
        validate(resource)
    except ValidationError as error:
        found = [f"{'.'.join(map(str, item['loc']))} {item['type']}" for item in error.errors(include_input=False, include_url=False)]
        raise ExportError(f"not valid FHIR, {resource['resourceType']}: {'; '.join(found[:_PROBLEMS_SHOWN])}") from None
