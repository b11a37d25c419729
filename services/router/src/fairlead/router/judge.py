"""From a client's request to a decision: its facts, its session's past, and a count of tokens where one is needed."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from msgspec import Raw, Struct, structs

from fairlead.router import facts as reading
from fairlead.router.budgets import UNBOUNDED, Spending, Thrift
from fairlead.router.decide import Case, Decision, case_of, decide
from fairlead.router.discovery import Discovery
from fairlead.router.facts import Facts
from fairlead.router.lane import Asked, Crossing
from fairlead.router.marks import marks_of
from fairlead.router.memory import Memory, Sight
from fairlead.router.policy import Policy, name_of
from fairlead.router.question import Choice, CountFirst, Moment, Question
from fairlead.router.ranking import TooLong
from fairlead.router.reception import Received
from fairlead.router.scenario import SHOWN, choose, custom
from fairlead.router.tags import without_tags
from fairlead.router.weighing import Weighing
from fairlead.router.work import is_of_subagent
from fairlead.shared.calibration import Calibration
from fairlead.shared.dialect import Dialect
from fairlead.shared.failure import Failure, FailureError, Kind
from fairlead.shared.runtime.counting import Counting
from fairlead.shared.splicing import splice

SUPPOSED = "supposed"
"""The id of a decision that nobody asked for."""

_READ_WITHOUT_PARSING = "anthropic"


class Verdict(Struct, frozen=True):
    """A request that was looked at: what it says, where it goes and by what, and itself, ready to be written for any
    target; and how the budgets stand that it counts towards."""

    facts: Facts
    case: Case
    decision: Decision
    crossing: Crossing
    spending: Spending = UNBOUNDED


class Found(Struct, frozen=True):
    """The rules for a session, and the project it is of, where one is known."""

    policy: Policy
    project: str | None = None


class Rules(Protocol):
    """The rules for each session."""

    async def of(self, session: str | None) -> Found: ...


class Presets(Struct, frozen=True):
    """The rules of presets by name, and the names of those that are broken."""

    policies: Mapping[str, Policy] = {}
    broken: frozenset[str] = frozenset()

    def of(self, name: str) -> Policy:
        """Raises `FailureError` (NOT_FOUND)."""
        policy = self.policies.get(name)
        if policy is not None:
            return policy
        if name in self.broken:
            message = f"the preset {name} has mistakes, so it is not served; `fairlead preset info {name}` tells them"
        else:
            known = f"there is {', '.join(self.policies)}" if self.policies else "none lies beside the configuration"
            message = f"there is no preset {name[:SHOWN]}; {known}"
        raise FailureError(Failure(Kind.NOT_FOUND, message, should_retry=False))


NO_PRESETS = Presets()


class Oracle(Protocol):
    """A router of the user's own. Whatever goes wrong with it is none of the request's business."""

    async def ask(self, question: Question, taken: Received) -> str | None:
        """A scenario, `provider,model`, or None to leave the choice to the rules."""
        ...


class Judge:
    """What a decision depends on beside the request. `clock` in seconds, the one of the memory; `here` tells the time
    of the week. `log` hears of what is odd about a request. `spending` tells how the budgets stand of a client key and
    a project. Below the path of one of `presets` its rules hold alone, and nobody asks the `custom` router."""

    def __init__(
        self,
        rules: Rules,
        discovery: Discovery,
        memory: Memory,
        counting: Counting,
        calibration: Calibration,
        chat: Dialect,
        clock: Callable[[], float],
        here: Callable[[], Moment],
        log: Any,
        custom: Oracle | None = None,
        spending: Callable[[str | None, str | None], Spending] = lambda _key, _project: UNBOUNDED,
        presets: Presets = NO_PRESETS,
    ) -> None:
        self._rules = rules
        self._discovery = discovery
        self._memory = memory
        self._counting = counting
        self._calibration = calibration
        self._chat = chat
        self._clock = clock
        self._here = here
        self._log = log
        self._custom = custom
        self._spending = spending
        self._presets = presets

    async def look(self, taken: Received, decision_id: str) -> Verdict:
        """Raises `FailureError`: BAD_REQUEST for a body no model could read, CONTEXT_OVERFLOW for one that is too long
        for every model it could go to, PERMISSION where the client's key opens none of them, NOT_FOUND for a preset
        that there is not."""
        preset = taken.caller.preset
        own = self._presets.of(preset) if preset is not None else None
        facts = self._read(taken)
        found = await self._rules.of(facts.session)
        if own is not None:
            found = structs.replace(found, policy=own)
        weighing = Weighing(taken, facts.model, self._counting)
        marks = _marks(taken, found.policy, weighing)
        facts = structs.replace(facts, **_details(taken, found.policy, marks))
        fields, body = _without_words_for_us(taken, facts)
        asked = Asked(taken.surface, taken.caller.query, fields, body, facts.stream)
        crossing = Crossing(taken.client, self._chat, asked)
        past = await self._memory.past(facts.conversation)
        spending = self._spending(taken.key.name if taken.key is not None else None, found.project)
        question = Question(
            facts,
            found.policy,
            self._discovery.catalog,
            last_prompt=past.prompt,
            key=taken.key,
            moment=self._here(),
            project=found.project,
            thrift=spending.thrift if own is None else _without_ladder(spending.thrift),
        )
        if self._custom is not None and own is None:
            question = await self._ask(await weighing.counted(question), taken, self._custom)
        made = await self._made(question, decision_id, marks)
        if made is None:
            question = weighing.narrowed(question)
            made = await self._made(question, decision_id, marks)
        if made is None:
            made = await self._made(await weighing.counted(question), decision_id, marks)
        assert made is not None, "a question with its tokens counted has an answer"
        case, decision = made
        if case.choice.warning is not None:
            self._log.warning("routing", request_id=taken.caller.request_id, message=case.choice.warning)
        return Verdict(facts, case, decision, crossing, spending)

    async def suppose(self, facts: Facts, tokens: int, said: str | None = None) -> tuple[Case, Decision]:
        """Where a request with these facts would go now, were it the first of its session. `said`: what a router of the
        user's own would say, which is not asked. Nothing is remembered of it. Raises as `look` does."""
        found = await self._rules.of(facts.session)
        question = Question(
            facts,
            found.policy,
            self._discovery.catalog,
            tokens=tokens,
            moment=self._here(),
            project=found.project,
            custom=said,
            thrift=self._spending(None, found.project).thrift,
        )
        made = await self._made(question, SUPPOSED, ())
        assert made is not None, "a question with its tokens counted has an answer"
        return made

    async def tokens(self, taken: Received) -> int:
        """How many tokens a request has. Raises `FailureError` (BAD_REQUEST) for what cannot be read."""
        return await Weighing(taken, self._read(taken).model, self._counting).count()

    async def _made(self, question: Question, decision_id: str, marks: Collection[str]) -> tuple[Case, Decision] | None:
        """The decision and what it was made from; None where only more about the tokens can tell."""
        choice = choose(question)
        if isinstance(choice, CountFirst):
            return None
        case = await self._case(question, choice, decision_id, marks)
        decision = decide(case)
        if isinstance(decision, TooLong):
            raise FailureError(_refusal(decision))
        return None if isinstance(decision, CountFirst) else (case, decision)

    async def _ask(self, question: Question, taken: Received, oracle: Oracle) -> Question:
        """What the user's own router says; what it names and nobody knows is remarked on."""
        said = await oracle.ask(question, taken)
        question = structs.replace(question, custom=said)
        if said is not None and custom(question) is None:
            shown = said[:SHOWN]
            self._log.warning("custom router", message=f"it names {shown}, which is neither a scenario nor a model")
        return question

    async def _case(self, question: Question, choice: Choice, decision_id: str, marks: Collection[str]) -> Case:
        targets = question.policy.reachable(choice.scenario, choice.targets)
        view = await self._memory.view(Sight(targets, question.facts.conversation), self._clock())
        learned = {name: self._calibration.factor(name) for name in map(name_of, targets)}
        warmth = view.warmth
        warm = warmth is not None and warmth.warms(marks, view.now)
        view = structs.replace(view, learned=learned, warmth=warmth if warm else None)
        return case_of(question, choice, view, decision_id)

    def _read(self, taken: Received) -> Facts:
        """Claude Code's own dialect is read without parsing the body; clients of others tell less between the lines,
        and are read in the neutral form."""
        headers, fields, size = taken.caller.headers, taken.fields, len(taken.body)
        if taken.client.name != _READ_WITHOUT_PARSING:
            return reading.of_request(headers, taken.client.decode_request(fields), size)
        return reading.read(headers, fields, size)


