"""What the router answers for itself, and what it takes for its configuration: every answer is told whole."""

from typing import Any, Literal, TypeAlias, get_type_hints

from msgspec import UNSET, Struct, UnsetType, defstruct, field
from msgspec.structs import fields

from fairlead.router.explain import OF_FACTS, Attempt
from fairlead.router.facts import Facts
from fairlead.router.health import KeyKnown, Speed, Standing, State
from fairlead.router.question import Moment
from fairlead.router.records import Record
from fairlead.router.replay import Replay
from fairlead.router.usage.alerts import Alert
from fairlead.router.usage.asking import THINGS, TIMES
from fairlead.shared.config import Finding
from fairlead.shared.failure import Kind
from fairlead.shared.pricing import Tariff
from fairlead.shared.runtime.config_file import Backup
from fairlead.shared.wire.anthropic import ErrorDetail


class Hello(Struct):
    message: str
    version: str


class Health(Struct):
    status: Literal["ok"]


class Readiness(Struct):
    """`missing`: sentences."""

    status: Literal["ready", "not ready"]
    missing: list[str]


# Decisions --------------------------------------------------------------------------------------


class Summary(Struct):
    """One decision. `at` in Unix seconds; `result` is null until the request is over."""

    id: str
    at: float
    request_id: str
    session: str | None
    asked: str
    scenario: str
    route: str
    strategy: str
    why: str
    attempts: list[str]
    result: str | None


class Decisions(Struct):
    """The newest first."""

    decisions: list[Summary]


_FACTS = {one.name: one.type for one in fields(Facts)} | {
    name: get_type_hints(getattr(Facts, name).fget)["return"] for name in ("work", "guess")
}
FactsTold: TypeAlias = defstruct("Facts", [(name, _FACTS[name]) for name in OF_FACTS])  # type: ignore[valid-type]


class Tokens(Struct):
    exact: int | None
    guess: int
    bound: int


class Cache(Struct):
    """Where the session's prompt is cached, and what that is worth."""

    target: str
    tokens: int
    lives_s: float
    stake_usd: float
    stays: bool


class CandidateTold(Struct):
    """`position` in the order of targets, null where it was passed over; then `passed_over` says why."""

    route: str
    position: int | None
    score: float | None
    passed_over: str | None
    weight: float
    estimate_usd: float | None
    prices: Tariff
    context_window: int | None
    token_scale: float
    standing: Standing


class OutcomeTold(Struct):
    result: str | None
    attempts: list[Attempt]


class Explanation(Summary):
    """A decision with all it was made from; figures in tokens, seconds and US dollars."""

    facts: FactsTold
    tokens: Tokens
    last_prompt: int
    project: str | None
    moment: Moment
    custom_router: str | None
    cache: Cache | None
    wait_s: float
    delay_s: float
    targets: list[str]
    candidates: list[CandidateTold]
    outcome: OutcomeTold
    replay: Replay


# Providers, alerts, routes ----------------------------------------------------------------------


class CheckTold(Struct):
    """What our own checks came to: seconds since the last, why that failed, how many there were and how many failed."""

    ago_s: float
    failure: Kind | None
    checks: int
    failures: int


class _Doing(Struct, kw_only=True):
    """Times in seconds from now; limits and shares as parts of 1."""

    state: State
    until_s: float
    throttled: bool
    share: float
    used: float
    reliability: float
    speed: Speed | None
    in_flight: int
    calls: int
    failures: int
    check: CheckTold | None


class ModelDoing(_Doing):
    model: str
    keys: list[KeyKnown]


class KeyCount(Struct):
    """How many a provider has, and how many of them do not rest."""

    total: int
    ready: int


class ProviderDoing(_Doing):
    """`disabled`: why it is not asked at all. `keys`: null where it has one, or nobody knows."""

    provider: str
    disabled: str | None
    keys: KeyCount | None
    models: list[ModelDoing]


class Providers(Struct):
    redis: Literal["not used", "here", "away"]
    providers: list[ProviderDoing]


class Alerts(Struct):
    """`recent`: the newest first."""

    active: list[Alert]
    recent: list[Alert]


class ActiveTarget(Struct):
    provider: str
    model: str
    weight: float


class Category(Struct):
    providers: list[ActiveTarget]
    fallback: list[ActiveTarget]
    strategy: str


class LeftOut(Struct):
    category: str
    provider: str
    model: str
    because: str


class Active(Struct):
    """By scenario. `credentials_unknown`: why all credentials are taken for good ones."""

    categories: dict[str, Category]
    left_out: list[LeftOut]
    credentials_unknown: str | None


class TransformerTold(Struct):
    """`options`: their names, null for any."""

    name: str
    options: list[str] | None
    used_by: list[str]
    sets_dialect: bool
    custom: bool


class Transformers(Struct):
    transformers: list[TransformerTold]


# Usage ------------------------------------------------------------------------------------------


