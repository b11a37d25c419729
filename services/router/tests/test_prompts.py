"""Claude Code's instructions, exchanged for words of the user's own."""

import json
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from msgspec import Raw

from fairlead.router.prompts import OwnPrompt, rewritten

from .answers import anthropic_message
from .bodies import claude_code
from .conftest import CONFIG
from .fake_normalizer import FakeNormalizer, whole
from .running import RunningRouter

IDENTITY = {"type": "text", "text": "You are a coding agent."}
MACHINE = "<env>\nPlatform: linux\n</env>"


def prompt(*texts: str) -> list[dict[str, Any]]:
    return [IDENTITY, *({"type": "text", "text": text, "cache_control": {"type": "ephemeral"}} for text in texts)]


def put(system: Any, text: str = "Be kind.\n") -> Any:
    changed = rewritten({"system": Raw(json.dumps(system).encode())}, text)
    return None if changed is None else json.loads(bytes(changed["system"]))


def test_what_stands_before_the_machine_is_exchanged() -> None:
    assert put(prompt(f"Be brief.\n{MACHINE}\nGo.")) == prompt(f"Be kind.\n{MACHINE}\nGo.")


def test_of_several_machines_the_last_one_stays() -> None:
    assert put(prompt(f"As in <env> elsewhere.\n{MACHINE}")) == prompt(f"Be kind.\n{MACHINE}")


def test_later_versions_have_a_section_of_that_name() -> None:
    told = "# Environment\nYou work on linux.\n# Environment update\nNothing."
    assert put(prompt(f"Be brief.\n{told}")) == prompt(f"Be kind.\n{told}")


def test_blocks_around_it_stay() -> None:
    billing = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.0.1;"}
    assert put([billing, *prompt(f"Be brief.{MACHINE}", "More.")]) == [
        billing,
        *prompt(f"Be kind.\n{MACHINE}", "More."),
    ]


@pytest.mark.parametrize(
    "system",
    [
        f"Be brief.{MACHINE}",
        [{"type": "text", "text": f"Be brief.{MACHINE}"}],
        prompt("Be brief."),
        prompt("Of the # Environment nothing is said."),
        None,
    ],
)
def test_a_prompt_without_a_second_block_that_tells_of_the_machine_stays(system: Any) -> None:
    assert put(system) is None


def test_a_request_without_a_prompt_stays() -> None:
    assert rewritten({"model": Raw(b'"m"')}, "Be kind.") is None


def test_the_tag_that_picks_a_subagents_model_stays() -> None:
    tag = "<CCR-SUBAGENT-MODEL>p,small</CCR-SUBAGENT-MODEL>"
    assert put(prompt(f"{tag}Search.\n{MACHINE}")) == prompt(f"{tag}Be kind.\n{MACHINE}")


def test_a_body_keeps_every_other_byte(tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("Be kind.\n")
    body = b'{ "system" : [{"text":"I"},{"text":"Be brief.<env>"}] , "max_tokens" : 1 }'
    fields = msgspec.json.decode(body, type=dict[str, Raw])
    changed, written = OwnPrompt(tmp_path / "own.md", pytest.fail).put(fields, body)
    assert written == b'{ "system" : [{"text":"I"},{"text":"Be kind.\\n<env>"}] , "max_tokens" : 1 }'
    assert msgspec.json.decode(written, type=dict[str, Raw]) == changed


def test_a_file_that_changes_is_read_again_and_one_that_is_gone_is_told_of_once(tmp_path: Path) -> None:
    file, said = tmp_path / "own.md", list[str]()
    own = OwnPrompt(file, said.append)
    fields = {"system": Raw(json.dumps(prompt(MACHINE)).encode())}
    body = b'{"system":' + bytes(fields["system"]) + b"}"

    def told() -> Any:
        return json.loads(own.put(fields, body)[1])["system"][1]["text"]

    assert told() == told() == MACHINE
    assert said == [f"REWRITE_SYSTEM_PROMPT: {file}: no such file or directory; system prompts stay as they are"]
    file.write_text("One.")
    assert told() == f"One.{MACHINE}"
    file.write_text("Another.")
    assert told() == f"Another.{MACHINE}"
    file.write_bytes(b"\xff")
    assert told() == MACHINE
    assert "is no UTF-8" in said[1]


@pytest.mark.parametrize("model", ["native", "chat"])
async def test_it_goes_to_models_of_either_lane(normalizer: FakeNormalizer, tmp_path: Path, model: str) -> None:
    (tmp_path / "own.md").write_text("Be kind.\n")
    key = f"REWRITE_SYSTEM_PROMPT: {json.dumps(str(tmp_path / 'own.md'))},"
    normalizer.unknown = whole(200, anthropic_message())
    async with (
        RunningRouter("{" + key + CONFIG[1:], normalizer.url) as router,
        httpx2.AsyncClient(base_url=router.url, timeout=10) as client,
    ):
        body = claude_code(stream=False, model=f"p,{model}", system=prompt(f"Be brief.\n{MACHINE}"))
        await client.post("/v1/messages", json=body)
    sent = next(asked for asked in normalizer.asked if asked.method == "POST")
    assert sent.model == f"p,{model}"
    assert b"Be kind.\\n<env>" in sent.body
    assert b"Be brief" not in sent.body
