"""The spec language."""

import pytest

from fairlead.simulator.spec import Faults, Position, Spec, SpecError, chosen, of_model, parse


def test_a_scene_alone_has_no_faults() -> None:
    assert parse("sim-text") == Spec(scene="text")


def test_options_follow_an_exclamation_mark() -> None:
    spec = parse("sim-text!status=529,retry-after=7")
    assert spec.scene == "text"
    assert spec.faults == Faults(status=529, headers=(("retry-after", "7"),))


@pytest.mark.parametrize("text", ["text!cut=120,lenient", "text!cut=120;lenient", "text!cut=120!lenient"])
def test_three_separators_mean_the_same(text: str) -> None:
    assert parse(text) == Spec(scene="text", faults=Faults(cut=Position(120)), lenient=True)


def test_values_are_percent_decoded() -> None:
    assert parse("text!content=a%2Cb%21,message=50%25").content == "a,b!"


def test_repeated_options_add_up() -> None:
    faults = parse("text!delay-at=10:0.5,delay-at=e2:.25,header=x-a:1,header=X-B: two words").faults
    assert faults.delays == ((Position(10), 0.5), (Position(2, events=True), 0.25))
    assert faults.headers == (("x-a", "1"), ("x-b", "two words"))


def test_quirks_add_up() -> None:
    assert parse("text!quirk=index0,quirk=no-ids").quirks == {"index0", "no-ids"}
    assert parse("text").quirks == frozenset()


def test_fail_first_alone_means_overloaded() -> None:
    assert parse("text!fail-first=2").faults.status == 529
    assert parse("text!fail-first=2,reset=0").faults == Faults(reset=Position(0))


@pytest.mark.parametrize(
    "text",
    [
        "text!nonsense",
        "text!status",
        "text!status=abc",
        "text!status=99",
        "text!html=1",
        "text!delay-at=5",
        "text!delay-headers=-1",
        "text!split=0",
        "text!quirk=unheard",
        "text!cut=e",
        "text!header=no value",
        "text!header=a:b%0D%0Ac: d",
    ],
)
def test_what_is_no_option_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        parse(text)


@pytest.mark.parametrize(
    "model",
    ["sim-text!cut=1", "simulator,sim-text!cut=1", "openai/sim-text!cut=1"],
)
def test_a_provider_prefix_of_the_model_is_ignored(model: str) -> None:
    assert of_model(model) == parse("text!cut=1")


@pytest.mark.parametrize("model", ["claude-opus-5", "gpt-6", "", "what!is=this", "a/b/c"])
def test_foreign_models_are_the_default_scene(model: str) -> None:
    assert of_model(model) == Spec(scene="simulated")


def test_a_slash_in_a_value_is_no_prefix() -> None:
    assert of_model("sim-write-file!path=/tmp/a.txt").path == "/tmp/a.txt"


def test_the_header_wins_over_the_model() -> None:
    assert chosen("sim-thinking!status=500", "text!cut=1") == parse("text!cut=1")


def test_a_header_without_scene_keeps_the_scene_of_the_model() -> None:
    assert chosen("sim-thinking!status=500", "!cut=1") == parse("thinking!cut=1")
    assert chosen("gpt-6", "!cut=1") == parse("simulated!cut=1")
