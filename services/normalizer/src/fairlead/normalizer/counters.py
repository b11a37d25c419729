"""What the normalizer counts."""

from collections.abc import Iterable

from fairlead.shared.runtime.metrics import ANSWERS, OWN, WAITS, Counter, Gauge, Histogram, told


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
        self.counts = Counter(
            "fairlead_counts_total",
            "Counts of tokens that clients asked for: answered by a provider, counted here, or why not.",
            ("client", "result"),
        )
        self.tokens = Counter("fairlead_tokens_total", "Tokens as providers counted them.", ("provider", "kind"))
        self.rejected = Counter(
            "fairlead_queue_rejected_total",
            "Calls that a provider's configured limits did not let through.",
            ("provider", "kind"),
        )
        self.renewals = Counter(
            "fairlead_credential_renewals_total",
            "Tokens that were to be renewed: renewed or failed.",
            ("login", "result"),
        )
        self.translation = Histogram(
            "fairlead_translation_seconds", "Time to put a request into its provider's words.", (), OWN
        )
        self.overhead = Histogram(
            "fairlead_overhead_seconds",
            "Time from a whole request to its last call: translation, credential, queue, pauses between calls.",
            (),
            OWN,
        )
        self.credentials = Histogram(
            "fairlead_credential_seconds",
            "Time until the credential for a call was there; most are, some are renewed first.",
            ("provider",),
            OWN,
        )
        self.queue = Histogram(
            "fairlead_queue_seconds",
            "Time a call waited for one of the places of a provider, of those with a limit.",
            ("provider",),
            WAITS,
        )
        self.durations = Histogram(
            "fairlead_request_duration_seconds", "Time from a request to the end of its answer.", ("provider",), ANSWERS
        )
        self.first_bytes = Histogram(
            "fairlead_first_byte_seconds",
            "Time from a provider's call to the first content of its answer.",
            ("provider",),
            WAITS,
        )

    def told(self, gauges: Iterable[Gauge] = ()) -> bytes:
        """The body of `GET /metrics`; `gauges` are what is to be read besides."""
        lost = (self.losses, self.answer_losses)
        counted = (
            self.requests,
            self.failures,
            self.retries,
            *lost,
            self.violations,
            self.keys,
            self.counts,
            self.tokens,
        )
        queue = (self.rejected, self.renewals)
        times = (self.translation, self.credentials, self.queue, self.overhead, self.durations, self.first_bytes)
        return told((*counted, *queue, *times, *gauges))
