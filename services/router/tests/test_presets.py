"""Requests below a preset's path go by its providers and its Router, and nobody else's do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fairlead.router.endpoints.table import split

from .answers import anthropic_error, anthropic_message
from .bodies import claude_code
from .fake_normalizer import FakeNormalizer, whole
from .running import RunningRouter
from .serving_files import WithFile, with_file

CONFIG = """{
  Providers: [{name: "p", api_base_url: "https://p.example/v1", models: ["m"]}],
  Router: {default: "p,m", think: "p,m"},
  EXTRA
}"""
WORK = """{
  name: "work",
  Providers: [{name: "own", api_base_url: "https://own.example/v1", models: ["m", "small", "spare"], prices: {input: 1, output: 1}}],
  Router: {default: "own,m", background: "own,small"},
  fallback: {default: ["own,spare"]},
}"""


def install(folder: Path, text: str = WORK, name: str = "work") -> None:
    (folder / "presets" / name).mkdir(parents=True, exist_ok=True)
    (folder / "presets" / name / "manifest.json").write_text(text)


def serve(normalizer: FakeNormalizer) -> None:
    targets = (("p", "m"), ("work/own", "m"), ("work/own", "small"), ("work/own", "spare"))
    normalizer.models = [
        {"id": f"{provider},{model}", "provider": provider, "dialect": "anthropic", "type": "model"}
        for provider, model in targets
    ]
    normalizer.answers |= {f"{provider},{model}": whole(200, anthropic_message(model)) for provider, model in targets}


@pytest.fixture
async def router(tmp_path: Path, normalizer: FakeNormalizer) -> AsyncIterator[WithFile]:
    install(tmp_path)
    install(tmp_path, "{", "broken")
    serve(normalizer)
    async with with_file(tmp_path / "config.json", CONFIG.replace("EXTRA", ""), normalizer.url) as running:
        yield running


@pytest.fixture
async def client(router: WithFile) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=router.url, timeout=10) as made:
        yield made


async def ask(client: httpx2.AsyncClient, path: str, **changed: Any) -> httpx2.Response:
    return await client.post(path, json=claude_code(stream=False, **changed))


async def route(client: httpx2.AsyncClient, path: str, **changed: Any) -> str:
    answer = await ask(client, path, **changed)
    assert answer.status_code == 200, answer.text
    return answer.headers["x-fairlead-route"]


async def test_a_presets_path_is_routed_by_its_own_router(client: httpx2.AsyncClient) -> None:
    assert await route(client, "/preset/work/v1/messages") == "work/own,m"
    assert await route(client, "/v1/messages") == "p,m"


async def test_it_has_scenarios_of_its_own_alone(client: httpx2.AsyncClient) -> None:
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2_000}}
    assert await route(client, "/preset/work/v1/messages", **thinking) == "work/own,m"
    assert await route(client, "/preset/work/v1/messages", model="claude-haiku-4-5") == "work/own,small"


async def test_the_normalizer_is_asked_for_the_provider_by_its_longer_name(
    client: httpx2.AsyncClient, normalizer: FakeNormalizer
) -> None:
    await ask(client, "/preset/work/v1/messages")
    assert (normalizer.messages[-1].target, normalizer.messages[-1].model) == ("/v1/messages", "work/own,m")


async def test_a_provider_is_named_as_in_the_manifest_or_in_full(client: httpx2.AsyncClient) -> None:
    assert await route(client, "/preset/work/v1/messages", model="OWN,small") == "work/own,small"
    assert await route(client, "/preset/work/v1/messages", model="work/own,small") == "work/own,small"
    assert await route(client, "/preset/work/v1/messages", model="own/small") == "work/own,small"
    assert await route(client, "/v1/messages", model="work/own,small") == "work/own,small"


@pytest.mark.parametrize("model", ["p,m", "p/m", "m"])
async def test_nothing_leads_out_of_a_preset(
    client: httpx2.AsyncClient, normalizer: FakeNormalizer, model: str
) -> None:
    assert await route(client, "/preset/work/v1/messages", model=model) in ("work/own,m", "work/own,spare")
    tagged = [{"type": "text", "text": f"<CCR-SUBAGENT-MODEL>{model}</CCR-SUBAGENT-MODEL>"}]
    assert await route(client, "/preset/work/v1/messages", system=tagged) == "work/own,m"
    assert "p,m" not in [asked.model for asked in normalizer.messages]


async def test_a_slip_in_a_providers_name_is_met_with_the_presets(client: httpx2.AsyncClient, router: WithFile) -> None:
    await ask(client, "/preset/work/v1/messages", model="onw,m")
    assert "did you mean own?" in router.log.of("routing")[-1]["message"]


async def test_its_fallback_is_asked_where_its_first_target_fails(
    client: httpx2.AsyncClient, normalizer: FakeNormalizer
) -> None:
    normalizer.answers["work/own,m"] = whole(529, anthropic_error("overloaded_error", "busy"))
    assert await route(client, "/preset/work/v1/messages") == "work/own,spare"


async def test_tokens_are_counted_where_the_preset_would_send_them(
    client: httpx2.AsyncClient, normalizer: FakeNormalizer
) -> None:
    normalizer.answers["work/own,m"] = whole(200, {"input_tokens": 7})
    answer = await ask(client, "/preset/work/v1/messages/count_tokens")
    assert answer.json() == {"input_tokens": 7}


async def test_other_dialects_are_served_below_it_too(client: httpx2.AsyncClient) -> None:
    body = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}]}
    answer = await client.post("/preset/work/v1/chat/completions", json=body)
    assert answer.headers["x-fairlead-route"] == "work/own,m"
    assert (await client.head("/preset/work")).status_code == 200
    assert (await client.get("/preset/work/health")).json() == {"status": "ok"}


async def test_a_preset_that_there_is_not_is_told_in_the_clients_dialect_with_those_there_are(
    client: httpx2.AsyncClient,
) -> None:
    answer = await ask(client, "/preset/wrok/v1/messages")
    assert answer.status_code == 404
    assert answer.json()["error"] == {"type": "not_found_error", "message": "there is no preset wrok; there is work"}
    openai = await client.post("/preset/wrok/v1/chat/completions", json={"model": "m", "messages": []})
    assert "there is no preset wrok" in openai.json()["error"]["message"]
    assert (await client.get("/preset/wrok/v1/models")).status_code == 404


async def test_a_broken_preset_is_not_served_and_says_so(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "/preset/broken/v1/messages")
    assert answer.status_code == 404
    assert "has mistakes" in answer.json()["error"]["message"]


async def test_its_models_are_listed_below_its_path_and_there_alone(client: httpx2.AsyncClient) -> None:
    own = (await client.get("/preset/work/v1/models")).json()["data"]
    assert [one["id"] for one in own] == ["work/own,m", "work/own,small", "work/own,spare"]
    assert [one["id"] for one in (await client.get("/v1/models")).json()["data"]] == ["p,m"]
    assert (await client.get("/preset/work/v1/models/small")).json()["id"] == "work/own,small"


async def test_a_decision_and_the_log_say_which_preset_it_was(client: httpx2.AsyncClient, router: WithFile) -> None:
    for path, preset in (("/preset/work/v1/messages", "work"), ("/v1/messages", None)):
        answer = await ask(client, path)
        told = (await client.get(f"/api/decisions/{answer.headers['x-fairlead-decision']}")).json()
        assert (told["preset"], told["replay"]["same"]) == (preset, True)
        assert router.log.of("request")[-1].get("preset") == preset


async def test_what_is_used_is_told_of_the_presets_provider(client: httpx2.AsyncClient) -> None:
    await ask(client, "/preset/work/v1/messages")
    requests = (await client.get("/api/usage/requests")).json()["requests"]
    assert [(one["provider"], one["model"], one["cost"] is not None) for one in requests] == [("work/own", "m", True)]
    standing = {one["provider"] for one in (await client.get("/api/providers")).json()["providers"]}
    assert standing == {"p", "work/own"}


async def test_the_requests_of_its_clients_need_a_key_as_all_do(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    install(tmp_path)
    serve(normalizer)
    keys = 'APIKEY: "whole", client_keys: [{name: "few", key: "few", models: ["p,*"]}]'
    file = tmp_path / "config.json"
    async with (
        with_file(file, CONFIG.replace("EXTRA", keys), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=10) as client,
    ):
        statuses = {}
        for key in ("none", "few", "whole"):
            client.headers["x-api-key"] = key
            statuses[key] = (await ask(client, "/preset/work/v1/messages")).status_code
    assert statuses == {"none": 401, "few": 403, "whole": 200}


async def test_a_budgets_ladder_leads_nobody_out_of_a_preset(tmp_path: Path, normalizer: FakeNormalizer) -> None:
    install(tmp_path)
    serve(normalizer)
    budget = '{name: "all", usd: 1e-9, refuse: false, slide_at: 0.5, ladder: ["p,m"]}'
    file = tmp_path / "config.json"
    async with (
        with_file(file, CONFIG.replace("EXTRA", f"budgets: [{budget}]"), normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=10) as client,
    ):
        await ask(client, "/preset/work/v1/messages")
        answer = await ask(client, "/preset/work/v1/messages")
        told = (await client.get(f"/api/decisions/{answer.headers['x-fairlead-decision']}")).json()
    assert "all is nearly spent" in told["why"]
    assert told["targets"] == ["work/own,m", "work/own,spare"]


async def test_a_preset_comes_changes_and_goes_while_the_router_runs(
    tmp_path: Path, client: httpx2.AsyncClient, router: WithFile
) -> None:
    install(tmp_path, WORK.replace('default: "own,m"', 'default: "own,small"'))
    install(tmp_path, WORK, "play")
    await router.look()
    assert await route(client, "/preset/work/v1/messages") == "work/own,small"
    assert (await ask(client, "/preset/play/v1/messages")).headers["x-fairlead-scenario"] == "default"
    (tmp_path / "presets/work").rename(tmp_path / "presets/job")
    await router.look()
    answer = await ask(client, "/preset/work/v1/messages")
    assert "there is job, play" in answer.json()["error"]["message"]
    assert await route(client, "/v1/messages") == "p,m"


async def test_a_change_of_the_configuration_over_http_keeps_the_presets(
    client: httpx2.AsyncClient, router: WithFile
) -> None:
    text = CONFIG.replace("EXTRA", "API_TIMEOUT_MS: 5")
    assert (await client.post("/api/config", json={"text": text})).status_code == 200
    assert await route(client, "/preset/work/v1/messages") == "work/own,m"


async def test_presets_are_told_with_what_is_wrong_with_them(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    presets = (await client.get("/api/presets")).json()["presets"]
    assert [(one["name"], one["path"], one["served"]) for one in presets] == [
        ("broken", "/preset/broken", False),
        ("work", "/preset/work", True),
    ]
    assert presets[0]["problems"][0].startswith(f"{tmp_path}/presets/broken/manifest.json:1")
    assert presets[1]["about"] == {"name": "work"}


async def test_one_is_told_whole_but_for_what_was_answered(
    client: httpx2.AsyncClient, router: WithFile, tmp_path: Path
) -> None:
    asks = 'schema: [{id: "k", label: "Key"}, {id: "m", type: "input", required: false}], userValues: {k: "sk-secret"},'
    install(
        tmp_path,
        WORK.replace("{", f"{{ {asks}", 1)
        .replace("/v1", "/v1?key=sk-other", 1)
        .replace("prices", 'api_key: "#{k}", prices'),
    )
    await router.look()
    answer = await client.get("/api/presets/work")
    told = answer.json()
    assert told["providers"] == [
        {
            "name": "own",
            "api_base_url": "https://own.example/v1?key=***",
            "type": "openai",
            "models": ["m", "small", "spare"],
            "disabled": None,
        }
    ]
    assert told["router"] == {"default": ["work/own,m"], "background": ["work/own,small"]}
    assert told["fallback"] == {"default": ["work/own,spare"]}
    assert [(one["id"], one["type"], one["answered"]) for one in told["inputs"]] == [
        ("k", "password", True),
        ("m", "input", False),
    ]
    assert "sk-" not in answer.text
    assert (await client.get("/api/presets/broken")).json()["inputs"] == []
    assert (await client.get("/api/presets/none")).status_code == 404


async def test_one_is_deleted_with_its_folder_and_served_no_more(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    assert (await client.delete("/api/presets/work")).json() == {"success": True, "name": "work"}
    assert sorted(one.name for one in (tmp_path / "presets").iterdir()) == ["broken"]
    assert (await ask(client, "/preset/work/v1/messages")).status_code == 404
    assert (await client.delete("/api/presets/work")).status_code == 404
    assert (await client.delete("/api/presets/broken")).status_code == 200
    assert (await client.delete("/api/presets/..%2F..")).status_code == 404
    assert (tmp_path / "config.json").exists()
    assert await route(client, "/v1/messages") == "p,m"


async def test_without_a_file_there_are_no_presets_to_tell_of(normalizer: FakeNormalizer) -> None:
    text = CONFIG.replace("EXTRA", "")
    async with (
        RunningRouter(text, normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=10) as client,
    ):
        assert (await client.get("/api/presets")).status_code == 409


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/v1/messages", ("/v1/messages", None)),
        ("/preset/work/v1/messages", ("/v1/messages", "work")),
        ("/proxy/preset/work/v1/messages", ("/v1/messages", "work")),
        ("/preset/work", ("/", "work")),
        ("/preset/work/", ("/", "work")),
        ("/preset//v1/messages", ("/preset//v1/messages", None)),
        ("/v1beta/models/preset/x:generateContent", ("/v1beta/models/preset/x:generateContent", None)),
        ("/preset/a/v1beta/models/preset/x:countTokens", ("/v1beta/models/preset/x:countTokens", "a")),
    ],
)
def test_a_path_is_parted_where_its_preset_ends(path: str, parts: tuple[str, str | None]) -> None:
    assert split(path) == parts
