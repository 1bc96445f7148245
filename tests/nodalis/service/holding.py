"""What a FHIR server holds of a report after each of its versions."""

from __future__ import annotations

import json
from typing import Any

from nodalis.service.extraction import Extractor
from nodalis.store.work import Sent, State


def sent_by(state: State) -> Sent:
    return Sent(state.digest, state.resources)


def entries(state: State) -> list[dict[str, Any]]:
    """The entries of the transaction of a state, each about another resource."""
    assert state.bundle is not None
    bundle = json.loads(state.bundle)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    found: list[dict[str, Any]] = bundle["entry"]
    urls = [entry["request"]["url"] for entry in found]
    assert len(set(urls)) == len(urls)
    return found


def category(report: dict[str, Any]) -> set[str]:
    """The pN of a DiagnosticReport's conclusion."""
    return {word.rstrip(".;,") for word in report["conclusion"].split() if word.startswith("pN")}


class Server:
    """What a FHIR server has of a report, and what the store knows of it."""

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor
        self.versions: list[bytes] = []
        self.sent: Sent | None = None
        self.resources: dict[str, str] = {}

    def take(self, payload: bytes) -> State:
        """Extract with one more version, and deliver."""
        self.versions.append(payload)
        state = self.extractor.extract(self.versions, self.sent)
        if state.bundle is not None:
            for entry in entries(state):
                url = entry["request"]["url"]
                if entry["request"]["method"] == "DELETE":
                    del self.resources[url]
                else:
                    self.resources[url] = json.dumps(entry["resource"], sort_keys=True)
            self.sent = sent_by(state)
            assert tuple(sorted(self.resources)) == state.resources
        return state
