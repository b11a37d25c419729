"""What may stand beside the words of an answer: probabilities of tokens, pictures, sound, and how it was served.

Servers shape some of it in ways of their own. What cannot be read is no reason to fail an answer that can.

Sources: https://platform.openai.com/docs/api-reference/chat/object and, for pictures,
https://openrouter.ai/docs/features/multimodal/image-generation.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from fairlead.shared.base64_texts import joined
from fairlead.shared.codec import encode
from fairlead.shared.conversation import (
    Audio,
    Base64Source,
    Extras,
    FileSource,
    Image,
    Logprob,
    RedactedThinking,
    Text,
    Thinking,
)
from fairlead.shared.data_urls import read_data_url, write_data_url
from fairlead.shared.dialects.openai.parts import NAME
from fairlead.shared.wire import openai as wire

T = TypeVar("T")


def _read(told: Any, kind: type[T]) -> T | None:
    """What was told as `kind`; None when it is nothing of it."""
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError:
        return None


def read_annotations(told: wire.Loose) -> list[wire.Annotation]:
    """What stands beside a text."""
    read = [_read(one, wire.Annotation) for one in told] if isinstance(told, list) else []
    return [one for one in read if one is not None]


# Probabilities ----------------------------------------------------------------------------------


def read_logprobs(told: wire.Loose) -> tuple[tuple[Logprob, ...], tuple[Logprob, ...]]:
    """Of the tokens of the content, and of those of the refusal."""
    read = _read(told, wire.Logprobs) or wire.Logprobs()
    return _tokens(read.content), _tokens(read.refusal)


def _tokens(told: Iterable[wire.Logprob] | None) -> tuple[Logprob, ...]:
    return tuple(
        [
            Logprob(
                one.token,
                one.logprob,
                None if one.bytes is None else tuple(one.bytes),
                one.token_id,
                _tokens(one.top_logprobs),
            )
            for one in told or ()
        ]
    )


def write_tokens(tokens: Iterable[Logprob]) -> list[dict[str, Any]]:
    """Tokens with all fields that clients expect."""
    return [{**_token(one), "top_logprobs": [_token(other) for other in one.top]} for one in tokens]


def _token(one: Logprob) -> dict[str, Any]:
    told: dict[str, Any] = {"token": one.token, "logprob": one.logprob, "bytes": one.bytes}
    return told if one.id is None else {**told, "token_id": one.id}


def write_logprobs(texts: Sequence[Text]) -> dict[str, Any] | None:
    """A choice's `logprobs`; None when nothing is known."""
    content = [one for text in texts if not text.refusal for one in text.logprobs]
    refusal = [one for text in texts if text.refusal for one in text.logprobs]
    if not content and not refusal:
        return None
    return {"content": write_tokens(content) or None, "refusal": write_tokens(refusal) or None}


# Reasoning --------------------------------------------------------------------------------------

LITELLM = "litellm"
"""Who gets signatures back that LiteLLM handed out: it knows whose they are."""


class _ThinkingBlock(msgspec.Struct):
    type: str
    thinking: str = ""
    signature: str | None = None
    data: str | None = None


def details_of(said: wire.AnswerMessage | wire.Delta) -> list[wire.ReasoningDetail] | None:
    """Reasoning in detail, or as the blocks that LiteLLM tells of it. Of models other than Claude these hold no text,
    but JSON of it.

    Source: https://docs.litellm.ai/docs/reasoning_content.
    """
    if said.reasoning_details or not said.thinking_blocks:
        return said.reasoning_details
    blocks = _read(said.thinking_blocks, list[_ThinkingBlock]) or []
    if "".join(block.thinking for block in blocks) != (said.reasoning_content or ""):
        return None
    return [_detail_of(block) for block in blocks]


def _detail_of(block: _ThinkingBlock) -> wire.ReasoningDetail:
    if block.data is not None:
        return wire.ReasoningDetail("reasoning.encrypted", data=block.data, format=LITELLM)
    signed = LITELLM if block.signature else None
    return wire.ReasoningDetail("reasoning.text", text=block.thinking, signature=block.signature or None, format=signed)


def write_blocks(reasoning: Iterable[Thinking | RedactedThinking]) -> list[dict[str, str]]:
    """Reasoning as LiteLLM wants its blocks back."""
    return [
        {"type": "redacted_thinking", "data": block.data}
        if isinstance(block, RedactedThinking)
        else {"type": "thinking", "thinking": block.text, "signature": block.signature}
        for block in reasoning
    ]


# Pictures and sound -----------------------------------------------------------------------------


def read_images(told: wire.Loose) -> list[Image]:
    """Pictures the model made."""
    images = [_read(one, wire.AnswerImage) for one in told] if isinstance(told, list) else []
    return [Image(read_data_url(one.image_url.url), one.image_url.detail) for one in images if one is not None]


def write_images(images: Iterable[Image]) -> list[dict[str, Any]]:
    """Those that can be told by a URL; a picture held by a provider cannot."""
    shown = [one for one in images if not isinstance(one.source, FileSource)]
    return [
        {"type": "image_url", "image_url": {"url": write_data_url(one.source)}, "index": index}
        for index, one in enumerate(shown)
    ]


STREAMED = "pcm16"
"""The only form sound has in a stream."""


def read_audio(told: wire.Loose, form: str = "wav") -> Audio | None:
    """Sound, or a piece of it. The answer does not say its form: whoever asked knows it."""
    audio = None if told is None else _read(told, wire.AnswerAudio)
    if audio is None:
        return None
    own = {"id": audio.id, "expires_at": audio.expires_at}
    fields = {name: Raw(encode(value)) for name, value in own.items() if value is not None}
    source = Base64Source(f"audio/{form}", audio.data or "")
    return Audio(source, Extras(NAME, fields) if fields else None, audio.transcript or "")


def write_audio(sounds: Sequence[Audio], id: str) -> dict[str, Any]:
    """The sound of an answer, all of it as one. Nobody holds it to be spoken of by its id: it has expired."""
    return {
        **audio_fields(sounds[0], id),
        "data": joined([one.source.data for one in sounds]),
        "transcript": "".join(one.transcript for one in sounds),
    }


def audio_fields(audio: Audio, id: str) -> dict[str, Any]:
    """What is said of sound beside itself."""
    own: Mapping[str, Raw] = {}
    if audio.extras is not None and audio.extras.dialect == NAME:
        own = audio.extras.fields
    return {"id": f"audio_{id}", "expires_at": 0, **own}


# How it was served ------------------------------------------------------------------------------


def read_tier(told: wire.Loose) -> str | None:
    """The tier of the service that answered."""
    if not isinstance(told, str):
        return None
    return "standard" if told == "default" else told


_ELSEWHERE = "batch"
"""A tier that here is an API of its own."""


def has_word(tier: str | None) -> bool:
    """Whether the tier, if there is one, can be told."""
    return tier != _ELSEWHERE


def write_tier(tier: str | None) -> dict[str, Any]:
    """The entry that tells the tier, or nothing where there is no word for it. Vendors have words of their own."""
    if tier is None or not has_word(tier):
        return {}
    return {"service_tier": "default" if tier == "standard" else tier}
