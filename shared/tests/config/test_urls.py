"""Any form of api_base_url leads to the same operations."""

import pytest

from fairlead.shared.config.urls import endpoint_url, fault_of, is_ones_own, is_same_service, proxy_fault_of


@pytest.mark.parametrize(
    ("base", "operation", "url"),
    [
        ("https://h", "chat", "https://h/v1/chat/completions"),
        ("https://h/", "chat", "https://h/v1/chat/completions"),
        ("https://h/v1", "chat", "https://h/v1/chat/completions"),
        ("https://h/v1/", "chat", "https://h/v1/chat/completions"),
        ("https://h/v1/chat/completions", "chat", "https://h/v1/chat/completions"),
        ("https://h/v1/chat/completions/", "chat", "https://h/v1/chat/completions"),
        ("https://h/v1/chat/completions", "models", "https://h/v1/models"),
        ("https://h/chat/completions", "chat", "https://h/chat/completions"),
        ("https://h/api/v1", "chat", "https://h/api/v1/chat/completions"),
        ("https://h/openai/v1", "chat", "https://h/openai/v1/chat/completions"),
        ("https://h/v1beta/openai", "chat", "https://h/v1beta/openai/chat/completions"),
        ("https://h/api/paas/v4", "chat", "https://h/api/paas/v4/chat/completions"),
        ("https://models.github.ai/inference", "chat", "https://models.github.ai/inference/chat/completions"),
        ("http://h:11434", "models", "http://h:11434/v1/models"),
        ("http://[::1]:8080/v1", "chat", "http://[::1]:8080/v1/chat/completions"),
        (
            "https://h/openai/deployments/d/chat/completions?api-version=1",
            "chat",
            "https://h/openai/deployments/d/chat/completions?api-version=1",
        ),
        ("https://h", "messages", "https://h/v1/messages"),
        ("https://h/v1", "messages", "https://h/v1/messages"),
        ("https://h/v1/messages", "messages", "https://h/v1/messages"),
        ("https://h/v1/messages", "count_tokens", "https://h/v1/messages/count_tokens"),
        ("https://h/v1/messages/count_tokens", "messages", "https://h/v1/messages"),
        ("https://h/v1/messages", "models", "https://h/v1/models"),
        ("https://h/anthropic", "messages", "https://h/anthropic/v1/messages"),
        ("https://h/a/v1/messages", "count_tokens", "https://h/a/v1/messages/count_tokens"),
        ("https://h/v1/chat/completions", "messages", "https://h/v1/messages"),
        ("https://h/v1/models", "chat", "https://h/v1/chat/completions"),
        ("https://h/v1/responses", "responses", "https://h/v1/responses"),
    ],
)
def test_the_url_of_an_operation(base: str, operation: str, url: str) -> None:
    assert endpoint_url(base, operation) == url


@pytest.mark.parametrize(
    "url", ["http://h", "https://h:8443/v1", "http://127.0.0.1:11434/v1", "http://[::1]/x", "https://h/a?b=c"]
)
def test_plain_http_urls_are_accepted(url: str) -> None:
    assert fault_of(url) is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("api.example.com/v1", "must begin with http:// or https://"),
        ("ftp://h", "must begin with http:// or https://"),
        ("file:///etc/passwd", "must begin with http:// or https://"),
        ("https://", "must name a host, as in https://api.example.com/v1"),
        ("https:///v1", "must name a host, as in https://api.example.com/v1"),
        ("https://h:0/", "must name a host, as in https://api.example.com/v1"),
        ("https://h:99999/", "is not a URL: its host or port cannot be read"),
        ("https://h:x/", "is not a URL: its host or port cannot be read"),
        ("https://[::1/", "is not a URL: its host or port cannot be read"),
        (
            "https://user:canary@h/",
            "must not hold a user or password; put the credential under api_key or headers",
        ),
        ("https://h/#x", "must not hold a # part"),
        ("https://h/a b", "must be a plain URL: no spaces, no control or non-ASCII characters"),
        ("https://h/\r\nX: y", "must be a plain URL: no spaces, no control or non-ASCII characters"),
        ("https://hé/", "must be a plain URL: no spaces, no control or non-ASCII characters"),
    ],
)
def test_other_urls_are_refused_in_words_that_repeat_nothing_of_them(url: str, message: str) -> None:
    assert fault_of(url) == message


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h"])
def test_a_proxy_may_hold_a_password(scheme: str) -> None:
    assert proxy_fault_of(f"{scheme}://user:password@proxy:8080") is None


@pytest.mark.parametrize(
    ("url", "normalizer", "same"),
    [
        ("http://localhost:3000/v1/chat/completions", "http://127.0.0.1:3000", True),
        ("http://[::1]:3000", "http://localhost:3000", True),
        ("http://normalizer:3000/v1", "http://normalizer:3000", True),
        ("http://localhost:3000/v1", "http://normalizer:3000", True),
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:3000", False),
        ("http://other:3000/v1", "http://127.0.0.1:3000", False),
        ("https://gw.example", "https://gw.example:443/v1", True),
        ("https://localhost.example:3000", "http://127.0.0.1:3000", False),
        ("http://127.0.0.1.example:3000", "http://127.0.0.1:3000", False),
    ],
)
def test_the_normalizer_is_known_by_host_and_port(url: str, normalizer: str, same: bool) -> None:
    assert is_same_service(url, normalizer) is same


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://localhost:11434", True),
        ("http://127.0.0.1:11434/v1", True),
        ("http://[::1]:8080", True),
        ("http://192.168.1.20:8000", True),
        ("http://vllm:8000/v1", True),
        ("https://api.anthropic.com", False),
        ("https://8.8.8.8/v1", False),
        ("https://127.0.0.1.example/v1", False),
    ],
)
def test_a_server_of_the_users_own_is_known_by_its_host(url: str, own: bool) -> None:
    assert is_ones_own(url) is own
