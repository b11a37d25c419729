"""Every decision can be asked for: what it was made from, who was considered, what became of it, and once more."""

import httpx2
import pytest

from fairlead.router.brief import View
from fairlead.router.decide import Decision, case_of, decide
from fairlead.router.decisions import Decisions
from fairlead.router.explain import Filed
from fairlead.router.facts import Facts
from fairlead.router.question import Choice, Question
from fairlead.router.scenario import choose

from .answers import anthropic_message, anthropic_stream
from .bodies import claude_code
from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer, stream, whole
from .running import RunningRouter
from .test_decide import POLICY

MESSAGE = anthropic_message("hi")
OVERLOADED = whole(529, {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})


async def test_a_decision_explains_its_candidates_and_what_they_answered(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers = {"p,native": OVERLOADED, "p,second": whole(200, MESSAGE)}
    answered = await client.post("/v1/messages", json=claude_code(stream=False))
    told = (await client.get(f"/api/decisions/{answered.headers['x-fairlead-decision']}")).json()
    assert [one["route"] for one in told["candidates"]] == ["p,native", "p,second", "p,chat"]
    assert [one["result"] for one in told["outcome"]["attempts"]] == ["overloaded", "answered"]
    assert (told["scenario"], told["strategy"], told["result"]) == ("default", "priority", "answered")
    assert told["facts"]["model"] == "my-model"
    assert (told["replay"]["same"], told["replay"]["differences"]) == (True, [])


async def test_who_was_just_overloaded_is_passed_over_with_the_reason(
    normalizer: FakeNormalizer, client: httpx2.AsyncClient
) -> None:
    normalizer.answers = {"p,native": OVERLOADED, "p,second": whole(200, MESSAGE)}
    await client.post("/v1/messages", json=claude_code(stream=False))
    answered = await client.post("/v1/messages", json=claude_code(stream=False))
    assert answered.headers["x-fairlead-route"] == "p,second"
    told = (await client.get(f"/api/decisions/{answered.headers['x-fairlead-decision']}")).json()
    passed_over = {one["route"]: one["passed_over"] for one in told["candidates"]}
    assert "it asked for a pause" in passed_over["p,native"]
    assert passed_over["p,second"] is None


async def test_the_newest_decisions_are_listed_first(normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
    normalizer.unknown = whole(200, MESSAGE)
    made = [
        (await client.post("/v1/messages", json=claude_code(stream=False))).headers["x-fairlead-decision"]
        for _ in range(3)
    ]
    told = (await client.get("/api/decisions?limit=2")).json()["decisions"]
    assert [one["id"] for one in told] == made[:0:-1]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x"])
async def test_a_limit_that_is_none_is_refused(client: httpx2.AsyncClient, limit: str) -> None:
    response = await client.get(f"/api/decisions?limit={limit}")
    assert response.status_code == 400
    assert "limit" in response.json()["error"]["message"]


async def test_a_decision_that_is_not_remembered_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/decisions/dec_nobody")).status_code == 404


async def test_decisions_are_for_those_who_show_the_key(normalizer: FakeNormalizer) -> None:
    shown = {"authorization": "Bearer secret-of-the-router"}
    async with (
        RunningRouter('{APIKEY: "secret-of-the-router"}', normalizer.url) as router,
        httpx2.AsyncClient() as client,
    ):
        assert (await client.get(f"{router.url}/api/decisions")).status_code == 401
        assert (await client.get(f"{router.url}/api/decisions", headers=shown)).status_code == 200


def test_only_so_many_are_remembered() -> None:
    kept = Decisions(limit=2)
    question = Question(Facts("m", False, 1, 1), POLICY)
    choice = choose(question)
    assert isinstance(choice, Choice)
    for number in range(3):
        case = case_of(question, choice, View(0.0), f"dec_{number}")
        decision = decide(case)
        assert isinstance(decision, Decision)
        kept.file(Filed(case, decision, "req", 0.0))
    assert kept.find("dec_0") is None
    assert [one.decision.id for one in kept.newest(9)] == ["dec_2", "dec_1"]


SMALL_WINDOW = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "$P_KEY", models: ["native", "second"]}],
  Router: {default: ["p,native", "p,second"]},
}"""


async def test_what_a_provider_has_read_corrects_what_fits_into_its_context(normalizer: FakeNormalizer) -> None:
    normalizer.lists_models(native="anthropic", second="anthropic")
    normalizer.unknown = whole(200, MESSAGE | {"usage": {"input_tokens": 3_000, "output_tokens": 3}})
    normalizer.models[0]["context_window"] = 5_000
    body = claude_code(stream=False, messages=[{"role": "user", "content": "some words " * 700}])
    async with (
        RunningRouter(SMALL_WINDOW, normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=10) as client,
    ):
        await client.get("/v1/models")
        scales = []
        for _ in range(2):
            answered = await client.post("/v1/messages", json=body)
            told = (await client.get(f"/api/decisions/{answered.headers['x-fairlead-decision']}")).json()
            assert told["tokens"]["exact"] is not None
            scales.append(told["candidates"][0]["token_scale"])
    assert scales[0] == 1.0
    assert scales[1] > 1.1


async def test_what_is_asked_beside_a_conversation_leaves_its_past_as_it_is(normalizer: FakeNormalizer) -> None:
    normalizer.answers = {"p,native": stream(*anthropic_stream())}
    normalizer.unknown = whole(200, MESSAGE)
    config = CONFIG.replace('default: "p,native"', 'default: {targets: ["p,native", "p,second"], strategy: "cost"}')
    beside = [{"x-claude-code-request-class": "side_reply"}, {"x-claude-code-agent-id": "a0123456789abcdef"}]
    async with (
        RunningRouter(config, normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        await client.post("/v1/messages", json=claude_code())
        for headers in beside:
            await client.post("/v1/messages", json=claude_code(model="p,second", stream=False), headers=headers)
        again = await client.post("/v1/messages", json=claude_code())
        told = (await client.get(f"/api/decisions/{again.headers['x-fairlead-decision']}")).json()
    assert told["last_prompt"] == 70_010
    assert (told["cache"]["target"], told["cache"]["tokens"]) == ("p,native", 70_000)
