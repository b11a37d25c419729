"""Everything the router counts."""

from fairlead.shared.runtime.metrics import Counter, Summary, told


class Metrics:
    """Models are no label: clients may name any number of them."""

    def __init__(self) -> None:
        self.requests = Counter(
            "fairlead_router_requests_total", "Requests of clients, by what became of them.", ("scenario", "result")
        )
        self.attempts = Counter(
            "fairlead_router_attempts_total", "Targets asked, by what they answered.", ("provider", "result")
        )
        self.keys = Counter(
            "fairlead_router_key_requests_total", "Requests by the name of their client key.", ("key", "result")
        )
        self.answer_losses = Counter(
            "fairlead_router_answer_losses_total",
            "Things answers said that their client's dialect cannot.",
            ("provider", "what"),
        )
        self.overhead = Summary(
            "fairlead_router_overhead_seconds", "Time the router itself took until an answer could begin."
        )

    def told(self) -> bytes:
        """The body of `GET /metrics`."""
        return told((self.requests, self.attempts, self.keys, self.answer_losses, self.overhead))
