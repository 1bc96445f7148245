"""The approved outputs of samples/, and the code systems of our own: what the project says, as files whose diff a review reads.

    python tests/samples/approve.py            rewrite samples/approved/ and docs/terminology/ (the same as `make approve`)
    python tests/samples/approve.py --check    say what differs and change nothing

For each samples/NAME.txt there is NAME.report.json, the row of `nodalis extract`, and NAME.bundle.json, its FHIR Bundle; for each
system of our own docs/terminology/CodeSystem-NAME.json. The digest of the rules and the version are left out: they change with every
rule, and would hide what changes with it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))  # the working tree, also where another version is installed

from fhir_export import Context, to_bundle  # noqa: E402
from fhir_export.terminology import code_systems  # noqa: E402
from nodalis.output import row  # noqa: E402
from parser import parse  # noqa: E402

SAMPLES = ROOT / "samples"
APPROVED = SAMPLES / "approved"
TERMINOLOGY = ROOT / "docs" / "terminology"
_CHANGING = ("grammar", "nodalis")


def samples() -> list[Path]:
    """The samples that have approved outputs."""
    return sorted(SAMPLES.glob("*.txt"))


def outputs(sample: Path) -> Iterator[tuple[Path, bytes]]:
    """The approved files of a sample, and what they should hold."""
    report = parse(sample.read_bytes().decode("utf-8"))
    facts = {key: value for key, value in row(sample.stem, report).items() if key not in _CHANGING}
    yield APPROVED / f"{sample.stem}.report.json", _json(facts)
    context = Context(
        report_id=sample.stem,
        issuer="urn:nodalis:samples",
        subject="Patient/sample",
        effective="2026-03-02",
        recorded="2026-03-03T09:00:00Z",
    )
    yield APPROVED / f"{sample.stem}.bundle.json", _json(to_bundle(replace(report, grammar="sha256:of-the-rules"), context))


def everything() -> dict[Path, bytes]:
    """Every approved file, and what it should hold."""
    terminology = {TERMINOLOGY / f"CodeSystem-{found['id']}.json": _json(found) for found in code_systems()}
    return terminology | {path: content for sample in samples() for path, content in outputs(sample)}


def differences() -> Iterator[tuple[Path, bytes | None]]:
    """The files that are not as they should be, with what they should hold; None for files without a sample."""
    expected = everything()
    for path, content in expected.items():
        if not path.is_file() or path.read_bytes() != content:
            yield path, content
    for path in sorted([*APPROVED.glob("*.json"), *TERMINOLOGY.glob("*.json")]):
        if path not in expected:
            yield path, None


def main(arguments: list[str]) -> int:
    """Rewrite what differs, or with --check only name it."""
    check = arguments == ["--check"]
    found = 0
    if not check:
        APPROVED.mkdir(exist_ok=True)
        TERMINOLOGY.mkdir(exist_ok=True)
    for path, content in differences():
        found += 1
        print(f"{'differs' if check else 'rewritten' if content is not None else 'removed'}: {path.relative_to(ROOT)}")
        if check:
            continue
        if content is not None:
            path.write_bytes(content)
        else:
            path.unlink()
    print(f"{found} of {len(everything())} approved files {'differ' if check else 'changed'}")
    return int(check and found > 0)


def _json(value: object) -> bytes:
    """Indented JSON; decimals digit for digit."""

    def decimal(number: object) -> orjson.Fragment:
        if isinstance(number, Decimal):
            return orjson.Fragment(format(number, "f").encode())
        raise TypeError(type(number).__name__)

    return orjson.dumps(value, default=decimal, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
