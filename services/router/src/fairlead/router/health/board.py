"""The health of every target in use: of each provider, and of each model at it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from fairlead.shared.config.schema import CircuitConfig, RateLimits, Target
from fairlead.shared.failure import Kind
from fairlead.shared.key_told import KeyTold
from fairlead.shared.rates import Window as Limited

from .circuit import State
from .keys import KeyKnown
from .rates import Filled, Load, Rates
from .target import BLAME, Blame, Checked, Lesson, Standing, TargetHealth, Throttling, Ticket

TARGETS = 2_000
"""Targets remembered at once; clients may name any number of models. The longest unused is forgotten first."""

OF_THE_PROVIDER = frozenset({Kind.UNREACHABLE, Kind.CONNECT_TIMEOUT, Kind.AUTHENTICATION, Kind.BILLING})
"""Failures that any model of the provider would meet."""

_OF_A_LIST = OF_THE_PROVIDER | {kind for kind, blame in BLAME.items() if blame is Blame.TARGET}
"""Failures to list its models that say something of a provider; a limit or a missing list is the list's alone."""

_SILENCE = frozenset({Kind.FIRST_BYTE_TIMEOUT, Kind.IDLE_TIMEOUT, Kind.CUT, Kind.MALFORMED})
"""Failures that may be the model's or the provider's."""


class Tuning(Struct, frozen=True):
    """`limits` by provider name. `targets`: models, and providers, that are remembered at once."""

    circuit: CircuitConfig = CircuitConfig()
    throttling: Throttling = Throttling()
    limits: Mapping[str, RateLimits] = {}
    targets: int = TARGETS


class Tickets(Struct, frozen=True, gc=False):
    """A request that was sent, at its model and at its provider: those it was sent to, though they may be forgotten
    before it is over, and new ones of their names be remembered."""

    model: TargetHealth
    provider: TargetHealth
    of_model: Ticket
    of_provider: Ticket


class Known(Struct, frozen=True):
    """What is known of a model, or of a provider as a whole (`model` None): how it stands, how often it was asked over
    the last `keys.HISTORY` seconds, how often it failed, its limits, and each of its keys where there are
    several."""

    provider: str
    model: str | None
    standing: Standing
    calls: int = 0
    failures: int = 0
    keys: tuple[KeyKnown, ...] = ()
    check: Checked | None = None
    limits: tuple[Filled, ...] = ()


class Checking(Struct, frozen=True, gc=False):
    """A check that was begun, of a model of a provider, or of the provider as a whole (`model` None); with the probes
    that it is of either."""

    provider: str
    model: str | None
    of_provider: tuple[TargetHealth, int]
    of_model: tuple[TargetHealth, int] | None


