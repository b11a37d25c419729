"""How providers stand, in words, and who is next."""

import json

import httpx2
import pytest

from fairlead.router.catalog import Catalog
from fairlead.router.health import UNKNOWN, Checked, Filled, Known, Standing, State
from fairlead.router.policy import Policy
from fairlead.router.ui import chains
from fairlead.router.ui.credentials import Credential, Credentials
from fairlead.router.ui.credentials import Standing as Held
from fairlead.router.ui.lines import Verdict
from fairlead.router.ui.providers import MODELS, Sight, providers, target_of
from fairlead.router.ui.standings import health, limits, verdict
from fairlead.router.ui.trial import trial
from fairlead.router.ui.unread import Unread
from fairlead.shared.config import parse
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.rates import What

CONFIG = parse(
    """{
  Providers: [
    {name: "good", api_base_url: "https://good.example/v1/chat/completions", models: ["a", "b"]},
    {name: "bad", api_base_url: "https://bad.example/v1/messages", models: ["c"]},
  ],
  Router: {default: {targets: ["good,a"], fallback: ["bad,c", "good,a"]}, emergency: "good,b"},
}""",
    {},
    file="c",
    resolve_secrets=False,
).config
POLICY = Policy.of(CONFIG)
NOBODY = Held((), {})


def known(standing: Standing = UNKNOWN, calls: int = 0, failures: int = 0, provider: str = "good") -> Known:
    return Known(provider, None, standing, calls, failures)


@pytest.mark.parametrize(
    ("one", "word", "tone"),
    [
        (known(), "not asked lately", ""),
        (known(calls=9, failures=1), "well", "good"),
        (known(calls=5, failures=1), "unsteady", "warn"),
        (known(calls=2, failures=2), "failing", "warn"),
        (known(Standing(share=0.4)), "recovering, gets 40%", "warn"),
        (known(Standing(until=105.0, throttled=True)), "pauses, 5 s more", "warn"),
        (known(Standing(State.HALF_OPEN, until=105.0)), "circuit half-open, tried next", "warn"),
        (known(Standing(State.OPEN, until=130.0)), "circuit open, 30 s more", "bad"),
    ],
)
def test_a_standing_is_one_word(one: Known, word: str, tone: str) -> None:
    assert verdict(one, 100.0) == Verdict(word, tone)


def test_keys_and_checks_are_told_where_there_are_any() -> None:
    checked = Checked(70.0, Kind.UPSTREAM, 3, 1)
    made = health(Known("good", None, Standing(keys=3, ready=2), check=checked), 100.0)
    assert (made.keys, made.check, made.checked_s) == ((2, 3), Verdict("upstream error", "bad"), 30.0)
    assert (health(known(), 100.0).keys, health(known(), 100.0).check) == (None, None)


def test_the_fullest_limit_comes_first() -> None:
    found = limits([Filled(What.REQUESTS, 60, 6, 60.0), Filled(What.TOKENS, 100, 90, None, 130.0)], 100.0)
    assert [(one.what, one.share, one.resets_s) for one in found] == [
        ("tokens", 0.9, 30.0),
        ("requests a minute", 0.1, None),
    ]


def test_a_provider_is_told_with_its_models_and_credentials() -> None:
    held = Held((Credential("GOOD", "api_key", "ok"), Credential("bad", "oauth", "expired")), {"bad": "is expired"})
    stranger = Known("invented", "x", UNKNOWN, 1)
    made = providers(Sight(POLICY, CONFIG.providers, [known(calls=1), stranger], held, (), 0.0))
    assert [one.name for one in made.providers] == ["good", "bad", "invented"]
    good = made.providers[0]
    assert (good.host, [one.name for one in good.models]) == ("good.example", ["a", "b"])
    assert [one.type for one in good.credentials] == ["api_key"]
    assert made.unknown is None


def test_one_that_the_normalizer_does_not_call_is_disabled_and_it_is_said_why() -> None:
    held = Held((), {}, {"good": "the variable KEY is not set"})
    good, bad = providers(Sight(POLICY, CONFIG.providers, (), held, (), 0.0)).providers
    assert (good.disabled, good.health.verdict) == ("the variable KEY is not set", Verdict("disabled", "bad"))
    assert bad.disabled is None


async def test_who_is_not_called_and_why_is_asked_of_the_normalizer() -> None:
    answers = {
        "/api/credentials": {"credentials": []},
        "/ready": {"status": "no provider", "unusable": [{"provider": "Good", "because": "so"}]},
    }

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(503 if request.url.path == "/ready" else 200, json=answers[request.url.path])

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        told = await Credentials(client, "http://normalizer.test", {}, lambda: 0.0).look()
    assert told == Held((), {}, {"good": "so"})


def test_what_is_not_known_of_credentials_is_said() -> None:
    made = providers(Sight(POLICY, CONFIG.providers, [], Unread("it does not answer"), (), 0.0))
    assert made.unknown == "it does not answer"


def test_only_so_many_models_are_shown() -> None:
    many = [Known("good", f"m{number}", UNKNOWN, 1) for number in range(MODELS + 5)]
    made = providers(Sight(POLICY, CONFIG.providers, many, NOBODY, (), 0.0))
    assert (len(made.providers[0].models), made.providers[0].more) == (MODELS, 7)


def test_a_chain_names_each_target_once_and_why_it_cannot_be_called() -> None:
    stands = chains.Health({("good", None): known(calls=1)}, 0.0, {"bad": "its credential is expired"})
    [chain] = chains.chains(POLICY, Catalog.of([]), stands)
    assert [(one.model, one.part) for one in chain.links] == [("a", "target"), ("c", "fallback"), ("b", "emergency")]
    assert chain.links[1].because is not None
    assert chain.links[0].verdict.tone == "good"


def test_nobody_is_tried_whom_the_configuration_does_not_name() -> None:
    assert target_of(POLICY, CONFIG.providers, "good", "b").model == "b"
    with pytest.raises(FailureError):
        target_of(POLICY, CONFIG.providers, "good", "http://evil.example")


def answers(status: int, body: object) -> httpx2.AsyncClient:
    async def told(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())

    return httpx2.AsyncClient(transport=httpx2.MockTransport(told))


@pytest.mark.parametrize(
    ("status", "body", "answered", "said"),
    [
        (200, {"choices": [{"message": {"content": " ok "}}]}, True, "ok"),
        (200, {"choices": [{"message": {}}]}, True, "an answer without words"),
        (401, {"error": {"message": "the key is refused"}}, False, "the key is refused"),
        (502, b"<html>", False, "an answer that cannot be read, with status 502"),
    ],
)
async def test_a_trial_says_what_came_of_it(status: int, body: object, answered: bool, said: str) -> None:
    async with answers(status, body) as client:
        told = await trial(client, "http://normalizer", {}, "good,a", lambda: 1.0)
    assert (told.answered, told.said, told.route) == (answered, said, "good,a")
