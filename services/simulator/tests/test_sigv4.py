"""A signature is right for one request and one secret."""

import pytest

from fairlead.simulator.sigv4 import is_signed, signature_of

# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html, get-vanilla and post-vanilla
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SCOPE = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"
RIGHT = {
    "GET": "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "POST": "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
}


def headers(signature: str, signed: str = "host;x-amz-date") -> list[tuple[str, str]]:
    return [
        ("Host", "example.amazonaws.com"),
        ("X-Amz-Date", "20150830T123600Z"),
        ("Authorization", f"{SCOPE}, SignedHeaders={signed}, Signature={signature}"),
    ]


@pytest.mark.parametrize("method", RIGHT)
def test_published_signatures_are_right(method: str) -> None:
    assert is_signed(method, "/", headers(RIGHT[method]), b"", SECRET)


@pytest.mark.parametrize(
    ("method", "target", "body", "secret"),
    [
        ("POST", "/", b"", SECRET),
        ("GET", "/x", b"", SECRET),
        ("GET", "/?a=b", b"", SECRET),
        ("GET", "/", b"x", SECRET),
        ("GET", "/", b"", SECRET + "x"),
    ],
)
def test_they_are_wrong_for_anything_else(method: str, target: str, body: bytes, secret: str) -> None:
    assert not is_signed(method, target, headers(RIGHT["GET"]), body, secret)


@pytest.mark.parametrize("value", ["", "Bearer x", SCOPE, f"{SCOPE}, SignedHeaders=host, Signature={'0' * 64}"])
def test_what_is_no_signature_or_signs_too_little_is_none(value: str) -> None:
    assert signature_of(value) is None
    assert not is_signed("GET", "/", [("authorization", value)], b"", SECRET)
