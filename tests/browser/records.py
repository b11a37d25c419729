"""A past for a router: as many records of requests as are wanted, of the last day, in the database it will open."""

import random
from collections.abc import Iterator
from pathlib import Path

from fairlead.router.records import Record
from fairlead.router.usage.store import Keeping, in_file

DAY = 86_400
BATCH = 20_000
MODELS = (
    ("anthropic", "claude-opus-5-5", "metered", 5.0, 40),
    ("anthropic", "claude-sonnet-5", "metered", 3.0, 24),
    ("anthropic", "claude-haiku-5", "metered", 1.0, 20),
    ("openrouter", "qwen/qwen4-coder", "metered", 0.4, 9),
    ("openrouter", "z-ai/glm-5.5", "metered", 0.4, 5),
    ("claude", "claude-opus-5-5", "subscription", 5.0, 8),
    ("ollama", "qwen2.5-coder:latest", "free", 0.0, 3),
    ("google", "gemini-3-pro", "metered", 2.0, 2),
    ("groq", "llama-5-70b", "metered", 0.6, 2),
    ("xai", "grok-5", "metered", 3.0, 1),
    ("mistral", "devstral-3", "metered", 0.3, 1),
)
"""Provider, model, how it is paid, dollars a million tokens, and how often it is asked."""
PROJECTS = ("/home/me/shop", "/home/me/shop-api", "/home/me/notes", None)
SCENARIOS = ("default", "background", "think", "coder", "longContext")
MINUTES_BEFORE_NOW = 3


def fill(database: Path, count: int, now: float) -> None:
    """`now` in Unix seconds: the newest record is a few minutes older."""
    database.parent.mkdir(parents=True, exist_ok=True)
    store = in_file(database, Keeping(requests=100_000, hours=100_000, days=100_000))
    batch: list[Record] = []
    for one in records(count, now):
        batch.append(one)
        if len(batch) == BATCH:
            store.write(batch)
            batch = []
    store.write(batch)
    store.database.close()


def records(count: int, now: float) -> Iterator[Record]:
    """The same ones for the same arguments: more by day than by night, twenty to a session."""
    chance = random.Random(count)
    weights = [one[4] for one in MODELS]
    for number in range(count):
        at = now - MINUTES_BEFORE_NOW * 60 - (1 - ((number + 0.5) / count) ** 0.7) * (DAY - 3_600)
        provider, model, billing, price, _ = chance.choices(MODELS, weights)[0]
        failed = chance.random() < 0.012
        prompt, output = chance.randrange(400, 90_000), chance.randrange(20, 2_500)
        cached = int(prompt * chance.random() * 0.95)
        cost = ((prompt - cached) + cached * 0.1 + output * 5) * price / 1e6
        default = ((prompt - cached) + cached * 0.1 + output * 5) * 5.0 / 1e6
        yield Record(
            at=at,
            request_id=f"req_{number:024x}",
            decision=f"dec_{number:024x}",
            client="anthropic",
            session=f"{number // 20 + 1:08x}-7d1e-4c59-9a3b-2f60b8c4e1aa",
            agent=None,
            project=PROJECTS[number // 20 % len(PROJECTS)],
            key=None,
            asked="claude-opus-5-5",
            scenario=chance.choice(SCENARIOS),
            provider=provider,
            model=model,
            billing=billing,
            attempts=1,
            stream=True,
            status=529 if failed else 200,
            result="overloaded" if failed else "answered",
            failure="overloaded" if failed else None,
            input=0 if failed else prompt - cached,
            cache_read=0 if failed else cached,
            cache_write=0,
            output=0 if failed else output,
            reasoning=0 if failed else output // 4,
            cost=None if failed else cost,
            default_cost=None if failed else default,
            first_byte=None if failed else 0.3 + chance.random() * 2,
            duration=1 + chance.random() * 20,
            overhead=0.002,
        )
