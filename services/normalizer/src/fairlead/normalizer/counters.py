"""What the normalizer counts."""

from collections.abc import Iterable

from msgspec import Struct

from fairlead.shared.runtime.metrics import (
    ANSWERS,
    OWN,
    WAITS,
    Counter,
    Histogram,
    Metric,
    counter,
    histogram,
    told,
)


class Counters(Struct):
    """Everything the normalizer counts. Models are no label: clients may name any number of them."""

    requests: Counter = counter(
        "fairlead_requests_total", "Requests of clients by what became of them.", ("client", "provider", "outcome")
    )
    failures: Counter = counter("fairlead_failures_total", "Failures told to clients.", ("provider", "kind"))
    retries: Counter = counter("fairlead_retries_total", "Calls made once more.", ("provider", "kind"))
    losses: Counter = counter(
        "fairlead_losses_total", "Things requests said that their provider's dialect cannot.", ("provider", "what")
    )
    answer_losses: Counter = counter(
        "fairlead_answer_losses_total", "Things answers said that their client's dialect cannot.", ("provider", "what")
    )
    violations: Counter = counter(
        "fairlead_grammar_violations_total", "Repairs of streams that broke their grammar.", ("provider", "name")
    )
    keys: Counter = counter(
        "fairlead_key_requests_total", "Requests by the name of their client key.", ("key", "outcome")
    )
    counts: Counter = counter(
        "fairlead_counts_total",
        "Counts of tokens that clients asked for: answered by a provider, counted here, or why not.",
        ("client", "result"),
    )
    tokens: Counter = counter("fairlead_tokens_total", "Tokens as providers counted them.", ("provider", "kind"))
    rejected: Counter = counter(
        "fairlead_queue_rejected_total",
        "Calls that a provider's configured limits did not let through.",
        ("provider", "kind"),
    )
    renewals: Counter = counter(
        "fairlead_credential_renewals_total", "Tokens that were to be renewed: renewed or failed.", ("login", "result")
    )
    translation: Histogram = histogram(
        "fairlead_translation_seconds", "Time to put a request into its provider's words.", (), OWN
    )
    overhead: Histogram = histogram(
        "fairlead_overhead_seconds",
        "Time from a whole request to its last call: translation, credential, queue, pauses between calls.",
        (),
        OWN,
    )
    credentials: Histogram = histogram(
        "fairlead_credential_seconds",
        "Time until the credential for a call was there; most are, some are renewed first.",
        ("provider",),
        OWN,
    )
    queue: Histogram = histogram(
        "fairlead_queue_seconds",
        "Time a call waited for one of the places of a provider, of those with a limit.",
        ("provider",),
        WAITS,
    )
    durations: Histogram = histogram(
        "fairlead_request_duration_seconds", "Time from a request to the end of its answer.", ("provider",), ANSWERS
    )
    first_bytes: Histogram = histogram(
        "fairlead_first_byte_seconds",
        "Time from a provider's call to the first content of its answer.",
        ("provider",),
        WAITS,
    )

    def all(self) -> tuple[Metric, ...]:
        """In the order they are told."""
        return tuple([getattr(self, name) for name in self.__struct_fields__])

    def told(self, gauges: Iterable[Metric] = ()) -> bytes:
        """The body of `GET /metrics`; `gauges` are what is to be read besides."""
        return told((*self.all(), *gauges))
