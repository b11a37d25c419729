"""What a chain of transformers changes about one provider's requests and answers."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import TypeAlias

from msgspec import Raw, Struct

from fairlead.shared.conversation import Request
from fairlead.shared.filters import Filter
from fairlead.shared.profile import Profile

Fields: TypeAlias = Mapping[str, Raw]
"""The top-level fields of a body."""


class Adjustment(Struct, frozen=True):
    """Changes, each in the order it is to be made.

    `profiles`: of what the provider is taken to understand, by the name of the model. `rewrites`: of the request in
    neutral form, whatever dialect it came in and goes out in. `patches`: of the fields of the written body.
    `filters` make what repairs an answer.
    """

    profiles: tuple[Callable[[Profile, str], Profile], ...] = ()
    rewrites: tuple[Callable[[Request], Request], ...] = ()
    patches: tuple[Callable[[Fields], Fields], ...] = ()
    filters: tuple[Callable[[], Filter], ...] = ()

    @property
    def rewrites_requests(self) -> bool:
        """Whether a request must be written anew, even for a provider of its own dialect."""
        return bool(self.profiles or self.rewrites)

    def profile(self, profile: Profile, model: str) -> Profile:
        """What the provider understands of requests to `model`."""
        return reduce(lambda changed, change: change(changed, model), self.profiles, profile)

    def request(self, request: Request) -> Request:
        """The request as it is to be written."""
        return reduce(lambda changed, change: change(changed), self.rewrites, request)

    def fields(self, fields: Fields) -> Fields:
        """The fields of a body as they are to be sent."""
        return reduce(lambda changed, change: change(changed), self.patches, fields)


AS_IT_IS = Adjustment()


def together(adjustments: Iterable[Adjustment]) -> Adjustment:
    """One after the other, for requests and for answers."""
    whole = list(adjustments)
    return Adjustment(
        profiles=tuple(change for one in whole for change in one.profiles),
        rewrites=tuple(change for one in whole for change in one.rewrites),
        patches=tuple(change for one in whole for change in one.patches),
        filters=tuple(make for one in whole for make in one.filters),
    )
