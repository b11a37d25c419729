"""Whether a request meets the conditions of a scenario."""

from fairlead.router.question import Answer, Question, comes_to
from fairlead.shared.config.when import When, fits


def meets(question: Question, when: When) -> Answer:
    """What can be told at once is looked at before anything is counted."""
    if not (_says(question, when) and _stands(question, when)):
        return False
    tokens = when.tokens
    return True if tokens is None else comes_to(question, tokens.least, tokens.most)


def _says(question: Question, when: When) -> bool:
    """What the request says."""
    facts = question.facts
    return (
        fits(when.model, [facts.model])
        and fits(when.tool, facts.tool_names)
        and fits(when.request_class, [facts.work])
        and fits(when.agent, [facts.agent_type])
        and fits(when.auxiliary, [facts.auxiliary_type])
        and all(fits(patterns, [facts.heard.get(name)]) for name, patterns in when.header.items())
    )


def _stands(question: Question, when: When) -> bool:
    """Whose it is, and when."""
    key, moment = question.key, question.moment
    return (
        fits(when.session, [question.facts.session])
        and fits(when.key, [key.name if key is not None else None])
        and fits(when.project, [question.project])
        and (not when.hours or any(hours.hold(moment.minute) for hours in when.hours))
        and (not when.days or moment.day in when.days)
    )
