"""Everything the router counts."""

from collections.abc import Sequence

from msgspec import Struct

from fairlead.shared.runtime.metrics import (
    ANSWERS,
    OWN,
    WAITS,
    Counter,
    Histogram,
    Metric,
    Summary,
    counter,
    histogram,
    summary,
    told,
)


class Metrics(Struct):
    """Models are no label: clients may name any number of them. `gauges` are what is to be read besides."""

    gauges: Sequence[Metric] = ()
    requests: Counter = counter(
        "fairlead_router_requests_total", "Requests of clients, by what became of them.", ("scenario", "result")
    )
    attempts: Counter = counter(
        "fairlead_router_attempts_total", "Targets asked, by what they answered.", ("provider", "result")
    )
    counts: Counter = counter(
        "fairlead_router_counts_total",
        "Counts of tokens that clients asked for: answered by a provider, estimated here, or why not.",
        ("result",),
    )
    keys: Counter = counter(
        "fairlead_router_key_requests_total", "Requests by the name of their client key.", ("key", "result")
    )
    losses: Counter = counter(
        "fairlead_router_losses_total",
        "Things requests said that cannot be said on their way to the normalizer.",
        ("provider", "what"),
    )
    violations: Counter = counter(
        "fairlead_router_grammar_violations_total",
        "Repairs of streams that broke their grammar on the way from the normalizer.",
        ("provider", "name"),
    )
    answer_losses: Counter = counter(
        "fairlead_router_answer_losses_total",
        "Things answers said that their client's dialect cannot.",
        ("provider", "what"),
    )
    unrecorded: Counter = counter(
        "fairlead_router_usage_dropped_total", "Records of requests that could not be kept.", ("why",)
    )
    overhead: Histogram = histogram(
        "fairlead_router_overhead_seconds", "Time the router itself took until an answer could begin.", (), OWN
    )
    decision: Histogram = histogram(
        "fairlead_router_decision_seconds",
        "Time from a whole request to a decision: its facts, its tokens, the scenario, the order of targets.",
        (),
        OWN,
    )
    translation: Histogram = histogram(
        "fairlead_router_translation_seconds",
        "Time to write a request for a target: anew in OpenAI's chat, or as the client wrote it (native).",
        ("lane",),
        OWN,
    )
    durations: Histogram = histogram(
        "fairlead_router_request_duration_seconds",
        "Time from a request to the end of its answer, of those that were decided.",
        ("scenario",),
        ANSWERS,
    )
    first_bytes: Histogram = histogram(
        "fairlead_router_first_byte_seconds",
        "Time from a request to the first content of its answer, by the provider that gave it.",
        ("provider",),
        WAITS,
    )
    tokens: Counter = counter(
        "fairlead_router_tokens_total",
        "Tokens as providers counted them: input, cache_read, cache_write or output.",
        ("provider", "kind"),
    )
    reasoning: Counter = counter(
        "fairlead_router_reasoning_tokens_total", "Tokens of the output that were reasoning.", ("provider",)
    )
    cost: Counter = counter(
        "fairlead_router_cost_usd_total",
        "US dollars that answers cost; of a subscription, their list price, which nobody pays.",
        ("provider", "billing"),
    )
    unpriced: Counter = counter(
        "fairlead_router_unpriced_requests_total", "Answers whose price is not known.", ("provider",)
    )
    failovers: Counter = counter(
        "fairlead_router_failovers_total",
        "Times another target was asked, by the provider that failed and why.",
        ("provider", "reason"),
    )
    key_switches: Counter = counter(
        "fairlead_router_key_switches_total",
        "Times a target was asked again at once with another of its keys, by the provider and why.",
        ("provider", "reason"),
    )
    throttled: Counter = counter(
        "fairlead_router_throttled_total", "Times a provider refused because of a limit.", ("provider",)
    )
    checks: Counter = counter(
        "fairlead_router_health_checks_total",
        "Health checks this router has made, by what they came to: well, a kind of failure, or not checked.",
        ("provider", "result"),
    )
    hedges: Counter = counter(
        "fairlead_router_hedges_total",
        "Times a second target was asked beside a silent first, by who was heard: first, second or nobody.",
        ("heard",),
    )
    cache_waits: Summary = summary(
        "fairlead_router_cache_wait_seconds", "Time waited for a target that holds a session's prompt in its cache."
    )

    def all(self) -> tuple[Metric, ...]:
        """What is counted, and then what is read."""
        counted = [getattr(self, name) for name in self.__struct_fields__ if name != "gauges"]
        return (*counted, *self.gauges)

    def told(self) -> bytes:
        """The body of `GET /metrics`."""
        return told(self.all())
