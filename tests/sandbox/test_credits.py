"""Credits: checked at submit, settled at completion, none for what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from upscale_connect.errors import UsageError
from upscale_connect.sandbox import Sandbox

Call = Callable[..., requests.Response]
Make = Callable[..., dict[str, Any]]

LOW = "sandbox-low-credits"
NOT_ENOUGH = "Not enough credits remaining to complete this request. Please upgrade your plan or purchase a bundle."


def test_leads_times_types_must_be_covered(sandbox: Sandbox, submit: Call) -> None:
    answer = submit(6, LOW)
    assert (answer.status_code, answer.json()) == (402, {"error": NOT_ENOUGH})
    assert not sandbox.state.submitted()
    assert submit(5, LOW).status_code == 200


def test_open_requests_reserve_and_failed_messages_come_back(
    sandbox: Sandbox, submit: Call, make_lead: Make, advance: Any
) -> None:
    leads = [make_lead(1), *(make_lead(n, lead_company_website_url="https://a.invalid") for n in (2, 3, 4, 5))]
    assert submit(key=LOW, lead_data=leads).status_code == 200
    assert sandbox.state.credits(LOW).left == 0
    assert sandbox.state.credits(LOW).reserved == 10
    assert submit(1, LOW).status_code == 402
    advance(10)
    assert (sandbox.state.credits(LOW).spent, sandbox.state.credits(LOW).left) == (2, 8)
    assert submit(4, LOW).status_code == 200
    assert submit(1, LOW).status_code == 402


def test_account_shows_allowance_and_use(sandbox: Sandbox, http: requests.Session, buy: Make) -> None:
    buy(2, LOW)
    answer = http.get(f"{sandbox.base_url}/account", headers={"Api-Key": LOW}, timeout=5).json()
    assert (answer["monthly_allowance"], answer["monthly_credits"]) == (1000, 994)


def test_unlimited_key_counts_what_it_spends(sandbox: Sandbox, buy: Make) -> None:
    buy(20)
    assert sandbox.state.credits("sandbox-valid").spent == 40
    assert sandbox.state.credits("sandbox-valid").left is None


def test_partial_fill_generates_as_far_as_the_credits_go(sandbox: Sandbox, buy: Make, submit: Call) -> None:
    sandbox.faults.set(credit_check="partial")
    answer = buy(7, LOW)
    assert answer["metadata"]["generated_messages_count"] == 10
    assert answer["metadata"]["failed_messages_count"] == 4
    assert "credits" in answer["metadata"]["failed_messages_reason"]
    last = answer["campaign"]["leads_data"][-1]
    assert last["linkedin"] is not None
    assert last["outreach_message"] is None
    assert sandbox.state.credits(LOW).spent == 10
    assert submit(1, LOW).status_code == 402


def test_check_at_completion(sandbox: Sandbox, submit: Call, retrieve: Call, advance: Any) -> None:
    sandbox.faults.set(credit_check="completion")
    request_id = submit(7, LOW).json()["secure_request_id"]
    advance(9)
    assert retrieve(request_id, LOW).json()["metadata"]["generated_messages_count"] == 0
    advance(1)
    assert retrieve(request_id, LOW).json()["metadata"]["generated_messages_count"] == 10
    assert sum(sandbox.state.generated().values()) == 10


def test_generated_counts_show_what_was_bought_twice(sandbox: Sandbox, buy: Make, submit: Call, advance: Any) -> None:
    buy(2)
    submit(1, message_sequence=["connection_request"])
    key = ("sandbox-valid", "lead_001", "connection_request")
    assert sandbox.state.submitted()[key] == 2
    assert sandbox.state.generated()[key] == 1
    advance(10)
    assert sandbox.state.generated()[key] == 2
    assert sandbox.state.generated().total() == 5


def test_credits_and_keys_can_be_changed(sandbox: Sandbox, submit: Call) -> None:
    sandbox.state.set_credits(LOW, 2)
    assert submit(2, LOW).status_code == 402
    assert submit(1, LOW).status_code == 200
    sandbox.state.set_credits("sandbox-no-credits", None)
    assert submit(2, "sandbox-no-credits").status_code == 200
    sandbox.state.revoke(LOW)
    assert submit(1, LOW).status_code == 401
    with pytest.raises(UsageError):
        sandbox.state.credits("another")
    with pytest.raises(UsageError):
        sandbox.state.set_credits(LOW, -1)


def test_reset_forgets_all_but_the_faults(sandbox: Sandbox, buy: Make, submit: Call) -> None:
    buy(2, LOW)
    sandbox.state.revoke(LOW)
    sandbox.faults.add("rate_limit")
    sandbox.state.reset()
    assert sandbox.state.requests == []
    assert not sandbox.state.generated()
    assert sandbox.state.credits(LOW).left == 10
    assert submit(1, LOW).status_code == 429
    assert submit(1, LOW).status_code == 200
