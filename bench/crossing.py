"""The pure part of the way through both tiers, put together in this process as each tier does it for itself."""

from collections.abc import Iterable

from msgspec import Struct

from fairlead.normalizer.lane import Wanted, prepare
from fairlead.normalizer.providers import PROVIDERS, Vendor
from fairlead.router.lane import Asked, Crossing
from fairlead.shared.codec import peek
from fairlead.shared.dialect import Dialect, ReplyContext
from fairlead.shared.dialects import DIALECTS
from fairlead.shared.surfaces import SURFACES, Operation
from fairlead.shared.translation import PassedThrough, Pipe, Translated
from fairlead.simulator import Provider
from fairlead.simulator.delivery import Write
from fairlead.simulator.http1 import Request

from .answers import Speaks, expect
from .http1 import Reader

CLIENT = DIALECTS["anthropic"]
LANE = DIALECTS["openai"]
_SURFACES = {each.dialect: each for each in SURFACES if each.operation is Operation.ANSWER}
_VENDORS = {
    Speaks.CHAT: PROVIDERS["openai"],
    Speaks.RESPONSES: PROVIDERS["openai-responses"],
    Speaks.GEMINI: PROVIDERS["gemini"],
    Speaks.MESSAGES: PROVIDERS["anthropic"],
}
_BASE = "http://simulator/v1"


def into_the_lane(body: bytes, model: str) -> bytes:
    """What the router makes of an Anthropic body: OpenAI chat, with all that our services say to each other."""
    asked = Asked(_SURFACES[CLIENT.name], "", peek(body), body, stream=True)
    return Crossing(CLIENT, LANE, asked).translated(model).body


class Way(Struct, frozen=True):
    """From a client of Anthropic Messages over the openai lane to a provider that `speaks` some dialect, and back."""

    speaks: Speaks

    @property
    def vendor(self) -> Vendor:
        return _VENDORS[self.speaks]

    @property
    def provider(self) -> Dialect:
        return DIALECTS[self.vendor.dialect]

    def out_of_the_lane(self, chat: bytes, model: str) -> bytes:
        """What the normalizer makes of a chat body of the router's: the provider's dialect."""
        wanted = Wanted(LANE, _SURFACES[LANE.name], peek(chat), chat, own_words=False)
        return prepare(wanted, self.provider, self.vendor.profile_of(model), model).body

    def answered(self, body: bytes, model: str) -> list[bytes]:
        """The events of a simulated provider's stream, each as it stands in the body. Raises WrongAnswerError."""
        url = self.vendor.urls(_BASE).of_answer(model, stream=True)
        headers = (("content-type", "application/json"), *self.vendor.constant.items())
        delivery = Provider().respond(Request("POST", url, headers, body))
        reader = Reader()
        reader.feed(b"".join(action.data for action in delivery.actions if isinstance(action, Write)))
        expect(reader.status == 200, f"the simulator refuses what the tiers send: {bytes(reader.body[:300])!r}")
        return [event + b"\n\n" for event in bytes(reader.body).removesuffix(b"\n\n").split(b"\n\n")]

    def pipes(self) -> tuple[Pipe, Pipe]:
        """What one stream goes through, at the normalizer and then at the router."""
        if self.provider.name == LANE.name:
            return PassedThrough(LANE, "req_1"), Translated(LANE, CLIENT, _CONTEXT)
        return Translated(self.provider, LANE, _LANE_CONTEXT), Translated(LANE, CLIENT, _CONTEXT)


_CONTEXT = ReplyContext("req_1", 1, "model")
_LANE_CONTEXT = ReplyContext("req_1", 1, "model", extensions=True)


def through(pipes: tuple[Pipe, Pipe], events: Iterable[bytes]) -> bytes:
    """What the client gets of events that come one by one, each read as it comes."""
    normalizer, router = pipes
    return b"".join([router.feed(normalizer.feed(event)) for event in events])


def whole(pipes: tuple[Pipe, Pipe], events: Iterable[bytes]) -> bytes:
    """The same of a whole stream: there are dialects whose streams end with their bytes."""
    normalizer, router = pipes
    return b"".join([through(pipes, events), router.feed(normalizer.close()), router.close()])
