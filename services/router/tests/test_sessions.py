"""What is remembered of sessions is bounded, and the latest."""

from fairlead.router.sessions import Sessions


def test_the_last_prompt_of_a_session_is_remembered() -> None:
    sessions = Sessions()
    sessions.note("a", 70_000)
    sessions.note("a", 30_000)
    assert sessions.last_prompt("a") == 30_000


def test_nothing_is_known_of_a_new_session_or_of_none() -> None:
    sessions = Sessions()
    sessions.note(None, 5)
    assert (sessions.last_prompt("a"), sessions.last_prompt(None)) == (0, 0)


def test_the_least_recently_used_session_is_forgotten_first() -> None:
    sessions = Sessions(limit=2)
    sessions.note("a", 1)
    sessions.note("b", 2)
    assert sessions.last_prompt("a") == 1
    sessions.note("c", 3)
    assert [sessions.last_prompt(name) for name in "abc"] == [1, 0, 3]
    assert repr(sessions) == "<Sessions 2/2>"
