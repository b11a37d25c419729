"""What the rules come to on the wire: hedging, deadlines, requests that act, overflow, and figures of it all."""

import asyncio

import httpx2

from .answers import anthropic_error, anthropic_message, anthropic_stream
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, Step, stream, whole
from .running import RunningRouter

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", models: ["native", "second", "chat"],
               prices: {"*": {input: 0.1, output: 0.1}}}],
  Router: {default: {targets: ["p,native", "p,second"], delay_ms: DELAY}, policy: {health: false, POLICY}},
}"""
BROKEN: list[Step] = whole(500, anthropic_error("api_error", "broken"))


def running(normalizer: FakeNormalizer, policy: str = "", delay: str = "0") -> RunningRouter:
    return RunningRouter(CONFIG.replace("POLICY", policy).replace("DELAY", delay), normalizer.url)


async def asked(router: RunningRouter, *, headers: dict[str, str] | None = None, **changed: object) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=router.url, timeout=10) as client:
        return await client.post("/v1/messages", json=claude_code(**changed), headers=headers)


async def figures(router: RunningRouter) -> list[str]:
    async with httpx2.AsyncClient(base_url=router.url) as client:
        return (await client.get("/metrics")).text.splitlines()


async def test_a_silent_first_is_overtaken_and_let_go_of_at_once(normalizer: FakeNormalizer) -> None:
    normalizer.answers = {"p,native": stream(asyncio.Event()), "p,second": stream(*anthropic_stream("second"))}
    async with running(normalizer, "hedge_s: 0.02, hedge_cost: 1") as router:
        response = await asked(router)
        await normalizer.gone.wait()
        async with httpx2.AsyncClient(base_url=router.url) as client:
            told = (await client.get(f"/api/decisions/{response.headers['x-fairlead-decision']}")).json()
        known = await figures(router)
    assert response.content == b"".join(anthropic_stream("second"))
    assert (response.headers["x-fairlead-route"], response.headers["x-fairlead-attempts"]) == ("p,second", "2")
    assert [one["result"] for one in told["outcome"]["attempts"]] == ["let_go", "answered"]
    assert 'fairlead_router_hedges_total{heard="second"} 1' in known
    [line] = router.log.of("request")
    assert line["duration_ms"] - line["overhead_ms"] > 19  # who was silent was waited for, which is none of our work


async def test_after_the_clients_deadline_nobody_else_is_asked(normalizer: FakeNormalizer) -> None:
    normalizer.answers = {"p,native": BROKEN, "p,second": stream(*anthropic_stream())}
    async with running(normalizer, delay="60000") as router:
        response = await asked(router, headers={"x-fairlead-deadline-ms": "5000"})
    assert (response.status_code, len(normalizer.messages)) == (500, 1)
    assert response.headers["x-fairlead-attempts"] == "1"


async def test_what_may_have_been_done_is_not_done_again(normalizer: FakeNormalizer) -> None:
    normalizer.answers = {"p,native": BROKEN, "p,second": stream(*anthropic_stream())}
    servers = [{"type": "url", "url": "https://mcp.example", "name": "m"}]
    async with running(normalizer) as router:
        acting = await asked(router, mcp_servers=servers)
        calm = await asked(router)
        normalizer.answers["p,native"] = whole(429, anthropic_error("rate_limit_error", "later"), retry_after="3")
        turned_away = await asked(router, mcp_servers=servers)
    assert [one.status_code for one in (acting, calm, turned_away)] == [500, 200, 200]
    assert [one.headers["x-fairlead-attempts"] for one in (acting, calm, turned_away)] == ["1", "2", "2"]


async def test_what_overflows_goes_to_a_larger_window_if_there_is_one(normalizer: FakeNormalizer) -> None:
    overflow = anthropic_error("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum")
    normalizer.answers = {"p,native": whole(400, overflow), "p,second": stream(*anthropic_stream())}
    small, large = normalizer.models[0], normalizer.models[1]
    for first, second, status in ((200_000, 1_000_000, 200), (200_000, 200_000, 400)):
        small["context_window"], large["context_window"] = first, second
        async with running(normalizer) as router:
            assert (await asked(router)).status_code == status


async def test_a_beta_makes_room_where_a_model_has_it_and_the_decision_says_so(normalizer: FakeNormalizer) -> None:
    normalizer.unknown = stream(*anthropic_stream())
    for model, window, long_window in zip(normalizer.models[:2], (300, 2_000), (9_000, None), strict=True):
        model["context_window"], model["long_context_window"] = window, long_window
    words = [{"role": "user", "content": "some words " * 400}]
    async with running(normalizer) as router, httpx2.AsyncClient(base_url=router.url) as client:
        await client.get("/v1/models")
        betas = {"anthropic-beta": "effort-2025-11-24,context-1m-2025-08-07"}
        with_beta, without = await asked(router, headers=betas, messages=words), await asked(router, messages=words)
        told = (await client.get(f"/api/decisions/{with_beta.headers['x-fairlead-decision']}")).json()
    assert (with_beta.headers["x-fairlead-route"], without.headers["x-fairlead-route"]) == ("p,native", "p,second")
    assert told["facts"]["long_context"] is True
    assert [one["context_window"] for one in told["candidates"]] == [9_000, 2_000]


async def test_failovers_limits_and_circuits_are_counted(normalizer: FakeNormalizer) -> None:
    limited = whole(429, anthropic_error("rate_limit_error", "later"), retry_after="3")
    normalizer.answers = {"p,native": limited, "p,second": stream(*anthropic_stream())}
    async with running(normalizer) as router:
        await asked(router)
        known = await figures(router)
    assert 'fairlead_router_failovers_total{provider="p",reason="rate_limit"} 1' in known
    assert 'fairlead_router_throttled_total{provider="p"} 1' in known
    assert 'fairlead_router_circuit_state{provider="p",model="native",state="closed"} 1' in known
    assert 'fairlead_router_circuit_state{provider="p",model="",state="open"} 0' in known
    assert not any("redis" in line for line in known)


async def test_a_credential_that_one_client_brings_and_is_refused_closes_nobody_elses_way(
    normalizer: FakeNormalizer,
) -> None:
    refused = whole(401, anthropic_error("authentication_error", "invalid x-api-key"))
    for auth, left_alone in (("auth: 'passthrough'", 0), ("auth: {type: 'api_key'}", 1)):
        normalizer.answers = {"p,native": refused, "q,second": stream(*anthropic_stream())}
        config = """{
          Providers: [{name: "p", api_base_url: "https://p.example/v1", api_key: "k", models: ["native"], AUTH},
                      {name: "q", api_base_url: "https://q.example/v1", api_key: "k", models: ["second"]}],
          Router: {default: ["p,native", "q,second"]},
        }""".replace("AUTH", auth)
        async with RunningRouter(config, normalizer.url) as router:
            first, then = await asked(router), await asked(router)
        assert first.headers["x-fairlead-attempts"] == "2"
        assert then.headers["x-fairlead-route"] == "q,second"
        assert then.headers["x-fairlead-attempts"] == ("1" if left_alone else "2")


async def test_a_clients_own_deadline_is_not_held_against_who_was_asked(normalizer: FakeNormalizer) -> None:
    late = whole(504, anthropic_error("timeout_error", "p was silent"), x_fairlead_failure="first_byte_timeout")
    normalizer.answers = {"p,native": late, "p,second": stream(*anthropic_stream())}
    config = CONFIG.replace("health: false, POLICY", "circuit: {failures: 1}").replace("DELAY", "0")
    for deadline, state in (("1", "closed"), ("60000", "open")):
        async with RunningRouter(config, normalizer.url) as router:
            await asked(router, headers={"x-fairlead-deadline-ms": deadline})
            known = await figures(router)
        assert f'fairlead_router_circuit_state{{provider="p",model="native",state="{state}"}} 1' in known


async def test_another_key_of_the_same_provider_is_asked_at_once_before_anybody_else(
    normalizer: FakeNormalizer,
) -> None:
    limited = anthropic_error("rate_limit_error", "later")
    normalizer.answers = {
        "p,native": whole(429, limited, retry_after="60", x_fairlead_key="2;n=3;r=1;t=9, 1;f=rate_limit"),
        "p,second": stream(*anthropic_stream()),
    }
    normalizer.then["p,native"] = whole(200, anthropic_message("third"), x_fairlead_key="3;n=3;r=1;t=8")
    async with running(normalizer, delay="60000") as router:
        answer = await asked(router)
        async with httpx2.AsyncClient(base_url=router.url) as client:
            told = (await client.get(f"/api/decisions/{answer.headers['x-fairlead-decision']}")).json()
            (provider,) = (await client.get("/api/providers")).json()["providers"]
        known = await figures(router)
    assert (answer.status_code, answer.headers["x-fairlead-route"]) == (200, "p,native")
    assert "x-fairlead-key" not in answer.headers
    attempts = [(one["route"], one["result"], one["key"]) for one in told["outcome"]["attempts"]]
    assert attempts == [("p,native", "rate_limit", "2"), ("p,native", "answered", "3")]
    native = next(one for one in provider["models"] if one["model"] == "native")
    assert (provider["keys"], native["throttled"]) == ({"total": 3, "ready": 1}, False)
    assert [(one["label"], one["calls"], one["failures"]) for one in native["keys"]] == [
        ("1", 1, 1),
        ("2", 1, 1),
        ("3", 1, 0),
    ]
    assert 'fairlead_router_key_switches_total{provider="p",reason="rate_limit"} 1' in known
    assert 'fairlead_router_keys{provider="p",state="resting"} 2' in known


async def test_who_has_no_other_key_left_is_asked_no_more_often_than_there_may_be_keys(
    normalizer: FakeNormalizer,
) -> None:
    limited = anthropic_error("rate_limit_error", "later")
    normalizer.answers = {
        "p,native": whole(429, limited, x_fairlead_key="1;n=30;r=29;t=9"),
        "p,second": stream(*anthropic_stream()),
    }
    async with running(normalizer) as router:
        answer = await asked(router)
    assert (answer.headers["x-fairlead-route"], answer.headers["x-fairlead-attempts"]) == ("p,second", "5")
