"""What the pages may look at: the parts of the router that are of interest to people, as one value."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2
from msgspec import Struct

from fairlead.router.decisions import Decisions
from fairlead.router.discovery import Discovery
from fairlead.router.endpoints.config import Neighbour
from fairlead.router.judge import Judge
from fairlead.router.memory import Memory
from fairlead.router.policy import Policy
from fairlead.router.steering import Steering
from fairlead.router.usage.herald import Herald
from fairlead.router.usage.keeper import Keeper
from fairlead.shared.config.schema import Provider

from .aside import Aside
from .credentials import Credentials


class House(Struct, frozen=True):
    """Of one configuration. `keeper` is None where no usage is kept, `steering` where there is no file to change,
    `logs` where no folder has any, `restart` where it cannot be had. `own_headers` open the normalizer at
    `normalizer_url`. `clock` is monotonic, and that of the memory; `now` gives Unix seconds."""

    policy: Policy
    providers: Sequence[Provider]
    decisions: Decisions
    memory: Memory
    judge: Judge
    discovery: Discovery
    herald: Herald
    credentials: Credentials
    keeper: Keeper | None
    steering: Steering | None
    neighbour: Neighbour
    logs: Path | None
    restart: Callable[[], None] | None
    client: httpx2.AsyncClient
    normalizer_url: str
    own_headers: Mapping[str, str]
    aside: Aside
    clock: Callable[[], float]
    now: Callable[[], float]
    log: Any
