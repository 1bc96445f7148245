"""The samples as a hospital would send them: each report of another patient and another day, as one transaction."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from fhir_export import Context, dumps, to_bundle
from parser import parse
from parser.model import Report
from tests.receivers.paths import SAMPLES

ISSUER = "urn:nodalis:samples"
RECORDED = "2026-03-03T09:00:00Z"

_FIRST_DAY, _DAYS = date(2024, 1, 1), 731  # the years 2024 and 2025


@dataclass(frozen=True, slots=True)
class Delivery:
    """One report on its way to a server."""

    name: str  # of the sample, and the number of the report
    patient: str  # id of the Patient
    effective: date
    report: Report
    transaction: str  # JSON
    resources: tuple[str, ...]  # "Observation/<id>" of every entry


@cache
def deliveries() -> tuple[Delivery, ...]:
    """Every sample that gives a resource. The day comes from the name, so that a new sample moves no other."""
    found = (deliver(path.stem, path.read_bytes().decode("utf-8")) for path in sorted(SAMPLES.glob("*.txt")))
    return tuple(delivery for delivery in found if delivery.resources)


def deliver(name: str, text: str) -> Delivery:
    """A text as the report ``name``."""
    report = parse(text)
    patient = name.replace("_", "-")
    effective = _FIRST_DAY + timedelta(days=zlib.crc32(name.encode()) % _DAYS)
    context = Context(report_id=name, issuer=ISSUER, subject=f"Patient/{patient}", effective=effective.isoformat(), recorded=RECORDED)
    transaction = dumps(to_bundle(report, context, form="transaction")).decode()
    entries = json.loads(transaction).get("entry", [])
    resources = tuple(f"{entry['resource']['resourceType']}/{entry['resource']['id']}" for entry in entries)
    return Delivery(name, patient, effective, report, transaction, resources)


def patients(of: Iterable[Delivery]) -> dict[str, str]:
    """Path and JSON of the Patient of each delivery: a server may refuse a reference to nobody."""
    ids = dict.fromkeys(delivery.patient for delivery in of)
    return {f"Patient/{id_}": json.dumps({"resourceType": "Patient", "id": id_}) for id_ in ids}
