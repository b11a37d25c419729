"""What a vendor's rules change about a request, and that they change nothing else."""

import re

import pytest
from msgspec import Raw

from fairlead.normalizer.providers.base import Vendor
from fairlead.normalizer.providers.rules import Betas, Body, Way, fitted
from fairlead.shared.failure import FailureError, Kind
from fairlead.shared.surfaces import Operation

BODY = b'{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user", "content":"1.0e5"}], "novel":1.50 }'
VERSION = Body(removed=frozenset({"model", "stream"}), added={"anthropic_version": Raw(b'"v"')})
BETAS = Betas(re.compile(r"known-\d+|computer-use-.*"), {"old-1": "known-9"})


def test_fields_leave_and_come_and_the_rest_is_as_it_was_written() -> None:
    made = fitted(Way("", body=VERSION), None, "v", "m", {}, BODY)
    assert made.body == (
        b'{"max_tokens":9,"messages":[{"role":"user", "content":"1.0e5"}], "novel":1.50,"anthropic_version":"v" }'
    )
    assert made.losses == ()


def test_a_body_that_no_rule_speaks_of_is_the_very_same() -> None:
    assert fitted(Way(""), BETAS, "v", "m", {}, BODY).body is BODY


def test_what_a_vendor_does_not_know_is_left_out_and_told() -> None:
    rule = Body(removed=frozenset({"model"}), allowed=frozenset({"max_tokens", "messages", "stream"}))
    made = fitted(Way("", body=rule), None, "v", "m", {}, BODY)
    assert b"novel" not in made.body
    assert b"model" not in made.body
    assert [loss.what for loss in made.losses] == ["novel"]


def test_what_is_added_wins_over_the_clients_own() -> None:
    made = fitted(Way("", body=Body(added={"max_tokens": Raw(b"1")})), None, "v", "m", {}, BODY)
    assert b'"max_tokens":1,' in made.body


def test_betas_are_chosen_and_renamed_where_they_stay_in_the_header() -> None:
    headers = {"anthropic-beta": "known-1, odd-2,computer-use-2025,old-1,known-9,", "x": "y"}
    made = fitted(Way(""), BETAS, "v", "m", headers, BODY)
    assert made.headers == {"anthropic-beta": "known-1,computer-use-2025,known-9", "x": "y"}
    assert [(loss.what, loss.where) for loss in made.losses] == [("anthropic-beta", "odd-2")]


def test_a_header_of_unknown_betas_alone_goes() -> None:
    assert fitted(Way(""), BETAS, "v", "m", {"anthropic-beta": "odd-2"}, BODY).headers == {}


def test_betas_move_into_the_body_beside_those_that_are_there() -> None:
    betas = Betas(BETAS.known, field="anthropic_beta")
    body = b'{"anthropic_beta":["known-3"],"messages":[]}'
    made = fitted(Way(""), betas, "v", "m", {"anthropic-beta": "known-1"}, body)
    assert (made.headers, made.body) == ({}, b'{"anthropic_beta":["known-1","known-3"],"messages":[]}')


def test_no_list_of_betas_is_sent_where_none_is_left() -> None:
    betas = Betas(BETAS.known, field="anthropic_beta")
    made = fitted(Way(""), betas, "v", "m", {"anthropic-beta": "odd-2"}, b'{"anthropic_beta":["odd-3"],"messages":[]}')
    assert made.body == b'{"messages":[]}'
    assert len(made.losses) == 2


def test_a_body_is_wrapped_when_it_is_finished() -> None:
    made = fitted(Way("", body=VERSION, wrap=lambda body: b"<" + body + b">"), None, "v", "m", {}, b"{}")
    assert made.body == b'<{"anthropic_version":"v"}>'


VENDOR = Vendor(
    name="v",
    dialect="anthropic",
    ways={
        Operation.ANSWER: Way("/models/{model}:ask", "/models/{model}:streamAsk"),
        Operation.COUNT: Way("/models/count:ask", unwrap=lambda body: body[1:-1]),
    },
)


def test_a_way_names_the_model_and_the_method() -> None:
    urls = VENDOR.urls("https://h.example/v1/")
    assert urls.of_answer("c@1", stream=False) == "https://h.example/v1/models/c@1:ask"
    assert urls.of_answer("arn:a/b", stream=True) == "https://h.example/v1/models/arn%3Aa%2Fb:streamAsk"
    assert urls.of_count("c") == "https://h.example/v1/models/count:ask"


@pytest.mark.parametrize("model", ["..", ".", "a/../b", "../../x", ""])
def test_a_model_that_would_lead_elsewhere_is_refused(model: str) -> None:
    with pytest.raises(FailureError) as refused:
        VENDOR.urls("https://h.example").of_answer(model, stream=False)
    assert refused.value.failure.kind is Kind.BAD_REQUEST


def test_each_operation_unwraps_its_own_answers() -> None:
    unwrap = VENDOR.unwrap_of(Operation.COUNT)
    assert unwrap is not None
    assert unwrap(b"<1>") == b"1"
    assert VENDOR.unwrap_of(Operation.ANSWER) is None
