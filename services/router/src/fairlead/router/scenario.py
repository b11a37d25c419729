"""Which kind of work a request is: the rules of claude-code-router in their order, its faults left out, and ours.

A rule looks at a `Question` and gives a `Choice`, or None to let the next one look. `CountFirst` means that only the
exact number of tokens can tell. Whatever rule chooses, a conversation with pictures does not go where nobody sees.
"""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import structs

from fairlead.router import work
from fairlead.router.conditions import meets
from fairlead.router.policy import DEFAULT, name_of, unrepeated
from fairlead.router.question import Choice, CountFirst, Question, comes_to
from fairlead.shared.config.schema import FAMILIES, Target
from fairlead.shared.config.sections import did_you_mean
from fairlead.shared.config.when import fits

LONG_AFTER = 20_000
"""Tokens above which a turn of a long session counts as long itself; below, it is a side call of that session."""

WRITERS = frozenset(
    {
        "apply_patch",
        "bash",
        "create_file",
        "edit",
        "edit_file",
        "exec_command",
        "multiedit",
        "notebookedit",
        "replace_in_file",
        "shell",
        "str_replace_based_edit_tool",
        "str_replace_editor",
        "write",
        "write_file",
        "write_to_file",
    }
)
"""Tools, by lower-case name, that agents change files and run commands with."""

SHOWN = 100
"""Characters of what a client wrote that a reason repeats."""

_NAMED = "the client asked for this provider and model"

Rule: TypeAlias = Callable[[Question], Choice | CountFirst | None]


def choose(question: Question) -> Choice | CountFirst:
    """What the first rule that applies says."""
    for rule in RULES:
        choice = rule(question)
        if choice is not None:
            break
    else:
        choice = _as_asked(question)
    return _seen(question, _thrifty(question, choice)) if isinstance(choice, Choice) else choice


def custom(question: Question) -> Choice | CountFirst | None:
    """The user's own router, which may name a scenario or a model; with anything else it has no say."""
    said = question.custom
    if said is None:
        return None
    if said in question.policy.routes:
        return _routed(question, said, "the custom router says so")
    target = _known(said, question)
    return Choice(DEFAULT, (target,), "the custom router names this model", named=True) if target else None


def explicit(question: Question) -> Choice | None:
    """`/model provider,model` beats everything but the tag of a subagent, which has inherited that model from its
    session; `provider/model` is meant so only when that very model is listed."""
    asked, policy = question.facts.model, question.policy
    provider, comma, model = asked.partition(",")
    if comma:
        return subagent(question) or _by_name(question, provider, model)
    provider, slash, model = asked.partition("/")
    target = policy.configured(provider, model) if slash else None
    if target is None or not policy.lists(target):
        return None
    return subagent(question) or Choice(DEFAULT, (target,), _NAMED, named=True)


def _by_name(question: Question, provider: str, model: str) -> Choice:
    """A provider nobody knows is a slip most likely: said, and left to the normalizer and the fallbacks."""
    target = question.policy.configured(provider, model)
    if target is not None:
        return Choice(DEFAULT, (target,), _NAMED, named=True)
    target = question.policy.unknown(provider, model)
    if question.catalog.knows(target.provider):
        return Choice(DEFAULT, (target,), _NAMED, named=True)
    shown = provider.strip()[:SHOWN]
    suggestion = did_you_mean(shown, question.policy.spellings)
    warning = f"there is no provider {shown}{suggestion}"
    return Choice(DEFAULT, (target,), f"{_NAMED}, but {warning}", warning, named=True)


def named(question: Question) -> Choice | CountFirst | None:
    """The first of the user's own scenarios whose conditions hold, in the order written."""
    for scenario in question.policy.named:
        choice = _route(question, scenario, "its conditions hold")
        if choice is not None:
            return choice
    return None


def image(question: Question) -> Choice | CountFirst | None:
    """A picture in the turn to be answered needs a model that sees, whatever else the turn is."""
    return _route(question, "image", "the last user turn has a picture") if question.facts.image_now else None


def long_context(question: Question) -> Choice | CountFirst | None:
    """More tokens than the threshold, now or in the session's last request."""
    policy, tokens, bound = question.policy, question.tokens, question.facts.token_bound
    threshold = policy.long_context_threshold
    # What a session sent last says nothing of another conversation, such as an agent's.
    was_long = question.last_prompt > threshold and question.facts.work not in (*work.AGENTS, work.AUXILIARY)
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
    """The first `<CCR-SUBAGENT-MODEL>` tag that names a model we know; an example in a prompt names none."""
    known = (_known(tag, question) for tag in question.facts.subagent_tags)
    target = next(filter(None, known), None)
    return Choice(DEFAULT, (target,), "the subagent's prompt names this model", named=True) if target else None


