"""What droid2api and its forks get wrong, one by one, and the tests that show it right here.

Each row has a number, what goes wrong there, and where the opposite is shown: a file below the root of the repository
and the names of tests in it. The few facts nobody else shows are tests of this module.
"""

import re
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
import structlog

from fairlead.simulator import Simulator

from .conftest import CANARY, normalizer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[3]
HERE = "services/normalizer/tests/test_droid2api_faults.py"
SERVICE = "services/normalizer/tests/service"
UNIT = "services/normalizer/tests"
DIALECT = "shared/tests/dialects"
RUNTIME = "shared/tests/runtime"
DROID = f"{SERVICE}/test_droid2api.py"

FAULTS: dict[int, tuple[str, dict[str, str]]] = {
    1: (
        "tool calls and results are lost, or make a second turn fail",
        {
            f"{SERVICE}/test_pairs.py": "test_tools_are_called_across_every_pair",
            f"{DIALECT}/test_anthropic_request.py": "test_results_come_first_in_the_turn_after_the_calls "
            "test_consecutive_turns_of_one_role_become_one_message",
            f"{DIALECT}/test_gemini_turns.py": "test_a_result_that_never_came_is_answered_as_lost test_an_error_is_told_as_one",
        },
    ),
    2: (
        "parallel calls run into each other",
        {
            f"{DIALECT}/test_openai_stream.py": "test_interleaved_calls_are_kept_apart",
            f"{DIALECT}/test_openai_responses_stream_in.py": "test_interleaved_items_are_kept_apart",
            f"{DIALECT}/test_openai_responses_tools.py": "test_parallel_calls_are_switched_beside_the_choice",
        },
    ),
    3: (
        "the choice of a tool is dropped",
        {
            f"{DIALECT}/test_anthropic_request.py": "test_the_choice_of_tool_is_written",
            f"{DIALECT}/test_openai_request.py": "test_the_choice_of_tool_is_written",
            f"{DIALECT}/test_gemini_request_out.py": "test_choices_are_written",
            f"{UNIT}/test_reasoning.py": "test_thinking_gives_way_to_a_tool_that_must_be_called",
        },
    ),
    4: (
        "tools have another dialect's shape, schemas what the provider refuses",
        {
            f"{DIALECT}/test_openai_responses_tools.py": "test_functions_and_free_text_tools_are_read "
            "test_a_function_without_parameters_gets_an_empty_object",
            f"{DIALECT}/test_anthropic_request.py": "test_a_schema_is_given_the_object_type_anthropic_demands",
            f"{DIALECT}/test_openai_request.py": "test_an_empty_list_of_tools_is_left_out",
            f"{DIALECT}/test_gemini_schemas.py": "test_other_words_are_said_in_geminis_or_left_out_and_told",
        },
    ),
    5: (
        "ids of calls are illegal elsewhere, or changed for good",
        {"shared/tests/test_tool_ids.py": "test_all_ids_are_legal_and_unique_whatever_comes"},
    ),
    6: (
        "a system prompt that is a string, or several, or a developer's, is lost; the injected one may come twice",
        {
            f"{UNIT}/test_preamble.py": "test_the_words_come_first_and_every_other_byte_stays "
            "test_what_has_the_words_already_stays_as_it_is "
            "test_whatever_is_asked_by_whomever_begins_with_the_words",
            f"{DIALECT}/test_openai_request.py": "test_leading_instructions_stand_before_the_conversation_and_later_ones_in_it",
            f"{DIALECT}/test_anthropic_request.py": "test_a_cache_marker_keeps_its_time_to_live",
        },
    ),
    7: (
        "pictures have the wrong shape, or are fetched from wherever a request says",
        {
            f"{DIALECT}/test_openai_request.py": "test_pictures_and_files_are_read",
            f"{DIALECT}/test_openai_responses_request_out.py": "test_pictures_and_files_are_written",
            f"{DIALECT}/test_gemini_turns.py": "test_what_a_user_shows_is_written",
            f"{SERVICE}/test_hostile_names.py": "test_no_address_in_a_request_is_ever_called",
        },
    ),
    8: (
        "limits, budgets and temperatures are passed on though they will be refused",
        {
            f"{DIALECT}/test_openai_request.py": "test_both_names_of_the_limit_are_read",
            f"{DIALECT}/test_openai_responses_settings_out.py": "test_a_limit_too_small_for_the_service_is_raised",
            f"{DIALECT}/test_anthropic_request.py": "test_a_temperature_beyond_the_scale_is_clamped_and_said",
            f"{UNIT}/test_reasoning.py": "test_a_budget_is_below_the_limit_and_the_limit_within_the_models "
            "test_sampling_gives_way_to_thinking",
        },
    ),
    9: (
        "stop strings, formats, users and n are dropped without a word",
        {
            f"{DIALECT}/test_openai_responses_settings_out.py": "test_settings_are_written",
            f"{DIALECT}/test_openai_request.py": "test_several_answers_from_anthropic_are_refused_not_dropped",
            # Functions of old among them.
            "shared/tests/test_essential.py": "test_asking_for_what_nobody_else_has_is_refused",
        },
    ),
    10: (
        "empty texts, null contents and space at the end are sent to be refused",
        {
            f"{DIALECT}/test_anthropic_request.py": "test_empty_text_is_left_out_and_so_is_a_message_of_nothing_else "
            "test_an_answer_to_go_on_from_does_not_end_in_space",
        },
    ),
    11: (
        "signed reasoning is lost between turns, or shown to others",
        {"shared/tests/test_provenance_over_turns.py": "test_a_proof_comes_back_to_its_maker_and_to_nobody_else"},
    ),
    12: (
        "one level means something else on each route, and a mistyped one is off",
        {
            f"{UNIT}/test_reasoning.py": "test_the_table_has_every_level "
            "test_a_level_is_told_to_a_client_of_any_other_dialect_alike",
            "shared/tests/config/test_droid2api.py": "test_what_is_wrong_is_told_with_line_and_key",
        },
    ),
    13: (
        "the fast tier is asked for on one route alone",
        {DROID: "test_fast_models_are_asked_for_at_the_quicker_tier", f"{UNIT}/test_priority.py": "test_the_field"},
    ),
    14: (
        "a model without a provider is asked of null",
        {DROID: "test_a_model_is_served_by_its_provider_or_else_by_that_of_its_type"},
    ),
    15: (
        "redirects are followed once, circles unnoticed; whose name an answer bears is left to chance",
        {
            "shared/tests/config/test_droid2api.py": "test_redirects_in_a_circle_are_refused",
            DROID: "test_a_redirected_model_is_asked_for_by_its_own_name",
            HERE: "test_an_answer_names_the_model_that_answered",
        },
    ),
    16: (
        "a request is changed by the first attempt",
        {
            DROID: "test_a_repeated_attempt_is_the_same_answer",
            f"{DIALECT}/test_gemini_request_out.py": "test_writing_a_request_leaves_it_as_it_was",
        },
    ),
    17: (
        "an answer's end is unknown, or natural whatever it was",
        {
            f"{DIALECT}/test_openai_responses_stream_end.py": "test_every_end_is_understood",
            f"{DIALECT}/test_openai_stream.py": "test_finish_reasons_are_read",
            f"{DIALECT}/test_gemini_answer.py": "test_finish_reasons_are_written",
            f"{DIALECT}/test_openai_responses_answer.py": "test_why_it_ended_is_read",
        },
    ),
    18: (
        "usage is missing in streams, or counted twice",
        {
            f"{DIALECT}/test_anthropic_stream.py": "test_usage_is_cumulative_and_never_added",
            f"{SERVICE}/test_pairs.py": "test_a_chat_client_gets_usage_in_a_stream_only_when_it_asks",
            f"{DIALECT}/test_gemini_answer.py": "test_thoughts_are_output_and_what_was_cached_is_prompt",
        },
    ),
    19: (
        "the end of a Responses stream goes unnoticed; there are two end marks, or none",
        {
            f"{DIALECT}/test_openai_responses_stream_end.py": "test_every_end_is_understood",
            "shared/tests/test_translation.py": "test_a_whole_stream_is_grammatical_and_ends",
        },
    ),
    20: (
        "a stream that broke off looks finished",
        {
            "shared/tests/test_translation.py": "test_a_cut_at_any_byte_is_told "
            "test_an_error_event_at_any_place_is_told_and_nothing_follows",
            f"{SERVICE}/test_failures.py": "test_a_stream_that_breaks_off_ends_with_an_error_in_the_clients_words",
        },
    ),
    21: (
        "characters, lines and events are broken where packets are",
        {
            "shared/tests/test_sse.py": "test_a_stream_is_read test_a_split_at_any_byte_changes_nothing "
            "test_an_event_over_the_limit_is_refused test_a_large_event_in_small_reads_arrives_whole",
            f"{DIALECT}/test_anthropic_stream.py": "test_event_names_may_be_missing",
        },
    ),
    22: (
        "what was asked for is taken for what came",
        {
            f"{RUNTIME}/test_attempt.py": "test_a_page_is_named_for_people test_a_stream_is_known_by_its_content "
            "test_a_stream_is_gathered_for_a_client_that_asked_for_none "
            "test_a_whole_answer_is_told_as_a_stream_to_a_client_that_asked_for_one "
            "test_a_success_that_is_no_answer_is_refused",
        },
    ),
    23: (
        "a whole answer comes in the provider's dialect, or with its first text alone",
        {
            f"{SERVICE}/test_pairs.py": "test_every_dialect_is_answered_by_every_provider",
            DROID: "test_every_kind_of_model_answers_on_every_route",
        },
    ),
    24: (
        "blocks overlap, or end before they begin",
        {
            f"{DIALECT}/test_anthropic_stream.py": "test_blocks_open_side_by_side_are_told_one_after_the_other "
            "test_what_is_missing_is_supplied_and_what_is_out_of_place_left_out",
        },
    ),
    25: (
        "a client that has gone is billed to the end",
        {f"{SERVICE}/test_leaving.py": "test_a_client_that_leaves_takes_the_upstream_with_it"},
    ),
    26: (
        "a slow reader fills the memory",
        {f"{SERVICE}/test_load.py": "test_a_client_that_hardly_reads_stops_its_provider_and_fills_no_memory"},
    ),
    27: (
        "nothing times out, or everything does after ten minutes",
        {
            f"{RUNTIME}/test_http.py": "test_the_idle_timeout_is_not_the_first_byte_timeout "
            "test_a_stream_may_last_longer_than_every_timeout",
            f"{RUNTIME}/test_reply.py": "test_silence_starts_the_response_and_is_filled_with_pings "
            "test_the_head_goes_out_with_the_first_bytes",
        },
    ),
    28: (
        "what may have been done is done again",
        {
            f"{UNIT}/test_retry.py": "test_only_failures_that_prove_nothing_was_done_are_repeated "
            "test_what_the_provider_asks_for_is_the_least_to_wait",
        },
    ),
    29: (
        "errors have no client's shape; a limit told as 403 is taken for a ban",
        {
            f"{SERVICE}/test_failures.py": "test_a_failing_provider_is_told_by_status_kind_and_words",
            f"{SERVICE}/test_refusals.py": "test_a_bad_request_is_refused_in_the_clients_words "
            "test_a_body_that_is_too_large_is_refused",
            f"{RUNTIME}/test_upstream_headers.py": "test_only_what_is_on_the_list_goes_on",
            DROID: "test_a_refusal_of_factorys_is_told_honestly_in_the_clients_dialect",
        },
    ),
    30: (
        "every request makes a connection, and a proxy that fails is gone around",
        {
            f"{RUNTIME}/test_http.py": "test_a_connection_is_used_again",
            f"{SERVICE}/test_through_proxies.py": "test_a_proxy_that_is_down_is_told_without_its_password_and_nothing_is_asked_past_it",
        },
    ),
    31: (
        "headers are passed on, or missed for their case",
        {
            f"{SERVICE}/test_pairs.py": "test_anthropics_headers_reach_anthropic_and_nothing_else_does",
            f"{RUNTIME}/test_asgi.py": "test_header_lines_of_one_name_are_one_list_and_names_lose_their_case",
            f"{UNIT}/test_priority.py": "test_the_beta_is_named_once_behind_the_clients_own",
        },
    ),
    32: (
        "two requests spend one refresh token",
        {
            f"{UNIT}/credentials/test_keeper.py": "test_fifty_calls_at_once_with_an_expired_token_renew_it_once",
            f"{SERVICE}/test_renewals.py": "test_a_token_is_renewed_in_the_background_before_it_ends",
        },
    ),
    33: (
        "a rotated token is lost at the next start",
        {
            f"{UNIT}/credentials/test_keeper.py": "test_a_rotated_token_outlives_the_process "
            "test_a_changed_seed_wins_again",
            f"{UNIT}/credentials/test_files.py": "test_a_record_is_its_owners_alone_whatever_the_umask",
            f"{RUNTIME}/test_files.py": "test_a_file_is_replaced_in_one_step",
        },
    ),
    34: (
        "a refused token is neither renewed nor explained",
        {
            f"{SERVICE}/test_renewals.py": "test_a_refused_token_is_renewed_once_and_the_requests_sent_again",
            f"{UNIT}/credentials/test_keeper.py": "test_while_a_token_lives_a_failing_endpoint_is_nobodys_trouble "
            "test_a_login_that_is_not_accepted_says_how_to_log_in_and_is_not_tried_each_time",
        },
    ),
    35: (
        "a failed refresh ends the process",
        {
            f"{SERVICE}/test_renewals.py": "test_a_start_never_fails_for_a_token",
            f"{SERVICE}/test_credentials.py": "test_everybody_may_know_how_the_credentials_stand_and_no_more",
        },
    ),
    36: (
        "the file of droid's login is taken from droid",
        {
            f"{SERVICE}/test_renewals.py": "test_the_login_of_droid_is_used_and_kept_for_droid",
            f"{UNIT}/credentials/test_factory.py": "test_a_token_that_droid_has_renewed_is_used_without_asking",
        },
    ),
    37: (
        "secrets and whole bodies are in the log",
        {
            f"{SERVICE}/test_failures.py": "test_no_credential_shows_in_logs_errors_metrics_or_headers",
            f"{SERVICE}/test_dev_mode.py": "test_bodies_are_logged_only_when_that_is_asked_for "
            "test_no_credential_is_logged_though_the_conversation_repeats_it",
            HERE: "test_a_path_that_is_not_there_tells_the_log_nothing_of_the_body",
        },
    ),
    38: (
        "anybody who reaches the port, from any page, spends the account",
        {
            "shared/tests/config/test_settings.py": "test_without_a_client_key_only_the_loopback_is_bound_and_that_is_said",
            f"{SERVICE}/test_refusals.py": "test_only_the_client_key_opens_what_costs_money",
            HERE: "test_no_page_of_another_origin_is_let_in",
        },
    ),
    39: (
        "every turn is a session of its own",
        {
            f"{UNIT}/test_identity.py": "test_an_id_that_the_client_gives_is_taken "
            "test_without_one_it_is_made_of_how_the_conversation_begins",
            DROID: "test_the_turns_of_a_conversation_are_one_session_and_each_answer_its_own",
        },
    ),
    40: (
        "tokens are not counted where the provider does not",
        {
            DROID: "test_tokens_are_counted_here_though_factory_does_not",
            f"{SERVICE}/test_counting.py": "test_where_the_provider_cannot_count_we_do",
        },
    ),
    41: (
        "models are dated in milliseconds, in one shape, without their other names",
        {
            f"{UNIT}/test_catalog.py": "test_a_listed_model_has_the_fields_of_both_shapes_and_ours "
            "test_one_model_is_listed_by_its_id_or_a_redirect",
            HERE: "test_models_are_dated_in_seconds",
        },
    ),
    42: (
        "a mistake in the file ends the process without a word of where",
        {
            "shared/tests/config/test_droid2api.py": "test_what_is_wrong_is_told_with_line_and_key "
            "test_a_key_of_a_fork_is_warned_of_with_the_nearest_known_one",
            "shared/tests/config/test_settings.py": "test_flags_win_over_environment_and_environment_over_file",
        },
    ),
    43: (
        "nothing is counted",
        {f"{SERVICE}/test_cold_paths.py": "test_what_happened_is_counted"},
    ),
    44: (
        "there is no saying whether it is well",
        {
            f"{SERVICE}/test_cold_paths.py": "test_the_service_says_how_it_is_without_asking_a_provider "
            "test_a_service_that_can_serve_nobody_is_live_but_not_ready",
        },
    ),
}