def _without_ladder(thrift: Thrift | None) -> Thrift | None:
    """Its rungs are not of a preset's providers."""
    return thrift and structs.replace(thrift, ladder=())


def _marks(taken: Received, policy: Policy, weighing: Weighing) -> tuple[str, ...]:
    """The names of the conversation's beginnings, where it matters where they are cached."""
    return marks_of(weighing.pieces, taken.key.name if taken.key is not None else "") if policy.chooses else ()


def _details(taken: Received, policy: Policy, marks: tuple[str, ...]) -> dict[str, Any]:
    """The facts that cost something, where they may matter. Of the marks, which are as many as messages, two are kept:
    requests are remembered for a while."""
    details: dict[str, Any] = {}
    if policy.heed:
        details["heard"] = reading.heard(taken.caller.headers, policy.heed)
    if marks:
        # The last message may come again in another form: a cache mark makes a list of what was a text.
        details |= {"beginning": marks[0], "mark": marks[-2:][0]}
    return details


def _without_words_for_us(taken: Received, facts: Facts) -> tuple[Mapping[str, Raw], bytes]:
    """The body's fields, and the body, as a model may see them."""
    if not facts.subagent_tags or taken.client.name != _READ_WITHOUT_PARSING:
        return taken.fields, taken.body
    changed = without_tags(taken.fields, subagent=facts.agent is not None or is_of_subagent(taken.fields))
    return {**taken.fields, **changed}, splice(taken.body, taken.fields, changed)


def _refusal(too_long: TooLong) -> Failure:
    """In the words that make Claude Code compact the conversation."""
    return Failure(Kind.CONTEXT_OVERFLOW, f"prompt is too long: {too_long.tokens} tokens > {too_long.window} maximum")
