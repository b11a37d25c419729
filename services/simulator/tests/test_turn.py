"""A conversation as scenes see it."""

from fairlead.simulator.turn import Call, Sizes, Story, Turn, sizes


def test_the_prompt_is_the_last_wish_without_reminders() -> None:
    story = Story()
    story.asked("<system-reminder>be kind</system-reminder>")
    story.asked("first")
    story.asked("<system-reminder>\nx\n</system-reminder> second ")
    story.asked("<system>\ny\n</system>")
    assert story.prompt == "second"


def test_calls_since_the_prompt_are_rounds_with_their_results() -> None:
    story = Story()
    story.asked("old")
    story.called([("0", "Read")])
    story.asked("new")
    story.called([("1", "Write"), ("2", "Bash")])
    story.answered("2", "done", is_error=False)
    story.answered("1", "no", is_error=True)
    story.called([])
    story.called([("3", "Bash")])
    assert story.rounds == ((Call("Write", "no", True), Call("Bash", "done", False)), (Call("Bash"),))


def test_filler_beside_results_begins_no_new_turn() -> None:
    story = Story()
    story.asked("go")
    story.called([("1", "Write")])
    story.answered("1", "ok", is_error=False)
    for filler in (
        "Tool loaded.",
        "[Your previous response had no visible output. Go on.]",
        "Your response above was cut off mid-stream. Resume directly.\nNo apology.",
        "<system-reminder>later</system-reminder>",
    ):
        story.asked(filler)
    assert story.prompt == "go"
    assert len(story.rounds) == 1


def test_a_result_without_a_call_is_nobodys() -> None:
    story = Story()
    story.answered("ghost", "boo", is_error=False)
    assert story.rounds == ()


def test_sizes_split_at_the_last_assistant_message() -> None:
    assert sizes(10, [("user", 1), ("assistant", 2), ("user", 3), ("assistant", 4), ("user", 5)]) == Sizes(16, 4, 5)
    assert sizes(10, [("user", 1)]) == Sizes(10, 0, 1)


def turn(weights: Sizes, *, caches: bool) -> Turn:
    return Turn(
        model="m",
        stream=False,
        prompt="",
        rounds=(),
        background=(),
        tools=(),
        schema=None,
        forced=None,
        max_tokens=None,
        stops=(),
        sizes=weights,
        caches=caches,
    )


def test_without_cache_marks_the_whole_prompt_is_fresh() -> None:
    usage = turn(Sizes(400, 40, 40), caches=False).usage(5, 2)
    assert (usage.fresh, usage.cache_read, usage.cache_write, usage.output, usage.thinking) == (120, 0, 0, 5, 2)


def test_a_first_turn_writes_the_cache_and_a_later_one_reads_it() -> None:
    first = turn(Sizes(400, 0, 40), caches=True).usage(5, 0)
    assert (first.fresh, first.cache_read, first.cache_write) == (10, 0, 100)
    later = turn(Sizes(440, 20, 40), caches=True).usage(5, 0)
    assert (later.fresh, later.cache_read, later.cache_write) == (10, 110, 5)
    assert later.prompt == 125