def background(question: Question) -> Choice | CountFirst | None:
    """Claude Code's small jobs: what it says or shows to be one, and what it sends to a Haiku. Where the Haiku is the
    conversation's own model, it is none."""
    facts = question.facts
    model = facts.model.lower()
    if facts.work in work.SMALL:
        # A search needs a provider that can; what decides over permissions does not stream, and keeps its model.
        small = facts.stream and not facts.web_search
        why = f"a small job of the client's ({facts.work})"
        return _route(question, "background", why) if small or _is_haiku(model) else None
    if not _is_haiku(model) or facts.request_class in (work.MAIN, work.COMPACTION):
        return None
    return _route(question, "background", f"{facts.model} is the client's model for small jobs")


def web_search(question: Question) -> Choice | CountFirst | None:
    """The provider is to search the web."""
    return _route(question, "webSearch", "a web search tool is offered") if question.facts.web_search else None


def fast(question: Question) -> Choice | CountFirst | None:
    """A short request that asks for no reasoning."""
    policy = question.policy
    if "fast" not in policy.routes or question.facts.thinking:
        return None
    short = comes_to(question, 0, policy.fast_threshold - 1)
    if isinstance(short, CountFirst):
        return short
    return _route(question, "fast", f"fewer than {policy.fast_threshold} tokens") if short else None


def family(question: Question) -> Choice | CountFirst | None:
    """Where the model goes that the client asked for: the first family or pattern, in the order written."""
    asked = question.facts.model
    for name, scenario in question.policy.families.items():
        if _is_of(asked, name):
            return _route(question, scenario, f"{asked} is mapped by {name}")
    return None


def think(question: Question) -> Choice | CountFirst | None:
    """The model is to reason."""
    return _route(question, "think", "thinking is on") if question.facts.thinking else None


def coder(question: Question) -> Choice | CountFirst | None:
    """An agent at work: it says so, or offers what files are changed and commands are run with."""
    facts = question.facts
    if facts.request_class in work.WORKING:
        return _route(question, "coder", f"an agent's own turn ({facts.request_class})")
    tool = next((name for name in facts.tool_names if name.lower() in WRITERS), None)
    return _route(question, "coder", f"the agent may use {tool}") if tool else None


def default(question: Question) -> Choice | CountFirst | None:
    """Everything else."""
    return _route(question, DEFAULT, "no other scenario applies")


RULES: tuple[Rule, ...] = (
    custom,
    explicit,
    named,
    image,
    long_context,
    subagent,
    background,
    web_search,
    fast,
    family,
    think,
    coder,
    default,
)


def _thrifty(question: Question, choice: Choice) -> Choice:
    """Down the ladder of a budget that is nearly spent; who asks for a model by name still gets it."""
    thrift = question.thrift
    if thrift is None or choice.named:
        return choice
    targets = unrepeated((*thrift.ladder, *choice.targets))
    return structs.replace(choice, targets=targets, why=f"{choice.why}; {thrift.budget} is nearly spent")


def _route(question: Question, scenario: str, why: str) -> Choice | CountFirst | None:
    """The configured route of a scenario; without one, and where its own conditions do not hold, it does not exist."""
    when = question.policy.conditions.get(scenario)
    if when is None or scenario not in question.policy.routes:
        return _routed(question, scenario, why)
    holds = meets(question, when)
    if isinstance(holds, CountFirst):
        return holds
    return _routed(question, scenario, why) if holds else None


def _routed(question: Question, scenario: str, why: str) -> Choice | None:
    targets = question.policy.routes.get(scenario)
    return Choice(scenario, targets, why) if targets else None


def _seen(question: Question, choice: Choice) -> Choice:
    """The choice, unless the conversation has pictures and all its targets are known not to see: then `image`."""
    policy = question.policy
    others = policy.routes.get("image")
    if others is None or choice.scenario == "image" or not question.facts.images:
        return choice
    if not all(question.catalog.is_blind(policy.address(target)) for target in choice.targets):
        return choice
    blind = f"{name_of(choice.targets[0])} ({choice.scenario}: {choice.why})"
    why = f"the conversation has pictures, and {blind} sees none"
    return Choice("image", others, why, choice.warning)


def _is_haiku(model: str) -> bool:
    return "claude" in model and "haiku" in model


def _is_of(asked: str, family: str) -> bool:
    """Whether a model is of a family of Claude's, or fits a pattern of names."""
    if family in FAMILIES:
        return "claude" in asked.lower() and family in asked.lower()
    return fits((family,), [asked])


def _as_asked(question: Question) -> Choice:
    """Nothing is configured: the normalizer may know the model by its own id."""
    why = "no route is configured; the model as it was asked for"
    return Choice(DEFAULT, (Target("", question.facts.model),), why, named=True)


def _known(text: str, question: Question) -> Target | None:
    """The model `provider,model`, `provider/model` or a bare id names, if we know it."""
    separator = "," if "," in text else "/"
    provider, found, model = text.partition(separator)
    if found:
        target = question.policy.configured(provider, model)
        if target is not None:
            return target
        target = question.policy.unknown(provider, model)
        if question.catalog.find(name_of(target)):
            return target
    return Target("", text) if not question.policy.preset and question.catalog.find(text) else None
