"""The shape of a configuration once read: every default in sight, nothing left to look up."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from .when import When

MIB = 1024 * 1024

Count = Annotated[int, msgspec.Meta(gt=0)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Dollars = Annotated[float, msgspec.Meta(ge=0)]
Sum = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Secret(msgspec.Struct, frozen=True):
    """Text that must not reach a log by accident: printing it shows three stars, `value` is the text."""

    value: str

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


class Target(msgspec.Struct, frozen=True):
    """One model at one provider; `weight` is its share among its siblings, in any unit."""

    provider: str
    model: str
    weight: float = 1.0


class Route(msgspec.Struct, frozen=True):
    """Where one scenario goes: the targets to choose among, and who is next when those fail.

    `strategy` is a name of `STRATEGIES`, also the one that weights mean which are written, or None for the targets in
    the order written. `delay_ms` is the pause before each fallback. `when`: on what condition, None for none.
    """

    targets: tuple[Target, ...]
    strategy: str | None = None
    fallback: tuple[Target, ...] = ()
    delay_ms: int = 0
    when: When | None = None


SCENARIOS = ("default", "background", "think", "longContext", "webSearch", "image", "fast", "coder")
STRATEGIES = ("intelligent", "cost", "performance", "availability", "weighted", "priority", "sticky")
LONG_CONTEXT_THRESHOLD = 60_000
FAST_THRESHOLD = 10_000
FAMILIES = ("haiku", "sonnet", "opus", "fable")
"""The families of Claude, as they stand in the names of its models."""


class StrategyWeights(msgspec.Struct, frozen=True):
    """`Router.policy.weights`: how much each part of the score of the strategy `intelligent` counts."""

    rate_limit: Share = 0.4
    performance: Share = 0.3
    cost: Share = 0.2
    reliability: Share = 0.1


class CircuitConfig(msgspec.Struct, frozen=True):
    """`Router.policy.circuit`: when a target is left alone, and for how long; seconds.

    After so many `failures` in a row, or when `error_share` of at least `min_calls` within `window_s` failed. The first
    pause is `open_s`, doubled up to `longest_s`. For `ramp_s` after it, the share of requests rises from `ramp_from`.
    """

    failures: Count = 5
    error_share: Share = 0.5
    min_calls: Count = 10
    window_s: Seconds = 60.0
    open_s: Seconds = 15.0
    longest_s: Seconds = 240.0
    ramp_s: Seconds = 60.0
    ramp_from: Share = 0.1


class RouterPolicy(msgspec.Struct, frozen=True):
    """`Router.policy`: how targets are chosen, whatever the scenario.

    `switch_at`: the part of a known limit above which others are preferred. `max_fallbacks`: targets tried after the
    first. `wait_s`: the longest a session waits for the provider that holds its prompt in a cache, and `wait_cost` what
    a second of that is worth, in US dollars. `first_content_s`: how long a target may take to its first content before
    the next is asked; None: no shorter than the provider's own timeouts. `hedge_s`: after how long a second target is
    asked beside the first, which is cancelled when it answers later, where that costs no more than `hedge_cost` US
    dollars; None: never. `health`: who failed or throttled of late is passed over; False asks everybody in order,
    always.
    """

    weights: StrategyWeights = StrategyWeights()
    switch_at: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.8
    max_fallbacks: Annotated[int, msgspec.Meta(ge=0, le=20)] = 3
    wait_s: Annotated[float, msgspec.Meta(ge=0)] = 10.0
    wait_cost: Dollars = 0.01
    circuit: CircuitConfig = CircuitConfig()
    first_content_s: Seconds | None = None
    hedge_s: Seconds | None = None
    hedge_cost: Dollars = 0.05
    health: bool = True


class RouterConfig(msgspec.Struct, frozen=True):
    """`Router`: scenario name → route, for those of `SCENARIOS` that are configured and for any a user named, in the
    order written.

    `long_context_threshold` and `fast_threshold` are in tokens. `emergency` is asked when everybody else has failed.
    `families`: where models go that clients ask for, by a word of `FAMILIES` or by a pattern of names.
    """

    scenarios: Mapping[str, Route] = {}
    long_context_threshold: int = LONG_CONTEXT_THRESHOLD
    emergency: Target | None = None
    policy: RouterPolicy = RouterPolicy()
    fast_threshold: int = FAST_THRESHOLD
    families: Mapping[str, Route] = {}


class TransformerUse(msgspec.Struct, frozen=True):
    """One claude-code-router transformer by name, with its options. `custom`: it is of a file of the user's own."""

    name: str
    options: Mapping[str, Any] = {}
    custom: bool = False


