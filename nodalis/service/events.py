"""What the interface engine logs: each event with what it means, which docs/deploy.md shows to whoever is on call.

The list is closed, since an event is a text of a log line: any other is never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..store import Alarm

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the process
        "listening": "the listener takes connections",
        "draining": "the service was asked to end and finishes what is under way",
        "stopped": "the service has ended",
        "worker_ended": "a process that reads reports ended by itself and was replaced; its report is read once more, then needs review",
        # peers and messages
        "mllp.connected": "a peer connected",
        "mllp.closed": "a connection ended, with the reason and the number of bytes that were no whole message",
        "mllp.refused": "a connection was refused, with the reason; add the address to the peer if it is one",
        "mllp.failed": "an error that should not happen, on one connection; please report it",
        "acknowledged": "a message was answered: AA it is on the disk, AE it is to be sent again, AR it can never be read",
        "crowded": "more messages wait to be read than `mllp.max_waiting`; no other is taken until there are fewer",
        "control_id_reused": "a peer used the control id of an earlier message for another one; both are kept",
        "quarantined": "a message can never be read; it is kept, and a person must look at it",
        "extracted": "a report was read",
        "review": "a report needs a person, for this reason",
        "alarm": "somebody must be told of a report: `wrong_patient`, `number_reused` or `withdrawn`, see the alarms",
        # delivery
        "delivered": "the FHIR server has what a report says",
        "delivery_retry": "the FHIR server did not take a bundle; it is sent again after `wait` seconds",
        "delivery_dead": "a bundle is not sent again by itself; a person must look at it and replay the message",
        "delivery_failed": "an error that should not happen, in one delivery; it is tried again; please report it",
        "delivery_not_recorded": "the FHIR server took a bundle, and the store could not be written; it is written as soon as it can be",
        "deliveries_not_read": "the store could not be read; deliveries go on as soon as it can be",
        "fhir_server_down": "the FHIR server is taken to be down; nothing is lost, messages wait",
        "fhir_server_back": "the FHIR server answers again",
        "certificates_renewed": "new files of certificates are in use",
        "certificates_not_usable": "new files of certificates cannot be used; the old ones stay in use until they can",
        # the store
        "store_down": "the store cannot be written: every message is answered AE until it can be",
        "cleaned": "messages older than `store.keep_days` were deleted",
        # HTTP
        "request": "a request was answered",
        "denied": "a request had no valid key or token, or not the role it needs",
        "request_failed": "an error that should not happen, in one request; please report it",
        # what should not happen
        "library": "a library logged something: its name and the level; its words may hold PHI and are never written",
        "warning": "Python warned, at this place",
        "fault": "an error that should not happen, with its type and place; please report it",
        "unlisted": "an event that is in no list; please report it",
    }
)

ALARMS: Final[Mapping[Alarm, str]] = MappingProxyType(
    {
        Alarm.WRONG_PATIENT: "a report was taken back as reported by mistake, such as for the wrong patient (OBX-11 W)",
        Alarm.NUMBER_REUSED: "versions of one report number name different patients",
        Alarm.WITHDRAWN: "what was on the FHIR server of a report was deleted, since a later version of it needs review",
        Alarm.NOT_DELIVERED: "the FHIR server refused a report, or did not take it for 24 h",
        Alarm.CONTROL_ID_REUSED: "a sender used one control id for two messages; both are kept",
    }
)
"""Each kind of alarm with what it means, as ``nodalis queue alarms`` lists them."""
