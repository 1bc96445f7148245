"""Rows of the audit as FHIR R4 AuditEvents, with codes of DICOM as R4 lists them for ``type`` and ``subtype``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ..store.audit import AuditAction, Entry

_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_FAILED: Final = "4"  # of http://hl7.org/fhir/audit-event-outcome: minor failure
_DONE: Final = "0"


class _Kind(NamedTuple):
    type: str
    subtype: str | None
    action: str  # of http://hl7.org/fhir/audit-event-action: create, read, update, execute


_DISPLAYS: Final[Mapping[str, str]] = {
    "110101": "Audit Log Used",
    "110106": "Export",
    "110107": "Import",
    "110110": "Patient Record",
    "110112": "Query",
    "110113": "Security Alert",
    "110114": "User Authentication",
    "110122": "Login",
    "110123": "Logout",
    "110136": "Security Roles Changed",
    "110137": "User security Attributes Changed",
}
_KINDS: Final[Mapping[AuditAction, _Kind]] = {
    AuditAction.SIGN_IN: _Kind("110114", "110122", "E"),
    AuditAction.SIGN_IN_FAILED: _Kind("110114", "110122", "E"),
    AuditAction.SIGN_OUT: _Kind("110114", "110123", "E"),
    AuditAction.LIST: _Kind("110112", None, "E"),
    AuditAction.VIEW: _Kind("110110", None, "R"),
    AuditAction.DECIDE: _Kind("110110", None, "U"),
    AuditAction.UNDO: _Kind("110110", None, "U"),
    AuditAction.EXPORT: _Kind("110106", None, "R"),
    AuditAction.LOAD: _Kind("110107", None, "C"),
    AuditAction.REPLAY: _Kind("110106", None, "E"),
    AuditAction.ACCOUNT_ADDED: _Kind("110113", "110137", "C"),
    AuditAction.ACCOUNT_DISABLED: _Kind("110113", "110137", "U"),
    AuditAction.ACCOUNT_ENABLED: _Kind("110113", "110137", "U"),
    AuditAction.PASSWORD_CHANGED: _Kind("110113", "110137", "U"),
    AuditAction.ROLES_CHANGED: _Kind("110113", "110136", "U"),
    AuditAction.AUDIT_READ: _Kind("110101", None, "R"),
}


def audit_event(entry: Entry) -> dict[str, Any]:
    """A row as a resource. Its id is the number of the row, the report is named by its row in the store."""
    event, kind = entry.event, _KINDS[entry.event.action]
    address = event.detail.get("address")
    return {
        "resourceType": "AuditEvent",
        "id": f"nodalis-{entry.number}",
        "type": _coding(kind.type),
        **({"subtype": [_coding(kind.subtype)]} if kind.subtype else {}),
        "action": kind.action,
        "recorded": entry.at.isoformat(timespec="milliseconds"),
        "outcome": _FAILED if event.action is AuditAction.SIGN_IN_FAILED else _DONE,
        "agent": [{"altId": event.actor, "requestor": True, **({"network": {"address": address, "type": "2"}} if address else {})}],
        "source": {"observer": {"display": "Nodalis"}, "type": [_term("security-source-type", "4", "Application Server")]},
        "entity": [_entity(entry)],
    }


def _entity(entry: Entry) -> dict[str, Any]:
    """What was looked at or changed, with all details of the row."""
    event = entry.event
    details = {"event": event.action, **event.detail, "reason": event.reason, "seal": entry.seal.hex()}
    shown = [{"type": name, "valueString": str(value)} for name, value in details.items() if str(value).strip()]
    if event.report_id is not None:
        what = {"what": {"identifier": {"system": "urn:nodalis:report", "value": str(event.report_id)}}}
        return {
            **what,
            "type": _term("audit-entity-type", "2", "System Object"),
            "role": _term("object-role", "3", "Report"),
            "detail": shown,
        }
    if account := event.detail.get("account"):
        user = _term("object-role", "11", "Security User Entity")
        return {"type": _term("audit-entity-type", "1", "Person"), "role": user, "name": str(account), "detail": shown}
    return {"type": _term("audit-entity-type", "4", "Other"), "detail": shown}


def _coding(code: str) -> dict[str, str]:
    return {"system": _DICOM, "code": code, "display": _DISPLAYS[code]}


def _term(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": f"{_TERMS}/{system}", "code": code, "display": display}
