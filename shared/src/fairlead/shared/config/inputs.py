"""What a preset asks whoever installs it for: its `schema`, the values there are, and the conditions both depend on."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

Values = Mapping[str, Any]
"""What was answered, by the id of the input."""


class Condition(Struct, frozen=True):
    """One comparison with the answer to another input."""

    field: str
    operator: Literal["eq", "ne", "in", "nin", "gt", "lt", "gte", "lte", "exists"] = "eq"
    value: Any = None


When = Condition | tuple[Condition, ...] | None


class Option(Struct, frozen=True):
    """One answer to choose."""

    value: str | int | float | bool
    label: str = ""
    disabled: bool = False


class Dynamic(Struct, frozen=True, rename="camel"):
    """Answers that are found in the preset: its providers, or the models of the one that another input names."""

    type: Literal["static", "providers", "models", "custom"]
    options: tuple[Option, ...] = ()
    provider_field: str = ""


class Input(Struct, frozen=True, rename="camel"):
    """One of `schema`. `validator` is a regular expression that an answer must have a match of."""

    id: str
    type: Literal["password", "input", "number", "select", "multiselect", "confirm", "editor"] = "password"
    label: str = ""
    prompt: str = ""
    placeholder: str = ""
    required: bool = True
    default_value: Any = None
    options: tuple[Option | str, ...] | Dynamic = ()
    when: When = None
    min: float | None = None
    max: float | None = None
    validator: str = ""
    depends_on: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it before people."""
        return self.label or self.prompt or self.id

    @property
    def default(self) -> Any:
        """What holds without an answer, None for nothing."""
        return _OF_TYPE.get(self.type) if self.default_value is None else self.default_value


_OF_TYPE: Mapping[str, Any] = {"confirm": False, "multiselect": []}


def holds(when: When, values: Values) -> bool:
    """Whether all conditions do; none is no condition."""
    conditions = (when,) if isinstance(when, Condition) else when or ()
    return all(_holds(one, values.get(one.field)) for one in conditions)


def _holds(condition: Condition, actual: Any) -> bool:
    wanted = condition.value
    match condition.operator:
        case "exists":
            return actual is not None
        case "in" | "nin":
            listed = isinstance(wanted, list)
            return listed and (_among(actual, wanted) == (condition.operator == "in"))
        case "eq" | "ne":
            return _among(actual, [wanted]) == (condition.operator == "eq")
        case sign:
            return _compares(sign, actual, wanted)


def _among(actual: Any, listed: list[Any]) -> bool:
    """As in JavaScript, true is not 1."""
    return any(actual == one and isinstance(actual, bool) == isinstance(one, bool) for one in listed)


def _compares(sign: str, actual: Any, wanted: Any) -> bool:
    left, right = _number(actual), _number(wanted)
    if left is None or right is None:
        return False
    return {"gt": left > right, "lt": left < right, "gte": left >= right, "lte": left <= right}[sign]


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def values_of(inputs: Collection[Input], given: Values) -> dict[str, Any]:
    """The answers, and the defaults of inputs that apply and have none."""
    values = dict(given)
    for one in in_order(inputs):
        if one.id not in values and one.default is not None and holds(one.when, values):
            values[one.id] = one.default
    return values


def in_order(inputs: Collection[Input]) -> Iterator[Input]:
    """Each after those that it depends on; of a circle, the first that is written comes first."""
    by_id = {one.id: one for one in inputs}
    seen: set[str] = set()

    def after_others(one: Input) -> Iterator[Input]:
        if one.id in seen:
            return
        seen.add(one.id)
        for id in _needed(one):
            if id in by_id:
                yield from after_others(by_id[id])
        yield one

    for one in by_id.values():
        yield from after_others(one)


def _needed(one: Input) -> Iterable[str]:
    conditions = (one.when,) if isinstance(one.when, Condition) else one.when or ()
    chosen = [named(one.options.provider_field)] if isinstance(one.options, Dynamic) else []
    return (*one.depends_on, *(condition.field for condition in conditions), *chosen)


def named(reference: str) -> str:
    """The input that `#{id}` means, or `id`."""
    return reference.removeprefix("#{").removesuffix("}")
