"""What the interface engine logs: each event with what it means, which docs/deploy.md shows to whoever is on call.

The list is closed, since an event is the one text of a log line that is not made from settings: any other is never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the process
        "listening": "the listener takes connections on this port",
        "draining": "the service was asked to end and finishes what is under way",
        "stopped": "the service has ended",
        "migrated": "the store has the tables of this version",
        "worker ended": "a process that reads reports ended by itself and was replaced; its report is read once more, then needs review",
        # peers
        "connected": "a peer connected",
        "disconnected": "a connection ended, with its number of messages and the reason",
        "refused": "a connection was refused: no address of a peer, no valid certificate, or too many connections",
        "frame dropped": "bytes that are no whole message were dropped; only their number is known",
        # messages
        "acknowledged": "a message was answered: AA it is on the disk, AE the sender must send again, AR it can never be read",
        "control id reused": "a peer used the control id of an earlier message for another one; both are kept",
        "quarantined": "a message can never be read; it is kept, and a person must look at it",
        "extracted": "a report was read",
        "review": "a report needs a person, for this reason; what may be sent of it says so",
        "alarm": "somebody must be told, such as of a report for the wrong patient: see `nodalis queue`",
        # delivery
        "delivered": "the FHIR server has what a report says",
        "delivery failed": "the FHIR server did not take a bundle; it is sent again",
        "dead": "a bundle will not be sent again by itself; a person must look at it and replay the message",
        "token": "a new access token was taken from the authorization server",
        "token failed": "the authorization server gave no access token",
        # the store
        "store failed": "the store cannot be written: every message is answered AE until it can be",
        "store recovered": "the store can be written again",
        "cleaned": "messages older than keep_days were deleted",
        # HTTP
        "request": "a request was answered",
        "denied": "a request had no valid key or token, or not the role it needs",
        # what should not happen
        "library": "a library logged something: its name and the level; its words may hold PHI and are never written",
        "warning": "Python warned, at this place",
        "fault": "an error that should not happen, with its type and place; please report it",
        "unlisted": "an event that is in no list; please report it",
    }
)
