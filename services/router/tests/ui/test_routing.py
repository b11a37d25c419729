"""The pages of routing: the matrix, a row that changes, and a request that nobody sent."""

from pathlib import Path

import httpx2
import pytest

from ..answers import anthropic_stream
from ..bodies import claude_code
from ..fake_normalizer import FakeNormalizer, stream
from ..running import RunningRouter
from ..serving_files import with_file
from .pages import CLIENT, KEYS, Visitor, put, said, text_in

TEXT = """{
  Providers: [
    {name: "p", api_base_url: "https://p.example/v1", api_key: 'canary', models: ["native", "second"]},
  ],
  Router: {
    default: "p,native", // where to
    think: ["p,native", "p,second"],
    nightly: { when: { hours: "22-06" }, targets: "p,second" },
    emergency: "p,second",
  },
  fallback: { default: ["p,second"] }, // and then
  budgets: [{ name: "team", usd: 5 }],
  EXTRA
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.json"


def text(extra: str = "") -> str:
    return TEXT.replace("EXTRA", extra)


@pytest.mark.parametrize("keys", KEYS)
async def test_a_row_that_is_changed_sends_the_next_request_elsewhere(
    file: Path, normalizer: FakeNormalizer, keys: str
) -> None:
    normalizer.answers["p,second"] = stream(b"".join(anthropic_stream("Hello")))
    async with with_file(file, text(KEYS[keys]), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("routing")
        assert "Everything that no other scenario takes" in page.text
        form = await visitor.get("routing/edit", scenario="default")
        assert 'value="p,native"' in form.text
        review = await visitor.send(
            "routing/edit", form, **{"target-0": "p,second", "fallback-0": "p,native", "do": "review"}
        )
        assert "2 added" in review.text
        assert "canary" not in review.text
        assert said(file) == text(KEYS[keys])
        saved = await visitor.send("config", review, do="save")
        assert saved.url.path == "/ui/routing"
        assert "Requests that come from now on go by it" in saved.text
        async with httpx2.AsyncClient(base_url=router.url, headers={"x-api-key": CLIENT}) as client:
            answer = await client.post("/v1/messages", json=claude_code(stream=True))
        assert answer.headers["x-fairlead-route"] == "p,second"
    changed = text(KEYS[keys]).replace('default: "p,native"', 'default: "p,second"')
    assert said(file) == changed.replace('["p,second"] }, // and', '["p,native"] }, // and')


async def test_a_row_is_edited_without_scripts(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        fields = {"scenario": "think", "target-0": "p,native", "target-1": "p,second"}
        form = await visitor.send(
            "routing/edit", await visitor.get("routing/edit", scenario="think"), **fields, do="up target 1"
        )
        assert form.text.index('value="p,second"', form.text.index("<ol")) < form.text.index(
            'value="p,native"', form.text.index("<ol")
        )
        gone = await visitor.send("routing/edit", form, **fields, do="remove target 0")
        assert 'name="target-0" value="p,second"' in gone.text
        assert 'name="target-1" value=""' in gone.text
    assert said(file) == text()


async def test_slips_and_problems_are_told_at_the_form(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        form = await visitor.get("routing/edit", scenario="think")
        wrong = await visitor.send("routing/edit", form, do="review", **{"target-0": "p", "when": "{"})
        assert wrong.status_code == 400
        assert "“p” is no target" in wrong.text
        assert 'aria-describedby="slip-when"' in wrong.text
        wrong = await visitor.send("routing/edit", form, do="review", **{"target-0": "q,m"})
        assert wrong.status_code == 400
        assert "there is no provider q" in wrong.text
        assert 'value="q,m"' in wrong.text


async def test_rows_come_and_go(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        form = await visitor.get("routing/edit")
        fields = {"do": "review", "scenario": "default", "new": "yes", "target-0": "p,second"}
        for name in ("default", "Default"):
            told = await visitor.send("routing/edit", form, **{**fields, "scenario": name})
            assert "there is a row default already" in told.text.lower()
        told = await visitor.send("routing/edit", form, **{**fields, "scenario": "emergency"})
        assert "means something else there" in told.text
        review = await visitor.send("routing/edit", form, **{**fields, "scenario": "families.haiku"})
        await visitor.send("config", review, do="save")
        assert 'families: { haiku: "p,second" }' in said(file)
        form = await visitor.get("routing/edit", scenario="nightly")
        review = await visitor.send("routing/edit", form, do="delete", scenario="nightly")
        await visitor.send("config", review, do="save")
        assert "nightly" not in said(file)
        assert "// where to" in said(file)


async def test_what_is_not_of_one_row_is_edited_too(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        form = await visitor.get("routing/whole")
        wrong = await visitor.send("routing/whole", form, emergency="p", fast_threshold="")
        assert wrong.status_code == 400
        fields = {"emergency": "p,native", "long_context_threshold": "70000", "ladder-0": "p,second\np,native"}
        review = await visitor.send("routing/whole", form, **fields)
        await visitor.send("config", review, do="save")
    expected = text().replace('"p,second",\n  },', '"p,native",\n    longContextThreshold: 70000,\n  },')
    assert said(file) == expected.replace("usd: 5 }", 'usd: 5, ladder: ["p,second", "p,native"] }')


async def test_a_file_that_has_changed_between_review_and_save_is_told(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        form = await visitor.get("routing/edit", scenario="default")
        review = await visitor.send("routing/edit", form, do="review", scenario="default", **{"target-0": "p,second"})
        put(file, text("PORT: 1"))
        await router.look()
        told = await visitor.send("config", review, do="save")
        assert told.status_code == 412
        assert 'default: "p,second"' in text_in(told.text)


async def test_a_request_is_decided_that_nobody_sent(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        told = (await visitor.get("routing/try", tokens="100", thinking="on")).text
        assert '<h2 id="told-title">think</h2>' in told
        assert "Thinking is on." in told
        told = (await visitor.get("routing/try", tokens="100", scenario="nightly")).text
        assert '<h2 id="told-title">nightly</h2>' in told
        assert "told-title" not in (await visitor.get("routing/try")).text
        for wrong in ({"tokens": "few"}, {"tokens": "0"}, {"work": "play"}, {"tokens": "1", "scenario": "x"}):
            assert (await visitor.get("routing/try", **wrong)).status_code == 400
    assert "POST" not in [asked.method for asked in normalizer.asked]


async def test_a_broken_file_leads_to_its_editor(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        put(file, "{ Router: ")
        await router.look()
        page = await visitor.get("routing")
        assert "mend it under Configuration first" in page.text
        assert (await visitor.get("routing/edit", scenario="default")).status_code == 409
        assert 'data-line="1"' in (await visitor.get("config")).text


async def test_every_page_says_that_the_file_is_not_served_with(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        assert "The configuration on disk cannot be used" not in (await visitor.get("routing")).text
        put(file, text().replace("p,", "q,"))
        await router.look()
        for path in ("", "routing", "providers"):
            assert "The configuration on disk cannot be used" in (await visitor.get(path)).text
        assert "The configuration on disk cannot be used" not in (await visitor.get("config")).text


async def test_without_a_file_or_without_routes_the_page_says_so(file: Path, normalizer: FakeNormalizer) -> None:
    async with RunningRouter(text(), normalizer.url) as router, Visitor(router.url) as visitor:
        assert "runs without a configuration file" in (await visitor.get("routing")).text
    async with with_file(file, "{}", normalizer.url) as router, Visitor(router.url) as visitor:
        assert "No routes yet" in (await visitor.get("routing")).text


@pytest.mark.parametrize("path", ["routing", "routing/edit", "routing/whole", "routing/try"])
async def test_nobody_sees_it_without_the_key(file: Path, normalizer: FakeNormalizer, path: str) -> None:
    async with with_file(file, text(KEYS["with keys"]), normalizer.url) as router, httpx2.AsyncClient() as client:
        assert (await client.get(f"{router.url}/ui/{path}")).headers["location"].endswith("login")
        assert (await client.get(f"{router.url}/ui/{path}", headers={"x-api-key": CLIENT})).status_code == 403
        assert (await client.post(f"{router.url}/ui/{path}", headers={"x-api-key": CLIENT})).status_code == 403


async def test_nobody_else_can_say_that_something_was_saved(file: Path, normalizer: FakeNormalizer) -> None:
    async with with_file(file, text(), normalizer.url) as router, Visitor(router.url) as visitor:
        page = await visitor.get("routing", saved="../../v1/models")
        assert "Saved." not in page.text
