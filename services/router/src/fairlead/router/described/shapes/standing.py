"""How the router is, what it decided, and how those it asks do."""

from typing import Literal, TypeAlias, get_type_hints

from msgspec import Struct, defstruct
from msgspec.structs import fields

from fairlead.router.explain import OF_FACTS, Attempt
from fairlead.router.facts import Facts
from fairlead.router.health import KeyKnown, Speed, Standing, State
from fairlead.router.question import Moment
from fairlead.router.replay import Replay
from fairlead.router.usage.alerts import Alert
from fairlead.shared.failure import Kind
from fairlead.shared.pricing import Tariff


class Hello(Struct):
    message: str
    version: str


class Health(Struct):
    status: Literal["ok"]


class Readiness(Struct):
    """`missing`: sentences."""

    status: Literal["ready", "not ready"]
    missing: list[str]


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
    name: get_type_hints(getattr(Facts, name).fget)["return"] for name in ("work", "guess", "subagent_model")
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
    preset: str | None
    moment: Moment
    custom_router: str | None
    cache: Cache | None
    wait_s: float
    delay_s: float
    targets: list[str]
    candidates: list[CandidateTold]
    outcome: OutcomeTold
    replay: Replay


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