class Board:
    """What is known, in this process. Every `now` is in seconds of one clock, whichever."""

    def __init__(self, tuning: Tuning) -> None:
        self._tuning = tuning
        self._models: OrderedDict[tuple[str, str], TargetHealth] = OrderedDict()
        self._providers: OrderedDict[str, TargetHealth] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Board models={len(self._models)} providers={len(self._providers)}>"

    def retune(self, tuning: Tuning) -> None:
        """From now on; what is known of targets stays known."""
        self._tuning = tuning
        for health in self._models.values():
            health.retune(tuning.circuit, tuning.throttling, RateLimits())
        for name, health in self._providers.items():
            health.retune(tuning.circuit, tuning.throttling, tuning.limits.get(name, RateLimits()))

    def standing(self, target: Target, now: float) -> Standing:
        """The worse of how the model and how its provider do; who was never asked stands well."""
        model = self._models.get((target.provider, target.model))
        provider = self._providers.get(target.provider)
        if provider is None:
            return Standing() if model is None else model.standing(now)
        whole = provider.standing(now)
        return _worse(model.standing(now), whole) if model is not None else whole

    def began(self, target: Target, now: float, load: Load) -> Tickets:
        """A request is sent to `target`."""
        model, provider = self._model(target), self._provider(target)
        return Tickets(model, provider, model.began(now, load), provider.began(now, load))

    def answered(self, tickets: Tickets, now: float, told: Sequence[Limited], key: KeyTold | None = None) -> None:
        """Its answer begins, with what it says of its limits: of the model's, so far as anybody knows; and by which of
        its provider's keys it is."""
        tickets.model.answered(now, tickets.of_model)
        tickets.model.hear(now, key)
        tickets.model.report(now, told, key)
        tickets.provider.answered(now, tickets.of_provider)
        tickets.provider.hear(now, key)

    def ended(
        self,
        tickets: Tickets,
        now: float,
        lesson: Lesson,
        told: Sequence[Limited] = (),
        key: KeyTold | None = None,
    ) -> None:
        """It is over; once for each. `told` and `key` come with a refusal; of an answer they were told before."""
        tickets.model.hear(now, key)
        tickets.provider.hear(now, key)
        tickets.model.ended(now, tickets.of_model, lesson, key)
        tickets.model.report(now, told, key)
        tickets.provider.ended(now, tickets.of_provider, _of_provider(lesson), key)

    def check_began(self, provider: str, model: str | None, now: float) -> Checking:
        """A model is asked for an answer, or a provider for its list of models (`model` None), to see whether it is
        well."""
        target = Target(provider, model or "")
        whole, one = self._provider(target), self._model(target) if model is not None else None
        of_model = (one, one.check_began(now)) if one is not None else None
        return Checking(provider, model, (whole, whole.check_began(now)), of_model)

    def checked(self, checking: Checking, now: float, lesson: Lesson, key: KeyTold | None = None) -> None:
        """It is over; once for each."""
        whole, probe = checking.of_provider
        whole.hear(now, key)
        if checking.of_model is None:
            whole.checked(now, probe, _of_a_list(lesson), key, free=True)
            return
        model, own = checking.of_model
        model.hear(now, key)
        model.checked(now, own, lesson, key, free=False)
        whole.checked(now, probe, _of_provider(lesson), key, free=False)

    def comes_back(self, provider: str, model: str | None, now: float) -> float | None:
        """When a circuit that is not closed may be probed: the provider's, or that of the model."""
        ones = (self._providers.get(provider), self._models.get((provider, model)) if model is not None else None)
        moments = [moment for one in ones if one is not None and (moment := one.comes_back(now)) is not None]
        return max(moments, default=None)

    def known(self, now: float) -> list[Known]:
        """Everybody who was ever asked and is not forgotten: providers, and their models."""
        providers = [
            Known(name, None, one.standing(now), *one.counts(now), (), one.check, one.limits(now))
            for name, one in self._providers.items()
        ]
        models = [
            Known(*place, one.standing(now), *one.counts(now), one.keys(now), one.check, one.limits(now))
            for place, one in self._models.items()
        ]
        return [*providers, *models]

    def _model(self, target: Target) -> TargetHealth:
        key = (target.provider, target.model)
        if key not in self._models:
            self._models[key] = TargetHealth(self._tuning.circuit, self._tuning.throttling, Rates())
            if len(self._models) > self._tuning.targets:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return self._models[key]

    def _provider(self, target: Target) -> TargetHealth:
        name = target.provider
        if name not in self._providers:
            limits = self._tuning.limits.get(name, RateLimits())
            rates = Rates(limits.rpm, limits.tpm)
            self._providers[name] = TargetHealth(self._tuning.circuit, self._tuning.throttling, rates)
            if len(self._providers) > self._tuning.targets:
                self._providers.popitem(last=False)
        self._providers.move_to_end(name)
        return self._providers[name]


def _of_a_list(lesson: Lesson) -> Lesson:
    """What a list of models says of the provider, if it says anything."""
    failure = lesson.failure
    silent = lesson.gone or (failure is not None and failure.kind not in _OF_A_LIST)
    return Lesson(failure, gone=silent)


def _of_provider(lesson: Lesson) -> Lesson:
    """What an attempt at a model says of its provider: that it is there, unless it is not."""
    failure = lesson.failure
    if failure is None or failure.kind in OF_THE_PROVIDER:
        return Lesson(failure, lesson.used, gone=lesson.gone)
    return Lesson(None, lesson.used, gone=lesson.gone or failure.kind in _SILENCE)


def _worse(model: Standing, provider: Standing) -> Standing:
    return Standing(
        state=provider.state if provider.state is not State.CLOSED else model.state,
        until=max(model.until, provider.until),
        throttled=model.throttled or provider.throttled,
        probing=model.probing or provider.probing,
        share=min(model.share, provider.share),
        used=max(model.used, provider.used),
        reliability=model.reliability,
        in_flight=model.in_flight,
        speed=model.speed,
        keys=provider.keys,
        ready=provider.ready,
    )
