"""Which kind of work a request is: the rules of claude-code-router in their order, its faults left out.

A rule looks at a `Question` and gives a `Choice`, or None to let the next one look. `CountFirst` means that only the
exact number of tokens can tell.
"""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from fairlead.router.catalog import Catalog
from fairlead.router.facts import Facts
from fairlead.router.policy import DEFAULT, Policy
from fairlead.shared.config.schema import ClientKey, Target

LONG_AFTER = 20_000
"""Tokens above which a turn of a long session counts as long itself; below, it is a side call of that session."""


class Question(Struct, frozen=True):
    """Everything a choice depends on. `tokens` is None until they were counted; `last_prompt` is what the session's
    last answered request came to, in tokens, cache included. `key`: what the client showed, which may not open every
    model."""

    facts: Facts
    policy: Policy
    catalog: Catalog = Catalog()
    tokens: int | None = None
    last_prompt: int = 0
    key: ClientKey | None = None


class Choice(Struct, frozen=True):
    """The scenario, its targets (before fallbacks), and the rule's reason in words."""

    scenario: str
    targets: tuple[Target, ...]
    why: str


class CountFirst(Struct, frozen=True):
    """The tokens must be counted before this question can be answered."""


Rule: TypeAlias = Callable[[Question], Choice | CountFirst | None]


def choose(question: Question) -> Choice | CountFirst:
    """What the first rule that applies says."""
    for rule in RULES:
        choice = rule(question)
        if choice is not None:
            return choice
    return _as_asked(question)


def explicit(question: Question) -> Choice | None:
    """`/model provider,model` beats everything; `provider/model` is meant so only when that very model is listed."""
    asked, policy = question.facts.model, question.policy
    provider, comma, model = asked.partition(",")
    if comma:
        target = policy.configured(provider, model) or Target(provider.strip(), model.strip())
        return Choice(DEFAULT, (target,), "the client asked for this provider and model")
    provider, slash, model = asked.partition("/")
    named = policy.configured(provider, model) if slash else None
    if named is None or not policy.lists(named):
        return None
    return Choice(DEFAULT, (named,), "the client asked for this provider and model")


def image(question: Question) -> Choice | None:
    """A picture in the turn to be answered needs a model that sees, whatever else the turn is."""
    return _route(question, "image", "the last user turn has a picture") if question.facts.image_now else None


def long_context(question: Question) -> Choice | CountFirst | None:
    """More tokens than the threshold, now or in the session's last request."""
    policy, tokens, bound = question.policy, question.tokens, question.facts.token_bound
    threshold = policy.long_context_threshold
    was_long = question.last_prompt > threshold
    limit = min(threshold, LONG_AFTER) if was_long else threshold
    if "longContext" not in policy.routes or bound <= limit:
        return None
    if tokens is None:
        return CountFirst()
    if tokens > threshold:
        return _route(question, "longContext", f"{tokens} tokens are more than {threshold}")
    if tokens > limit:
        why = f"{tokens} tokens in a session that last sent {question.last_prompt}, more than {threshold}"
        return _route(question, "longContext", why)
    return None


def subagent(question: Question) -> Choice | None:
    """A `<CCR-SUBAGENT-MODEL>` tag that names a model we know; an example in a prompt names none."""
    tag = question.facts.subagent_model
    target = _known(tag, question) if tag else None
    return Choice(DEFAULT, (target,), "the subagent's prompt names this model") if target else None


def background(question: Question) -> Choice | None:
    """Claude Code sends its small jobs to a Haiku."""
    model = question.facts.model.lower()
    if "claude" in model and "haiku" in model:
        return _route(question, "background", f"{question.facts.model} is the client's model for small jobs")
    return None


def web_search(question: Question) -> Choice | None:
    """The provider is to search the web."""
    return _route(question, "webSearch", "a web search tool is offered") if question.facts.web_search else None


def think(question: Question) -> Choice | None:
    """The model is to reason."""
    return _route(question, "think", "thinking is on") if question.facts.thinking else None


def default(question: Question) -> Choice | None:
    """Everything else."""
    return _route(question, DEFAULT, "no other scenario applies")


RULES: tuple[Rule, ...] = (explicit, image, long_context, subagent, background, web_search, think, default)


def _route(question: Question, scenario: str, why: str) -> Choice | None:
    """The configured route of a scenario; a scenario without one does not exist."""
    targets = question.policy.routes.get(scenario)
    return Choice(scenario, targets, why) if targets else None


def _as_asked(question: Question) -> Choice:
    """Nothing is configured: the normalizer may know the model by its own id."""
    return Choice(DEFAULT, (Target("", question.facts.model),), "no route is configured; the model as it was asked for")


def _known(text: str, question: Question) -> Target | None:
    """The model `provider,model`, `provider/model` or a bare id names, if we know it."""
    separator = "," if "," in text else "/"
    provider, found, model = text.partition(separator)
    if found:
        target = question.policy.configured(provider, model)
        if target is not None:
            return target
        if question.catalog.find(f"{provider.strip()},{model.strip()}"):
            return Target(provider.strip(), model.strip())
    return Target("", text) if question.catalog.find(text) else None
