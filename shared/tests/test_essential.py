"""Facts about fields that are refused rather than lost."""

import pytest
from msgspec import Raw

from fairlead.shared.conversation import Block, Document, Extras, FileSource, Image, Text, Unknown, UrlSource
from fairlead.shared.essential import refuse_essential, refuse_foreign_file, refuse_unknown
from fairlead.shared.failure import FailureError, Kind

ASKED = [
    ("n", b"2"),
    ("modalities", b'["text","audio"]'),
    ("audio", b"{}"),
    ("functions", b"[{}]"),
    ("container", b'"c"'),
    ("mcp_servers", b"[{}]"),
    ("thread", b"{}"),
    ("previous_response_id", b'"resp_1"'),
    ("conversation", b'"conv_1"'),
    ("prompt", b"{}"),
    ("background", b"true"),
    ("compaction", b"{}"),
]


@pytest.mark.parametrize(("field", "value"), ASKED)
def test_asking_for_what_nobody_else_has_is_refused(field: str, value: bytes) -> None:
    with pytest.raises(FailureError, match=f"{field}: not available with that model: ") as caught:
        refuse_essential(Extras("other", {"later": Raw(b"1"), field: Raw(value)}), "that model")
    assert (caught.value.failure.kind, caught.value.failure.param) == (Kind.BAD_REQUEST, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", b"1"), ("modalities", b'["text"]'), ("mcp_servers", b"[]"), ("background", b"false"), ("later", b"2")]
    + [(field, b"null") for field, _ in ASKED],
)
def test_asking_for_nothing_is_not(field: str, value: bytes) -> None:
    refuse_essential(Extras("other", {field: Raw(value)}), "that model")
    refuse_essential(None, "that model")


# Blocks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"compaction","encrypted_content":"e"}',
        b'{"type":"compaction_trigger"}',
        b'{"type":"container_upload","file_id":"f"}',
        b'{"type":"input_video"}',
        b'{"type":"mcp","server_label":"s"}',
        b'{"mcpServers":[{"name":"s"}]}',
        b'{"inlineData":{"mimeType":"video/mp4","data":""},"videoMetadata":{}}',
    ],
)
def test_what_a_model_is_to_work_with_is_refused_with_its_place(raw: bytes) -> None:
    with pytest.raises(FailureError, match=r"messages\[3\]: \w+: not available with that model: ") as caught:
        refuse_unknown(Unknown("other", Raw(raw)), "that model", "messages[3]")
    assert (caught.value.failure.kind, caught.value.failure.param) == (Kind.BAD_REQUEST, "messages[3]")


@pytest.mark.parametrize(
    "block", [Text("compaction"), Unknown("other", Raw(b'{"type":"mcp_tool_use","inlineDatum":1}'))]
)
def test_what_a_model_once_did_by_itself_may_be_left_out(block: Block) -> None:
    refuse_unknown(block, "that model", "messages[3]")


@pytest.mark.parametrize("kind", [Image, Document])
def test_a_file_that_another_maker_holds_is_refused(kind: type[Image] | type[Document]) -> None:
    for source in (FileSource("f", "mine"), FileSource("f"), UrlSource("https://e.example")):
        refuse_foreign_file(kind(source), "mine", "messages[0]")
    with pytest.raises(FailureError, match="held by another provider"):
        refuse_foreign_file(kind(FileSource("f", "theirs")), "mine", "messages[0]")