@cache
def named_in(path: str) -> frozenset[str]:
    return frozenset(re.findall(r"^ *(?:async )?def (test_\w+)", (ROOT / path).read_text(), re.MULTILINE))


async def test_none_is_left_out() -> None:
    assert list(FAULTS) == list(range(1, 45))


@pytest.mark.parametrize("number", FAULTS)
async def test_each_is_shown_right_by_tests_that_are_there(number: int) -> None:
    _, shown = FAULTS[number]
    assert shown
    for path, names in shown.items():
        assert set(names.split()) <= named_in(path), path


FILE = """{{
  "endpoint": [{{"name": "anthropic", "base_url": "{url}/v1/messages"}}],
  "models": [{{"id": "sim-text", "type": "anthropic", "reasoning": "auto"}}],
  "model_redirects": {{"other": "sim-text"}}
}}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(running_simulator: Simulator) -> AsyncIterator[httpx2.AsyncClient]:
    async with normalizer(FILE.format(url=running_simulator.url)) as client:
        client.headers["authorization"] = f"Bearer {CANARY}"
        yield client


ASKED = {"model": "other", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
async def test_an_answer_names_the_model_that_answered(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.post(path, json=ASKED)).json()["model"] == "sim-text"


async def test_a_path_that_is_not_there_tells_the_log_nothing_of_the_body(client: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logged:
        response = await client.post("/v1/nothing", content=b"the words of a body")
    assert response.status_code == 404
    assert "the words of a body" not in str(logged) + response.text


async def test_no_page_of_another_origin_is_let_in(client: httpx2.AsyncClient) -> None:
    headers = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    for response in (
        await client.options("/v1/messages", headers=headers),
        await client.post("/v1/messages", json=ASKED, headers=headers),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_models_are_dated_in_seconds(client: httpx2.AsyncClient) -> None:
    for model in (await client.get("/v1/models")).json()["data"]:
        assert 1_500_000_000 < model["created"] < 10_000_000_000
