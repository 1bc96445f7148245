"""Figures of the requests, as Prometheus reads them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)


class Measures:
    """Counts requests by route and status: closed lists, so that no caller can make more series."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter("nodalis_http_requests", "Requests.", ("route", "status"), registry=self.registry)
        self._seconds = Histogram("nodalis_http_seconds", "Seconds to answer.", ("route",), buckets=_SECONDS, registry=self.registry)

    def count(self, route: str, status: int, seconds: float) -> None:
        """Count a request; status 0 is none, since the caller went away."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures in the exposition format."""
        return generate_latest(self.registry)
