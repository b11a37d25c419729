"""Pictures a model made, and the neutral form: https://platform.openai.com/docs/guides/tools-image-generation.

Only answers are read so. In a request the item goes back to its maker as it came.
"""

from typing import Any

import msgspec
from msgspec import Raw

from fairlead.shared.codec import decode_field, encode
from fairlead.shared.conversation import Base64Source, Extras, Image
from fairlead.shared.dialects.openai_responses.items import Said, read_raw_item
from fairlead.shared.dialects.openai_responses.parts import write_extras
from fairlead.shared.dialects.openai_responses.reasoning import NAME
from fairlead.shared.wire import openai_responses as wire

_KIND = "image_generation_call"


def read_answered_item(raw: Raw, path: str) -> Said:
    """One item of an answer. Raises FailureError (BAD_REQUEST) naming `path`."""
    if decode_field(raw, wire.Typed, path).type != _KIND:
        return read_raw_item(raw, path)
    call: wire.ImageCall = decode_field(raw, wire.ImageCall, path)
    if not call.result:
        return read_raw_item(raw, path)
    fields: dict[str, Raw] = msgspec.json.decode(raw, type=dict[str, Raw])
    own = {name: value for name, value in fields.items() if name not in ("type", "result")}
    source = Base64Source(f"image/{call.output_format or 'png'}", call.result)
    return Said("assistant", (Image(source, extras=Extras(NAME, own)),))


def own_id(image: Image) -> str | None:
    """The id its item had, if that is one."""
    raw = write_extras(image.extras).get("id", Raw(b"null"))
    id: object = msgspec.json.decode(raw)
    return id if isinstance(id, str) else None


def is_shown(image: Image) -> bool:
    """Whether it can be told: its bytes must be at hand."""
    return isinstance(image.source, Base64Source)


def write_image(image: Image, id: str, *, begun: bool = False) -> dict[str, Any]:
    """An item; `begun`: before its bytes have come."""
    assert isinstance(image.source, Base64Source), "only pictures whose bytes are at hand are written"
    form = Raw(encode(image.source.media_type.partition("/")[2]))
    status = {"status": "in_progress"} if begun else {}
    fields = {"id": id, "type": _KIND, "status": "completed", "output_format": form, **write_extras(image.extras)}
    return {**fields, "id": id, **status, "result": None if begun else image.source.data}
