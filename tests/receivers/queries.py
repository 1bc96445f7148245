"""queries.toml as frozen values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.receivers.paths import HERE

SERVERS = ("sekmet", "medplum")


@dataclass(frozen=True, slots=True)
class Query:
    """One question, and how each server is asked."""

    name: str
    question: str
    url: str
    finds: Literal["reports", "resources"]
    limits: Mapping[str, Limit]  # by server

    def urls(self, server: str) -> tuple[str, ...]:
        """What to ask this server; nothing where it cannot answer."""
        limit = self.limits.get(server)
        return limit.urls if limit else (self.url,)


@dataclass(frozen=True, slots=True)
class Limit:
    """Why a server cannot do the URL of a query, and what it can do instead."""

    reason: str
    urls: tuple[str, ...]


def queries() -> tuple[Query, ...]:
    """All queries, in the order of the file."""
    with (HERE / "queries.toml").open("rb") as file:
        return tuple(_query(entry) for entry in tomllib.load(file)["query"])


def _query(entry: dict[str, Any]) -> Query:
    unknown = set(entry) - {"name", "question", "url", "finds", *SERVERS}
    if unknown:
        raise ValueError(f"queries.toml, {entry.get('name')}: unknown keys {sorted(unknown)}")
    limits = {server: Limit(entry[server]["reason"], tuple(entry[server].get("urls", ()))) for server in SERVERS if server in entry}
    return Query(entry["name"], entry["question"], entry["url"], entry.get("finds", "reports"), limits)
