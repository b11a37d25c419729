"""The workloads, each with the CPU time it may take, and the time it is measured for."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from . import bodies
from .answers import Speaks
from .bodies import Body

SIZES = {"136k": 136_000, "850k": 850_000}


class Workload(Struct, frozen=True, kw_only=True):
    """One kind of request of a client that speaks Anthropic Messages, to a `provider` of some dialect.

    `chunks` deltas of text, `gap` seconds apart, or in writes of `split` bytes each instead of one; `requests` a round,
    `concurrency` at once.

    `target` is in milliseconds of CPU a request of both tiers together, None where none was set.
    """

    name: str
    provider: Speaks
    body: str = "small"
    stream: bool = True
    chunks: int = 200
    gap: float = 0.0
    split: int | None = None
    requests: int
    concurrency: int = 8
    target: float | None = None

    @property
    def lane(self) -> str:
        """How it crosses from one tier to the other."""
        return "native" if self.native else "openai"

    @property
    def scene(self) -> str:
        """The model's name, in which the simulator finds what to answer."""
        pace = f",gap={self.gap}" if self.gap else f",split={self.split}" if self.split else ""
        # A name that says Claude: what other makers have signed does not cross as it is.
        named = ",message=claude" if self.native else ""
        return f"sim-text!chunks={self.chunks}{pace}{named}"

    @property
    def model(self) -> str:
        """What the client asks for: `provider,model`."""
        return f"{provider_name(self.provider)},{self.scene}"

    @property
    def native(self) -> bool:
        return self.provider is Speaks.MESSAGES

    def bodies(self, count: int) -> list[Body]:
        """So many different ones, of one shape."""
        if self.body == "small":
            return [bodies.small(variant) for variant in range(count)]
        return [bodies.agent(self.body, SIZES[self.body], variant) for variant in range(count)]

    def shortened(self) -> "Workload":
        """The same with one chunk: what is left when its time is taken away is the chunks' own."""
        return msgspec.structs.replace(self, name=f"{self.name}, one chunk", chunks=1, gap=0.0, split=None, target=None)


def provider_name(speaks: Speaks) -> str:
    """What the generated configuration calls the provider of a dialect."""
    return f"sim-{speaks}"


WORKLOADS: tuple[Workload, ...] = (
    Workload(name="small-json", provider=Speaks.CHAT, stream=False, chunks=1, requests=400, target=1.4),
    Workload(name="small-json-native", provider=Speaks.MESSAGES, stream=False, chunks=1, requests=400),
    Workload(name="small-stream", provider=Speaks.CHAT, requests=160, target=3.5),
    Workload(name="small-stream-split", provider=Speaks.CHAT, split=256, requests=80),
    Workload(name="small-stream-paced", provider=Speaks.CHAT, gap=0.002, requests=40),
    Workload(name="small-stream-native", provider=Speaks.MESSAGES, requests=160),
    Workload(name="136k-stream", provider=Speaks.CHAT, body="136k", requests=120, target=4.5),
    Workload(name="136k-stream-responses", provider=Speaks.RESPONSES, body="136k", requests=120),
    Workload(name="136k-stream-gemini", provider=Speaks.GEMINI, body="136k", requests=120),
    Workload(name="136k-stream-native", provider=Speaks.MESSAGES, body="136k", requests=160, target=2.5),
    Workload(name="136k-stream-native-paced", provider=Speaks.MESSAGES, body="136k", gap=0.002, requests=40),
    Workload(name="850k-stream", provider=Speaks.CHAT, body="850k", chunks=20, requests=32, concurrency=4, target=14.0),
    Workload(name="850k-stream-native", provider=Speaks.MESSAGES, body="850k", chunks=20, requests=64, concurrency=4),
)

MEMORY_TARGETS: Mapping[str, int] = {"router": 140_000_000, "normalizer": 90_000_000}
"""Bytes resident that an idle tier may have."""
