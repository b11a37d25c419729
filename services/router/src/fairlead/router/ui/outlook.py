"""Whether targets can be called now: whether their provider's credential works, and how they do."""

from msgspec import Struct

from fairlead.router.active import active
from fairlead.router.catalog import Catalog
from fairlead.router.policy import Policy, name_of

from .chains import Health, verdict_of
from .credentials import Standing
from .house import House
from .lines import Verdict
from .unread import Unread


class Outlook(Struct, frozen=True):
    """`because`: why it cannot be called."""

    verdict: Verdict
    because: str | None = None


UNABLE = Verdict("cannot be called", "bad")


def outlooks(policy: Policy, catalog: Catalog, health: Health) -> dict[str, Outlook]:
    """By target, of all that the routes name."""
    left_out = active(policy, catalog, health.ill)["left_out"]
    whys = {f"{one['provider']},{one['model']}": one["because"] for one in left_out}
    routes = {name_of(target): verdict_of(target, health) for target in policy.targets}
    return {
        route: Outlook(UNABLE, whys[route]) if route in whys else Outlook(verdict) for route, verdict in routes.items()
    }


async def stands(house: House) -> tuple[Health, Standing | Unread]:
    """How everybody does at this moment, and the credentials of all."""
    credentials = await house.credentials.look()
    now = house.clock()
    known = {(one.provider, one.model): one for one in house.memory.known(now)}
    return Health(known, now, {} if isinstance(credentials, Unread) else credentials.ill), credentials


async def outlook(house: House) -> tuple[dict[str, Outlook], str | None]:
    """How all stand now, and why nothing is known of credentials, where that is so."""
    health, credentials = await stands(house)
    found = outlooks(house.policy, house.discovery.catalog, health)
    return found, credentials.why if isinstance(credentials, Unread) else None
