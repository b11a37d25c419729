"""A decision as one line of a list: what was asked, where it went and what became of it."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from fairlead.router.explain import Attempt, Filed

TONES: Mapping[str | None, str] = {None: "accent", "answered": "good", "gone": "", "let_go": ""}
_WORDS: Mapping[str | None, str] = {None: "running", "gone": "client left"}


class Verdict(Struct, frozen=True):
    """What became of something, in a word, and how that is coloured."""

    word: str
    tone: str


class Line(Struct, frozen=True):
    """One decision. `route`: the target that answered, that was asked last, or that is asked first. `passed`: those
    that failed before it. `seconds` that its targets took, None while they are asked. `message`: why it failed."""

    id: str
    at: float
    asked: str
    scenario: str
    why: str
    provider: str
    model: str
    session: str | None
    verdict: Verdict
    passed: tuple[Attempt, ...] = ()
    seconds: float | None = None
    message: str | None = None

    @property
    def failed(self) -> bool:
        """Whether nobody answered it."""
        return self.verdict.tone == "bad"


def verdict(result: str | None) -> Verdict:
    """Of the result of a request, or of one attempt."""
    return Verdict(_WORDS.get(result) or (result or "").replace("_", " "), TONES.get(result, "bad"))


def line(filed: Filed) -> Line:
    """Of a decision, over or not."""
    decision, attempts, told = filed.decision, filed.attempts, verdict(filed.result)
    routes = {decision.route(place): target for place, target in enumerate(decision.targets)}
    # Of two that were asked side by side, the first may have answered.
    heard = next((one for one in attempts if one.result == "answered"), attempts[-1] if attempts else None)
    last = routes.get(heard.route, decision.targets[0]) if heard is not None else decision.targets[0]
    failed = told.tone == "bad"
    return Line(
        id=decision.id,
        at=filed.at,
        asked=decision.asked,
        scenario=decision.scenario,
        why=decision.why,
        provider=last.provider,
        model=last.model,
        session=filed.case.question.facts.session,
        verdict=told,
        passed=tuple(one for one in attempts if verdict(one.result).tone == "bad"),
        seconds=sum(one.seconds + one.pause for one in attempts) if attempts else None,
        message=next((one.message for one in reversed(attempts) if one.message), None) if failed else None,
    )


def failures(filed: Iterable[Filed], most: int) -> list[Line]:
    """At most so many of those nobody answered."""
    found: list[Line] = []
    for one in filed:
        if verdict(one.result).tone == "bad":
            found.append(line(one))
            if len(found) == most:
                break
    return found
