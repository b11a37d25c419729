"""What is remembered of sessions is bounded, and the latest."""

from fairlead.router.sessions import Past, Sessions


def test_the_last_prompt_of_a_session_is_remembered() -> None:
    sessions = Sessions()
    sessions.note("a", Past(70_000))
    sessions.note("a", Past(30_000))
    assert sessions.past("a").prompt == 30_000


def test_nothing_is_known_of_a_new_session_or_of_none() -> None:
    sessions = Sessions()
    sessions.note(None, Past(5))
    assert (sessions.past("a").prompt, sessions.past(None).prompt) == (0, 0)


def test_the_least_recently_used_session_is_forgotten_first() -> None:
    sessions = Sessions(limit=2)
    sessions.note("a", Past(1))
    sessions.note("b", Past(2))
    assert sessions.past("a").prompt == 1
    sessions.note("c", Past(3))
    assert [sessions.past(name).prompt for name in "abc"] == [1, 0, 3]
    assert repr(sessions) == "<Sessions 2/2>"
