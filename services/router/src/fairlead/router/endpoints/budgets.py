"""How budgets are told to clients: the headers that Claude Code shows as a notice, and the refusal it stops at.

The vendor's gateway protocol: answers to a user with a budget say how much of it is used; once it is spent they are 429
with a `billing_error` and the time of the reset, before anything is asked upstream.
"""

from collections.abc import Iterable

from fairlead.router.budgets import Nearest, Spending
from fairlead.shared.failure import Failure, FailureError, Kind

THRESHOLDS = (0.95, 0.75)
"""The shares that Claude Code knows a notice for."""

_PREFIX = b"anthropic-ratelimit-"
_UNIFIED = b"anthropic-ratelimit-unified-"
_PERIODS = {"day": b"daily", "month": b"monthly"}
_MOST = 0.99

Headers = list[tuple[bytes, bytes]]


class BudgetError(FailureError):
    """A budget is spent. `headers` say which kind, and when it begins anew."""

    def __init__(self, failure: Failure, headers: Headers) -> None:
        super().__init__(failure)
        self.headers = headers


def demand_budget(spending: Spending, now: float) -> None:
    """Raises `BudgetError` where nothing more may be spent; `now` in Unix seconds."""
    nearest = spending.nearest
    if nearest is None or not nearest.refuses:
        return
    budget, reset = nearest.budget, b"%d" % nearest.resets
    message = (
        f"{budget.name} is spent ({budget.usd:g} US dollars a {budget.period}); it begins anew in "
        f"{_duration(nearest.resets - now)}, or whoever runs this gateway may raise it"
    )
    failure = Failure(Kind.BILLING, message, status=429, retry_after=max(1.0, nearest.resets - now), should_retry=False)
    headers = [
        *_told(
            status=b"rejected",
            reset=reset,
            overage_reset=reset,
            overage_utilization=b"1",
            overage_surpassed_threshold=b"1",
            overage_period=_PERIODS[budget.period],
            overage_disabled_reason=b"org_spend_cap_reached",
        ),
        *(_told(overage_scope=b"group_pool") if budget.key is None else ()),
    ]
    raise BudgetError(failure, headers)


def notices(spending: Spending) -> Headers:
    """What an answer says of the budget that is nearest to its end; nothing where there is none."""
    nearest = spending.nearest
    if nearest is None:
        return []
    status = b"allowed_warning" if nearest.share >= nearest.budget.warn_at else b"allowed"
    reset = b"%d" % nearest.resets
    told = _told(
        status=status,
        representative_claim=b"overage",
        reset=reset,
        overage_status=status,
        overage_utilization=b"%.2f" % min(nearest.share, _MOST),
        overage_reset=reset,
    )
    passed = _surpassed(nearest)
    return [*told, *_told(overage_surpassed_threshold=passed)] if passed is not None else told


def of_upstream(headers: Iterable[tuple[bytes, bytes]], ours: Headers) -> Headers:
    """A provider's headers, without its own limits where ours are told."""
    return [one for one in headers if not (ours and one[0].lower().startswith(_PREFIX))]


def _surpassed(nearest: Nearest) -> bytes | None:
    return next((b"%.2f" % threshold for threshold in THRESHOLDS if nearest.share >= threshold), None)


def _told(**values: bytes) -> Headers:
    return [(_UNIFIED + name.replace("_", "-").encode(), value) for name, value in values.items()]


def _duration(seconds: float) -> str:
    hours = int(seconds) // 3_600
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} hours" if hours >= 2 else f"{max(1, int(seconds) // 60)} minutes"