class Transformer(msgspec.Struct, frozen=True):
    """`transformer`: the chain of a provider, and the further chain of single models."""

    use: tuple[TransformerUse, ...] = ()
    models: Mapping[str, tuple[TransformerUse, ...]] = {}

    @property
    def custom(self) -> bool:
        """Whether any of them is of a file of the user's own."""
        return any(use.custom for chain in (self.use, *self.models.values()) for use in chain)


class CustomTransformer(msgspec.Struct, frozen=True):
    """One of `transformers`: a file of the user's own. `options` are what it is made with, and empty where secrets are
    not resolved. `name`: what it is called, where that is also the name of one that is built in."""

    path: str
    options: Mapping[str, Any] = {}
    name: str | None = None


class Auth(msgspec.Struct, frozen=True):
    """How a provider's credential is got, where it is not a plain key: a name of `AUTH_TYPES` and its options.

    The options are secret, and empty where secrets are not resolved: `{"oauth": OAuth}` for the types oauth and
    client_credentials, `{"factory": FactoryLogin}`, `{"aws": AwsLogin}`, `{"kiro": KiroAuth}`,
    `{"google": GoogleLogin}`, and for others what the file says.
    """

    type: str
    options: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        return f"Auth(type={self.type!r}, options=***)"


AUTH_TYPES = ("api_key", "passthrough", "factory", "oauth", "client_credentials", "google", "aws", "kiro")


class Timeouts(msgspec.Struct, frozen=True):
    """`timeouts` of a provider, in seconds; None takes the one of `Limits`."""

    connect: Seconds | None = None
    tls: Seconds | None = None
    first_byte: Seconds | None = None
    idle: Seconds | None = None


class RateLimits(msgspec.Struct, frozen=True):
    """`limits` of a provider: requests and tokens a minute, requests at once; None is unlimited.

    queue, queue_s: how many requests may wait while `concurrency` are answered, and how long in seconds.
    """

    rpm: Count | None = None
    tpm: Count | None = None
    concurrency: Count | None = None
    queue: NotNegative = 100
    queue_s: Seconds = 30.0


class Prices(msgspec.Struct, frozen=True):
    """US dollars for a million tokens of each kind; None is unknown."""

    input: Dollars | None = None
    output: Dollars | None = None
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None


CHECKS = ("list", "answer")


class HealthCheck(msgspec.Struct, frozen=True):
    """`health_check` of a provider: every so many seconds, a tenth more or less. `kind` is one of `CHECKS`: its list of
    models, which is free, or an answer of a few tokens of `model`, which is not."""

    every_s: Annotated[float, msgspec.Meta(ge=10)] = 60.0
    kind: str = "list"
    model: str | None = None


BILLINGS = ("metered", "subscription", "free")


