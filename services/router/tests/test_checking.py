"""Checks as they are made: through the normalizer, for no client, and until the router stops."""

import asyncio
from typing import Any

import httpx2
import pytest

from fairlead.router.checking import Checker
from fairlead.router.checks import Check, Rounds
from fairlead.router.health import Board, Lesson, Load, State, Tuning
from fairlead.router.memory import OwnMemory
from fairlead.router.metrics import Metrics
from fairlead.router.sessions import Sessions
from fairlead.shared.config.schema import Target
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.failure import Failure, Kind

from .answers import chat_completion
from .fake_normalizer import FakeNormalizer, whole
from .running import Lines, RunningRouter

BY_LIST, BY_ANSWER = Check("p", 60.0), Check("p", 60.0, "native", "p,native")


class Scene:
    """A checker before a fake normalizer, and what it leaves behind."""

    def __init__(self, normalizer: FakeNormalizer, client: httpx2.AsyncClient) -> None:
        self.board, self.metrics, self.log, self.time = Board(Tuning()), Metrics(), Lines(), 0.0
        memory = OwnMemory(self.board, Sessions())
        self.checker = Checker(
            (BY_LIST,),
            Rounds(),
            memory,
            client,
            normalizer.url,
            {"authorization": "Bearer n"},
            DIALECTS["openai"],
            lambda: self.time,
            self.metrics,
            self.log,
        )

    def state(self) -> State:
        return self.board.standing(Target("p", "native"), self.time).state


@pytest.fixture
async def scene(normalizer: FakeNormalizer) -> Any:
    async with httpx2.AsyncClient(timeout=10) as client:
        yield Scene(normalizer, client)


async def test_a_list_is_asked_for_by_the_providers_name(scene: Scene, normalizer: FakeNormalizer) -> None:
    normalizer.checks = whole(200, {"provider": "p", "well": True})
    await scene.checker.check(BY_LIST)
    [asked] = normalizer.messages
    assert (asked.target, asked.json) == ("/api/check", {"provider": "p"})
    assert asked.headers["authorization"] == "Bearer n"
    assert b'health_checks_total{provider="p",result="well"} 1' in scene.metrics.told()


async def test_an_answer_is_asked_for_in_a_few_tokens(scene: Scene, normalizer: FakeNormalizer) -> None:
    normalizer.unknown = whole(200, chat_completion())
    await scene.checker.check(BY_ANSWER)
    [asked] = normalizer.messages
    assert (asked.target, asked.model, asked.json["max_tokens"]) == ("/v1/chat/completions", "p,native", 16)
    assert asked.headers["x-fairlead-retry"] == "none"


async def test_failures_open_the_circuit_and_are_told_to_the_log_once(scene: Scene, normalizer: FakeNormalizer) -> None:
    normalizer.unknown = whole(502, {"error": {"message": "x"}}, x_fairlead_failure="unreachable")
    for _ in range(5):
        await scene.checker.check(BY_ANSWER)
    assert scene.state() is State.OPEN
    normalizer.unknown = whole(200, chat_completion())
    await scene.checker.check(BY_ANSWER)
    assert scene.state() is State.CLOSED
    assert [line["result"] for line in scene.log.of("health check")] == ["unreachable", "well"]


@pytest.mark.parametrize("check", [BY_LIST, BY_ANSWER])
async def test_a_normalizer_that_is_away_says_nothing_of_providers(
    check: Check, scene: Scene, normalizer: FakeNormalizer
) -> None:
    for answer in ([ConnectionResetError], whole(503, {"error": {"message": "not ours"}})):
        normalizer.unknown = normalizer.checks = answer
        for _ in range(10):
            await scene.checker.check(check)
    assert scene.state() is State.CLOSED
    assert b'result="not checked"} 20' in scene.metrics.told()


async def test_the_first_is_due_within_its_interval(scene: Scene) -> None:
    assert scene.checker.due() == []
    scene.time = 61.0
    assert scene.checker.due() == [BY_LIST]
    assert scene.checker.due() == []


async def test_whoever_stops_lets_go_of_a_check_that_hangs_and_of_its_probe(
    scene: Scene, normalizer: FakeNormalizer
) -> None:
    for _ in range(5):
        scene.board.ended(
            scene.board.began(Target("p", "native"), 0.0, Load()), 0.0, Lesson(Failure(Kind.UNREACHABLE, "x"))
        )
    scene.checker.due()
    scene.time = 61.0
    normalizer.checks = [asyncio.Event()]
    running = asyncio.create_task(scene.checker.run())
    await normalizer.arrived.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await normalizer.gone.wait()
    assert scene.board.comes_back("p", None, 61.0) == 61.0


async def test_a_check_is_no_request_of_anybody(scene: Scene, normalizer: FakeNormalizer) -> None:
    normalizer.checks = whole(200, {"provider": "p", "well": True})
    await scene.checker.check(BY_LIST)
    [whole_provider] = scene.board.known(0.0)
    assert (whole_provider.calls, whole_provider.standing.in_flight) == (0, 0)
    told = scene.metrics.told().decode()
    assert not [line for line in told.splitlines() if line.startswith("fairlead_router_requests_total{")]
    assert not [line for line in told.splitlines() if line.startswith("fairlead_router_attempts_total{")]


CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", models: ["native"], health_check: 10}],
  Router: {default: "p,native"},
}"""


async def test_a_router_with_checks_tells_of_them_where_it_tells_of_providers(normalizer: FakeNormalizer) -> None:
    async with (
        RunningRouter(CONFIG, normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url) as client,
    ):
        [provider] = (await client.get("/api/providers")).json()["providers"]
    assert (provider["check"], provider["models"][0]["check"]) == (None, None)
