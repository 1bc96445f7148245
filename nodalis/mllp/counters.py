"""What the listener counts, as metrics of Prometheus: numbers and words of closed lists, never a name or an id."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Counters:
    """The metrics of one listener, in the registry they are told from."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.connections = Gauge("nodalis_mllp_connections", "Connections that are open", registry=registry)
        self.refused = Counter("nodalis_mllp_refused", "Connections that were refused, by reason", ["reason"], registry=registry)
        self.closed = Counter("nodalis_mllp_closed", "Connections that ended, by reason", ["reason"], registry=registry)
        self.dropped = Counter("nodalis_mllp_dropped_bytes", "Bytes that belonged to no message", registry=registry)
        self.received = Counter("nodalis_mllp_received_bytes", "Bytes of messages", registry=registry)
        self.answers = Counter("nodalis_mllp_answers", "Messages by their answer, if one is wanted", ["code"], registry=registry)
        self.duplicates = Counter("nodalis_mllp_duplicates", "Messages that had come before", registry=registry)
        self.reused = Counter("nodalis_mllp_reused_control_ids", "Messages with a control id that another message had", registry=registry)
        self.seconds = Histogram(
            "nodalis_mllp_answer_seconds", "From the last byte of a message to its answer", registry=registry, buckets=_SECONDS
        )