class _Figures(Struct, rename="camel", kw_only=True):
    """Costs in US dollars, null where no price is known."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    requests: int
    failed_requests: int
    unpriced_requests: int
    cost: float | None
    covered_by_subscription: float
    average_first_byte_ms: float | None
    average_duration_ms: float | None


class Figures(_Figures, rename="camel"):
    pass


class ModelFigures(_Figures, rename="camel", kw_only=True):
    provider: str | None
    model: str
    billing: str
    subscription: bool
    free: bool


class _Totals(Struct, rename="camel", kw_only=True):
    providers: dict[str, Figures]
    models: list[ModelFigures]
    total_input_tokens: int
    total_output_tokens: int
    total_cache_read_tokens: int
    total_cache_write_tokens: int
    total_reasoning_tokens: int
    total_requests: int
    total_failed_requests: int
    total_unpriced_requests: int
    total_cost: float | None
    total_covered_by_subscription: float
    average_first_byte_ms: float | None
    average_duration_ms: float | None


class Usage(_Totals, rename="camel", kw_only=True):
    """`from` and `to`: the whole hours that were looked at."""

    start: str | None = field(name="from")
    to: str | None


_LABELS = [
    *[(name, str | UnsetType, UNSET) for name in TIMES],
    *[(name, str | None | UnsetType, UNSET) for name in THINGS],
    ("subscription", bool | UnsetType, UNSET),
    ("free", bool | UnsetType, UNSET),
]
"""Of a row, those that it was asked by."""

UsageRow: TypeAlias = defstruct(  # type: ignore[valid-type]
    "UsageRow",
    [("cost_at_default", float | None), ("saved", float | None), *_LABELS],
    bases=(_Figures,),
    rename="camel",
    kw_only=True,
)


class UsageSeries(Struct, rename="camel", kw_only=True):
    start: str | None = field(name="from")
    to: str | None
    by: list[str]
    series: list[UsageRow]
    truncated: bool


class _Savings(Struct, rename="camel", kw_only=True):
    """`saved`: the difference to what all would have cost at the default target, over the requests compared."""

    requests: int
    unpriced_requests: int
    cost: float | None
    covered_by_subscription: float
    compared_requests: int
    compared_cost: float | None
    cost_at_default: float | None
    saved: float | None
    saved_share: float | None


CostRow: TypeAlias = defstruct(  # type: ignore[valid-type]
    "CostRow", _LABELS, bases=(_Savings,), rename="camel", kw_only=True
)


class Costs(_Savings, rename="camel", kw_only=True):
    start: str | None = field(name="from")
    to: str | None
    by: list[str]
    series: list[CostRow]


class Session(_Totals, rename="camel", kw_only=True):
    session_id: str
    project: str | None
    keys: list[str]
    first_request_at: str
    last_request_at: str


class Sessions(Struct):
    """The newest first. `next`: what to ask `before` for those that follow."""

    sessions: list[Session]
    next: str | None


RequestTold: TypeAlias = defstruct(  # type: ignore[valid-type]
    "Request", [("id", int), *[(one.name, str if one.name == "at" else one.type) for one in fields(Record)]]
)


class Requests(Struct):
    """The newest first. `next`: what to ask `before` for those that follow."""

    requests: list[RequestTold]
    next: str | None


class Forgotten(Struct, rename="camel"):
    success: Literal[True]
    session_id: str


# Configuration ----------------------------------------------------------------------------------


class Neighbour(Struct):
    """How the normalizer takes its file; or, as `unknown`, why it does not say."""

    file: str | UnsetType | None = UNSET
    problems: list[Finding] | UnsetType = UNSET
    warnings: list[Finding] | UnsetType = UNSET
    after_restart: list[str] | UnsetType = UNSET
    unknown: str | UnsetType = UNSET


class _Shown(Struct, kw_only=True):
    """`config`: the file with its secrets masked, null where it cannot be read. `problems`: why it is not served with.
    `after_restart`: keys that are heeded at the next start."""

    file: str
    etag: str | None
    config: dict[str, Any] | None
    problems: list[Finding]
    warnings: list[Finding]
    after_restart: list[str]


class Configuration(_Shown, kw_only=True):
    normalizer: Neighbour


class ConfigurationChanged(_Shown, kw_only=True):
    """`backup`: the name of what was there before. `comments_lost`: keys below which comments could not be kept."""

    changed: bool
    backup: str | None
    comments_lost: list[str]


class Checked(Struct):
    valid: bool
    problems: list[Finding]
    warnings: list[Finding]


class Backups(Struct):
    """The newest first."""

    backups: list[Backup]


class BackedUp(Struct):
    backup: str


class PostedValues(Struct):
    """Secrets that are still `***` stay what they were."""

    config: dict[str, Any]


class PostedText(Struct):
    """The file as it is to be, comments and all, in JSON5."""

    text: str


class Refused(Struct):
    """An error in Anthropic's words, and beside it what is wrong with a configuration, by file, line and key."""

    type: Literal["error"]
    error: ErrorDetail
    request_id: str
    problems: list[Finding] | UnsetType = UNSET


# Logs -------------------------------------------------------------------------------------------


class LogFile(Struct):
    """`modified` in Unix seconds."""

    name: str
    bytes: int
    modified: float


class LogFiles(Struct):
    """The newest first."""

    folder: str | None
    files: list[LogFile]


class LogPage(Struct):
    """`before`: the offset to ask for to see what comes before these lines, null at the beginning."""

    name: str
    lines: list[str]
    before: int | None


class Restarting(Struct):
    restarting: Literal[True]
