"""What a configuration shows of its secrets, and what becomes of a mask that comes back."""

from typing import Any

import pytest

from fairlead.shared.config.masking import MASK, StillMaskedError, masked, unmasked

CONFIG: dict[str, Any] = {
    "APIKEY": "canary",
    "ADMIN_KEY": "$ADMIN",
    "client_keys": [{"name": "ci", "key": "canary", "models": ["claude-*"]}],
    "REDIS_URL": "redis://:canary@h",
    "DATABASE_URL": "postgresql://me:canary@h/db",
    "PROXY_URL": "http://me:canary@proxy:3128",
    "Providers": [
        {
            "name": "a",
            "api_base_url": "https://a.example/v1?key=canary&x=1",
            "api_key": "canary",
            "api_keys": ["canary", "${OTHER_KEY}"],
            "api_key_file": "/run/secrets/a",
            "headers": {"x-org": "canary", "authorization": "Bearer $TOKEN"},
            "auth": {"type": "oauth", "client_secret": "canary", "token_url": "https://canary", "scope": "all"},
            "transformer": {"use": [["maxtoken", {"max_tokens": 100}]]},
        },
        {"name": "b", "api_key": "${B_KEY:-canary}", "auth": "passthrough"},
    ],
    "Router": {"default": "a,m", "mine": {"targets": ["b,m"], "when": {"key": "ci", "tokens": ">100"}}},
    "alerts": {"webhook": "https://hooks.example/canary"},
    "normalizer": {"proxies": [{"url": "http://me:canary@p"}]},
}


def test_no_secret_is_shown_wherever_it_stands() -> None:
    assert "canary" not in repr(masked(CONFIG))


def test_placeholders_and_what_is_no_secret_stay() -> None:
    shown = masked(CONFIG)
    assert shown["ADMIN_KEY"] == "$ADMIN"
    first, second = shown["Providers"]
    assert first["api_keys"] == [MASK, "${OTHER_KEY}"]
    assert first["headers"] == {"x-org": MASK, "authorization": "Bearer $TOKEN"}
    assert first["api_base_url"] == f"https://a.example/v1?key={MASK}&x=1"
    assert (first["auth"]["type"], first["auth"]["scope"], first["api_key_file"]) == ("oauth", "all", "/run/secrets/a")
    assert (second["api_key"], second["auth"]) == (MASK, "passthrough")
    assert shown["DATABASE_URL"] == f"postgresql://{MASK}@h/db"
    assert shown["client_keys"] == [{"name": "ci", "key": MASK, "models": ["claude-*"]}]
    assert shown["Router"] == CONFIG["Router"]


def test_what_was_shown_comes_back_as_it_was() -> None:
    assert unmasked(masked(CONFIG), CONFIG) == CONFIG


def test_providers_keep_their_secrets_in_another_order_and_under_another_name() -> None:
    first, second = masked(CONFIG)["Providers"]
    turned = unmasked({"Providers": [second, first]}, CONFIG)["Providers"]
    assert [one["api_key"] for one in turned] == ["${B_KEY:-canary}", "canary"]
    renamed = unmasked({"Providers": [{**first, "name": "new"}, second]}, CONFIG)["Providers"]
    assert [one["api_key"] for one in renamed] == ["canary", "${B_KEY:-canary}"]


def test_a_new_secret_is_taken_as_it_is() -> None:
    assert unmasked({"APIKEY": "new", "ADMIN_KEY": "$OTHER"}, CONFIG) == {"APIKEY": "new", "ADMIN_KEY": "$OTHER"}


@pytest.mark.parametrize(
    ("posted", "path"),
    [
        ({"Providers": [{"name": "a", "api_keys": [MASK]}]}, "Providers[0].api_keys[0]"),
        ({"Providers": [{}, {}, {"name": "c", "api_key": MASK}]}, "Providers[2].api_key"),
        ({"PROXY_URL": f"http://{MASK}@elsewhere"}, "PROXY_URL"),
        ({"HOST": MASK}, "HOST"),
    ],
)
def test_a_mask_that_stands_for_nothing_is_named(posted: dict[str, Any], path: str) -> None:
    with pytest.raises(StillMaskedError) as error:
        unmasked(posted, CONFIG)
    assert str(error.value).startswith(f"{path} is masked")
