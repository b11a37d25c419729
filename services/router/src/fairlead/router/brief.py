"""Gathers what a ranking depends on: a choice's targets, how they stand, what they cost, and where the cache is."""

from collections.abc import Mapping

from msgspec import Struct

from fairlead.router.affinity import Warmth
from fairlead.router.candidates import NO_TARIFF, Candidate
from fairlead.router.catalog import Catalog, Entry
from fairlead.router.health import UNKNOWN, Standing
from fairlead.router.policy import Policy, name_of
from fairlead.router.question import Choice, Question
from fairlead.router.strategy import CHEAPEST, PRIORITY
from fairlead.router.terms import Brief
from fairlead.shared.access import forbidden, may_use
from fairlead.shared.config.schema import ClientKey, Prices, Target
from fairlead.shared.levels import without_level
from fairlead.shared.measures import measure_of
from fairlead.shared.pricing import Tariff


class View(Struct, frozen=True):
    """What is known at one moment: how targets stand, by name, and where the session's prompt is cached, as far as the
    request begins with it. `now` is the moment, on the clock of the standings. `learned`: what counts of tokens are to
    be multiplied by, by target."""

    now: float
    standings: Mapping[str, Standing] = {}
    warmth: Warmth | None = None
    learned: Mapping[str, float] = {}


def brief_of(question: Question, choice: Choice, view: View, draw: str) -> Brief:
    """`draw`: a text that is this request's alone. Raises `FailureError` (PERMISSION) where the client's key opens none
    of the targets."""
    facts, policy = question.facts, question.policy
    pictures = _matter(question, policy.reachable(choice.scenario, choice.targets))
    own = _open(question, choice.targets, view, pictures=pictures)
    others = _open(question, policy.fallbacks.get(choice.scenario, ()), view, pictures=pictures)
    last = _open(question, (policy.emergency,) if policy.emergency is not None else (), view, pictures=pictures)
    if not own:
        own, others = others[:1], others[1:]
    if not own:
        own, last = last, ()
    if not own and question.key is not None:
        raise forbidden(question.key, name_of(choice.targets[0]))
    thrift = None if choice.named else question.thrift
    if thrift is not None and not thrift.ladder:
        own, others = (*own, *others), ()
    return Brief(
        candidates=own,
        fallbacks=others,
        emergency=last[0] if last else None,
        strategy=policy.strategy(choice.scenario) if thrift is None else PRIORITY if thrift.ladder else CHEAPEST,
        tokens=question.tokens,
        bound=facts.token_bound,
        guess=facts.guess,
        most_output=facts.most_output,
        session=facts.session or facts.beginning or draw,
        draw=draw,
        now=view.now,
        warmth=view.warmth,
        terms=policy.terms,
    )


def _matter(question: Question, targets: tuple[Target, ...]) -> bool:
    """Whether who sees pictures is to be preferred; where nobody does, it is for the normalizer and the provider."""
    policy, catalog = question.policy, question.catalog
    return question.facts.images and not all(catalog.is_blind(policy.address(one)) for one in targets)


def _open(question: Question, targets: tuple[Target, ...], view: View, *, pictures: bool) -> tuple[Candidate, ...]:
    """Those that the client may use."""
    policy, catalog, key, facts = question.policy, question.catalog, question.key, question.facts
    asked = Demands(pictures, facts.long_context, measure_of(facts.model).factor)
    return tuple([candidate(one, policy, catalog, view, asked) for one in targets if _opens(key, one)])


def _opens(key: ClientKey | None, target: Target) -> bool:
    """Whoever may use a model may say how hard it is to think."""
    names = (target.model, without_level(target.model))
    return any(may_use(key, target.provider, name) for name in names)


class Demands(Struct, frozen=True):
    """What of a request matters to each target. `pictures`: it shows some; `long_context`: it comes with the beta for
    long prompts; `factor`: the measure of the model that was asked for."""

    pictures: bool = False
    long_context: bool = False
    factor: float = 1.0


NOTHING_SPECIAL = Demands()


def candidate(
    target: Target, policy: Policy, catalog: Catalog, view: View, asked: Demands = NOTHING_SPECIAL
) -> Candidate:
    """One target as it stands."""
    name, entry = name_of(target), catalog.find(policy.address(target))
    return Candidate(
        name=name,
        target=target,
        standing=view.standings.get(name, UNKNOWN),
        tariff=_tariff(target, policy, entry),
        context_window=entry.window(long_context=asked.long_context) if entry is not None else None,
        unusable=policy.disabled.get(target.provider) or _blind(entry, pictures=asked.pictures),
        scale=measure_of(target.model).factor * view.learned.get(name, 1.0) / asked.factor,
    )


def _blind(entry: Entry | None, *, pictures: bool) -> str | None:
    return "it does not see the pictures" if pictures and entry is not None and entry.sees is False else None


def tariff_of(target: Target, policy: Policy, catalog: Catalog) -> Tariff:
    """What calls of a target cost."""
    return _tariff(target, policy, catalog.find(policy.address(target)))


def _tariff(target: Target, policy: Policy, entry: Entry | None) -> Tariff:
    """The prices of the configuration, which the normalizer tells too as soon as it is there, else those it knows."""
    prices = policy.prices.get(target.provider)
    told = None if prices is None else _price(prices, target.model)
    if told is not None:
        return Tariff(told)
    return entry.tariff if entry is not None else NO_TARIFF


def _price(prices: Mapping[str, Prices], model: str) -> Prices | None:
    """A model costs the same however hard it is to think."""
    return prices.get(model) or prices.get(without_level(model)) or prices.get("*")