class Provider(msgspec.Struct, frozen=True):
    """One entry of `Providers`, or one endpoint of a droid2api file with the models of its type.

    `type` is a name of `inference.KINDS`, given or inferred, and `dialect` the dialect that goes with it.
    `api_keys` and `headers` are None, and `auth.options` and `proxy` empty, where secrets are not resolved; `api_keys`
    is None too for the normalizer itself, which is no upstream.
    `api_key_files` hold further keys, one a line, and may change.
    No key and no `auth` means that no credential is sent. `lists_models`: besides `models`, what the provider itself
    lists is to be offered. `prices` is by model, `"*"` for all others, and so is `reasoning`, each one of
    `REASONING_LEVELS`; `reasoning_fixed`: whatever a request says itself.
    `tokenizers`: the vocabulary in which tokens are counted here, by model, `"*"` for all others.
    `system_prompt` comes before whatever a request's own says. `served_by`: by model, the provider that Factory is to
    have it served by. `fast`: the models whose answers are wanted at the quicker, dearer tier. `traceparent`: it is
    told of traces, by the header of that name.
    `disabled_because` is a sentence for people, or None for a provider that may be called. `is_normalizer` says that
    `models` are ids of the normalizer's own catalog. `billing` is one of `BILLINGS`, None where neither the
    configuration nor the kind of login tells. `health_check`: the router asks whether it is well, None: it does not.
    """

    name: str
    api_base_url: str
    type: str
    dialect: str
    api_keys: tuple[Secret, ...] | None = ()
    api_key_files: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    lists_models: bool = False
    transformer: Transformer = Transformer()
    tokenizers: Mapping[str, str] = {}
    auth: Auth | None = None
    headers: Mapping[str, Secret] | None = {}
    proxy: Secret | None = None
    timeouts: Timeouts = Timeouts()
    limits: RateLimits = RateLimits()
    prices: Mapping[str, Prices] = {}
    reasoning: Mapping[str, str] = {}
    reasoning_fixed: bool = False
    system_prompt: str = ""
    served_by: Mapping[str, str] = {}
    fast: frozenset[str] = frozenset()
    traceparent: bool = False
    is_normalizer: bool = False
    disabled_because: str | None = None
    billing: str | None = None
    health_check: HealthCheck | None = None


class Limits(msgspec.Struct, frozen=True):
    """The top-level `limits` section. Keys are the field names; sizes in bytes, times in seconds.

    body_bytes: the largest request body (413 beyond); a little above Anthropic's 32 MB, for what base64 adds elsewhere.
    header_bytes: the largest block of request headers.
    sse_event_bytes: the largest single event of a provider's stream.
    json_depth: how deep a body may nest.
    connect_s, tls_s, first_byte_s, idle_s: the longest wait for a connection, for the TLS handshake within it, for the
        first byte of an answer, and between two bytes of it; there is no limit on the whole.
    drain_s: how long a stopping service lets running streams finish.
    ping_s: the longest silence towards a client before a ping.
    """

    body_bytes: Count = 64 * MIB
    header_bytes: Count = 64 * 1024
    sse_event_bytes: Count = 16 * MIB
    json_depth: Count = 128
    connect_s: Seconds = 10.0
    tls_s: Seconds = 5.0
    first_byte_s: Seconds = 300.0
    idle_s: Seconds = 300.0
    drain_s: Seconds = 30.0
    ping_s: Seconds = 15.0


class Model(msgspec.Struct, frozen=True):
    """One model of a droid2api file: `id` is what clients ask for and what goes upstream.

    `type` names the endpoint it is served by, `provider` is the value of Factory's `x-api-provider` header.
    """

    id: str
    type: str
    name: str | None = None
    reasoning: str = "off"
    provider: str | None = None
    fast: bool = False


class Normalizer(msgspec.Struct, frozen=True):
    """The keys of droid2api, from its own file or from the section `normalizer`; `proxies` are used in turn."""

    host: str | None = None
    port: int | None = None
    models: tuple[Model, ...] = ()
    model_redirects: Mapping[str, str] = {}
    system_prompt: str = ""
    user_agent: str | None = None
    proxies: tuple[Secret, ...] = ()
    dev_mode: bool = False


APIKEY_NAME = "APIKEY"
"""What the key of the setting `APIKEY` is called in logs and figures."""


class ClientKey(msgspec.Struct, frozen=True):
    """One client's key: what it shows, and what it may use.

    `models` are patterns such as `claude-*` or `openrouter,*`, none of them for every model. `rpm` and `tpm` are
    requests and tokens a minute, `expires` is in Unix seconds; None is without limit.
    """

    name: str
    key: Secret
    models: tuple[str, ...] = ()
    rpm: Count | None = None
    tpm: Count | None = None
    expires: float | None = None

    @property
    def is_unlimited(self) -> bool:
        """Whether it opens everything, for ever."""
        return not self.models and self.rpm is None and self.tpm is None and self.expires is None


PERIODS = ("day", "month")


class Budget(msgspec.Struct, frozen=True):
    """One of `budgets`: US dollars that may be spent in a `period`, by everybody, or by one client key or project.

    At the share `warn_at` clients are warned; from `slide_at` on cheaper targets are preferred, those of `ladder` in
    its order where there is one; once it is spent, requests are refused, unless `refuse` is False.
    """

    name: str
    usd: Sum
    period: str = "month"
    key: str | None = None
    project: str | None = None
    warn_at: Share = 0.75
    slide_at: Share | None = None
    ladder: tuple[Target, ...] = ()
    refuse: bool = True


