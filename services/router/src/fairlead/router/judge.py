"""From a client's request to a decision: its facts, its session's past, and a count of tokens where one is needed."""

from collections.abc import Mapping

from msgspec import Raw, Struct, structs

from fairlead.router import facts as reading
from fairlead.router.counting import Counting
from fairlead.router.decide import Decision, decide, permitted
from fairlead.router.discovery import Discovery
from fairlead.router.facts import Facts, without_tag
from fairlead.router.lane import Asked, Crossing
from fairlead.router.policy import Policy
from fairlead.router.reception import Received
from fairlead.router.scenario import CountFirst, Question
from fairlead.router.sessions import Sessions
from fairlead.shared.dialect import Dialect
from fairlead.shared.splicing import splice

_READ_WITHOUT_PARSING = "anthropic"


class Verdict(Struct, frozen=True):
    """A request that was looked at: what it says, where it goes, and itself, ready to be written for any target."""

    facts: Facts
    decision: Decision
    crossing: Crossing


class Judge:
    """What a decision depends on beside the request."""

    def __init__(
        self, policy: Policy, discovery: Discovery, sessions: Sessions, counting: Counting, chat: Dialect
    ) -> None:
        self._policy = policy
        self._discovery = discovery
        self._sessions = sessions
        self._counting = counting
        self._chat = chat

    async def look(self, taken: Received, decision_id: str) -> Verdict:
        """Raises `FailureError`: BAD_REQUEST for a body no model could read, PERMISSION where the client's key opens
        none of the targets."""
        facts = self._read(taken)
        fields, body = _without_words_for_us(taken, facts)
        asked = Asked(taken.surface, taken.caller.query, fields, body, facts.stream)
        crossing = Crossing(taken.client, self._chat, asked)
        question = Question(
            facts, self._policy, self._discovery.catalog, last_prompt=self._sessions.last_prompt(facts.session)
        )
        decision = decide(question, decision_id)
        if isinstance(decision, CountFirst):
            tokens = await self._counting.tokens(lambda: crossing.decoded)
            decision = decide(structs.replace(question, tokens=tokens), decision_id)
        assert isinstance(decision, Decision), "a question with its tokens counted has an answer"
        return Verdict(facts, permitted(decision, taken.key), crossing)

    def _read(self, taken: Received) -> Facts:
        """Claude Code's own dialect is read without parsing the body; clients of others tell less between the lines,
        and are read in the neutral form."""
        headers, fields, size = taken.caller.headers, taken.fields, len(taken.body)
        if taken.client.name != _READ_WITHOUT_PARSING:
            return reading.of_request(headers, taken.client.decode_request(fields), size)
        return reading.read(headers, fields, size)


def _without_words_for_us(taken: Received, facts: Facts) -> tuple[Mapping[str, Raw], bytes]:
    """The body's fields, and the body, as a model may see them."""
    if facts.subagent_model is None or taken.client.name != _READ_WITHOUT_PARSING:
        return taken.fields, taken.body
    system = without_tag(taken.fields["system"])
    return {**taken.fields, "system": system}, splice(taken.body, taken.fields, {"system": system})
