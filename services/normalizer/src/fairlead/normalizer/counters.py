"""What the normalizer counts."""

from fairlead.shared.runtime.metrics import Counter, told


class Counters:
    """Everything the normalizer counts. Models are no label: clients may name any number of them."""

    def __init__(self) -> None:
        self.requests = Counter(
            "fairlead_requests_total", "Requests of clients by what became of them.", ("client", "provider", "outcome")
        )
        self.failures = Counter("fairlead_failures_total", "Failures told to clients.", ("provider", "kind"))
        self.retries = Counter("fairlead_retries_total", "Calls made once more.", ("provider", "kind"))
        self.losses = Counter(
            "fairlead_losses_total", "Things requests said that their provider's dialect cannot.", ("provider", "what")
        )
        self.answer_losses = Counter(
            "fairlead_answer_losses_total",
            "Things answers said that their client's dialect cannot.",
            ("provider", "what"),
        )
        self.violations = Counter(
            "fairlead_grammar_violations_total", "Repairs of streams that broke their grammar.", ("provider", "name")
        )
        self.keys = Counter(
            "fairlead_key_requests_total", "Requests by the name of their client key.", ("key", "outcome")
        )
        self.tokens = Counter("fairlead_tokens_total", "Tokens as providers counted them.", ("provider", "kind"))

    def told(self) -> bytes:
        """The body of `GET /metrics`."""
        lost = (self.losses, self.answer_losses)
        return told((self.requests, self.failures, self.retries, *lost, self.violations, self.keys, self.tokens))