class AlertsConfig(msgspec.Struct, frozen=True):
    """`alerts`: when somebody is told that something goes wrong; in the log, at `GET /api/alerts`, and at `webhook`.

    `cost_usd`: what a day may cost. `error_share` of at least `min_requests` in `window_s` seconds failed, or one in
    twenty waited longer than `first_byte_s`; None: never. `provider_down`: a target is left alone for its failures.
    `every_s`: seconds between two looks.
    """

    webhook: Secret | None = None
    cost_usd: Sum | None = None
    error_share: Share | None = 0.5
    first_byte_s: Seconds | None = None
    provider_down: bool = True
    window_s: Seconds = 300.0
    min_requests: Count = 20
    every_s: Seconds = 5.0


class UsageConfig(msgspec.Struct, frozen=True):
    """`usage`: for how many days what requests took and cost is kept: each request, sums by hour and by session, sums
    by day. `enabled` False keeps nothing."""

    enabled: bool = True
    requests_days: Count = 30
    hours_days: Count = 90
    days_days: Count = 1_100


class LogFiles(msgspec.Struct, frozen=True):
    """`log_files`: `folder` gets `router.log` and `normalizer.log`, None: lines go to stderr. A file is put aside when
    it has so many `megabytes`, or every so many `hours` (UTC); beside it `count` are kept."""

    folder: str | None = None
    megabytes: Count = 10
    hours: Count = 24
    count: Count = 7


class Preset(msgspec.Struct, frozen=True):
    """One folder of `presets`: providers and a Router of its own, asked below `/preset/<name>`.

    The names of its `providers` begin with `<name>/`, in its routes too. `file` is its manifest. `problems`: why
    nothing of it is served, line by line for people.
    """

    name: str
    file: str
    providers: tuple[Provider, ...] = ()
    router: RouterConfig = RouterConfig()
    fallback: Mapping[str, tuple[Target, ...]] = {}
    problems: tuple[str, ...] = ()


class Config(msgspec.Struct, frozen=True):
    """A whole configuration. `Config()` is what a service runs with when there is no file.

    `host` and `port` are the router's (`host` also the normalizer's, where its own section names none); `client_keys`
    (`APIKEY` and the section of that name) are what clients must show, none for no check; `admin_key`
    is what those must show who change things, where it is set. `fallback` is by scenario.
    `log_level` is None where the file does not say. `presets` lie beside the file. `transformers` are the user's own;
    `rewrite_system_prompt` is the file whose text replaces Claude Code's instructions. The last group is
    claude-code-router's, read so that a file passes through whole.
    """

    providers: tuple[Provider, ...] = ()
    router: RouterConfig = RouterConfig()
    fallback: Mapping[str, tuple[Target, ...]] = {}
    client_keys: tuple[ClientKey, ...] = ()
    admin_key: Secret | None = None
    host: str | None = None
    port: int | None = None
    log: bool = True
    log_level: str | None = None
    log_files: LogFiles = LogFiles()
    normalizer_url: str | None = None
    redis_url: Secret | None = None
    database_url: Secret | None = None
    limits: Limits = Limits()
    normalizer: Normalizer = Normalizer()
    usage: UsageConfig = UsageConfig()
    budgets: tuple[Budget, ...] = ()
    alerts: AlertsConfig = AlertsConfig()
    presets: tuple[Preset, ...] = ()

    proxy_url: Secret | None = None
    transformers: tuple[CustomTransformer, ...] = ()
    api_timeout_ms: int = 600_000
    non_interactive_mode: bool = False
    custom_router_path: str | None = None
    custom_router_timeout_ms: int = 2_000
    rewrite_system_prompt: str | None = None
    force_use_image_agent: bool = False
    claude_path: str | None = None
    small_fast_model: str | None = None
    status_line: Mapping[str, Any] | None = None
    plugins: tuple[Mapping[str, Any], ...] = ()

    @property
    def all_providers(self) -> tuple[Provider, ...]:
        """Its own, and those of its presets."""
        return (*self.providers, *(provider for preset in self.presets for provider in preset.providers))
