"""What the delivery counts, as metrics of Prometheus: numbers and words of closed lists, never a name or an id."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Counters:
    """The metrics of one delivery, in the registry they are told from."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.outcomes = Counter(
            "nodalis_deliveries", "Bundles sent, by what became of them: delivered, retry, dead", ["outcome"], registry=registry
        )
        self.in_flight = Gauge("nodalis_deliveries_in_flight", "Bundles on their way", registry=registry)
        self.server_down = Gauge("nodalis_fhir_server_down", "1 while the FHIR server is taken to be down", registry=registry)
        self.seconds = Histogram(
            "nodalis_delivery_seconds", "From sending a Bundle to what became of it", registry=registry, buckets=_SECONDS
        )
        for outcome in ("delivered", "retry", "dead"):
            self.outcomes.labels(outcome)  # there from the beginning, as zero
