"""Asks for what a preset's `schema` asks: in a terminal one after the other, elsewhere out of flags."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import structs

from fairlead.router.cli.columns import shown
from fairlead.router.cli.verb import CommandError
from fairlead.shared.config.inputs import Dynamic, Input, Option, Values, holds, in_order, named, values_of
from fairlead.shared.config.manifest import Manifest

Ask = Callable[[str, bool], str]
"""Gets a prompt and whether the answer is secret, and gives what was typed."""

_TRUTH = {**dict.fromkeys(("y", "yes", "true", "1"), True), **dict.fromkeys(("n", "no", "false", "0"), False)}
_VARIABLE = re.compile(r"\$(?:[A-Z_][A-Z0-9_]*|\{[^}]+\})\Z")


class AnswerError(ValueError):
    """What is wrong with an answer, for people."""


def answers(read: Callable[[Values], Manifest], kept: Values, flags: Mapping[str, str], ask: Ask | None) -> Values:
    """What is to be remembered: `flags`, what is typed, what was `kept` from before. `read` gives the manifest with
    answers. Without `ask` nobody can be asked. Raises `CommandError`, of all that is missing at once."""
    inputs = read(kept).inputs
    ids = [one.id for one in inputs]
    if unknown := flags.keys() - set(ids):
        raise CommandError(
            f"the preset asks for no {', '.join(sorted(unknown))}; it asks for {', '.join(ids) or 'nothing'}"
        )
    given = {id: answer for id, answer in kept.items() if id not in ids}
    missing: list[str] = []
    for one in in_order(inputs):
        manifest = read(given)
        usual = structs.replace(one, default_value=kept.get(one.id, one.default_value))
        if one.id in flags:
            given[one.id] = _of_flag(one, flags[one.id], choices(one, given, manifest))
        elif not holds(one.when, values_of(inputs, given)):
            continue
        elif ask is not None:
            given[one.id] = _asked(usual, choices(one, given, manifest), ask)
        elif one.id in kept:
            given[one.id] = kept[one.id]
        elif one.required and one.default is None:
            missing.append(one.id)
    if missing:
        flagged = " ".join(f"--set {id}=…" for id in missing)
        raise CommandError(f"the preset asks for {', '.join(missing)}; give {flagged}, or install it in a terminal")
    return {id: answer for id, answer in given.items() if answer != ""}


def choices(one: Input, given: Values, manifest: Manifest) -> list[Option]:
    """What may be chosen, in the preset as it is with the answers so far; nothing where anything may be typed."""
    if not isinstance(one.options, Dynamic):
        return [Option(each) if isinstance(each, str) else each for each in one.options if not _disabled(each)]
    if one.options.type == "static":
        return [each for each in one.options.options if not each.disabled]
    providers = manifest.applied.value.get("Providers")
    told = [each for each in providers if isinstance(each, dict)] if isinstance(providers, list) else []
    if one.options.type == "providers":
        return [Option(each["name"]) for each in told if isinstance(each.get("name"), str)]
    wanted = values_of(manifest.inputs, given).get(named(one.options.provider_field))
    models = next((each.get("models") for each in told if each.get("name") == wanted), None)
    return [Option(each) for each in models if isinstance(each, str)] if isinstance(models, list) else []


def _disabled(option: Option | str) -> bool:
    return isinstance(option, Option) and option.disabled


def _of_flag(one: Input, typed: str, options: Sequence[Option]) -> Any:
    try:
        return answer_of(one, typed, options)
    except AnswerError as error:
        raise CommandError(f"--set {one.id}: {error}") from error


def _asked(one: Input, options: Sequence[Option], ask: Ask) -> Any:
    lines = [f"  {number}  {shown(each.label or str(each.value))}" for number, each in enumerate(options, 1)]
    usual = one.default not in (None, "", [])
    hint = f" [{_spoken(one.default) if one.type != 'password' else 'as before'}]" if usual else ""
    note = "" if one.required else " (may be left empty)"
    prompt = "\n".join((*lines, f"{shown(one.name)}{note}{hint}: "))
    while True:
        try:
            return answer_of(one, ask(prompt, one.type == "password"), options)
        except AnswerError as error:
            prompt = f"It {error}.\n{shown(one.name)}{hint}: "


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "y" if value else "n"
    return shown(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def answer_of(one: Input, typed: str, options: Sequence[Option]) -> Any:
    """A typed answer as the value it means. A variable such as `$KEY` is taken as it is, whatever it will hold. Raises
    `AnswerError`."""
    typed = typed.strip()
    if not typed:
        if one.default is None and one.required:
            raise AnswerError("needs an answer")
        return "" if one.default is None else one.default
    if _VARIABLE.match(typed):
        return typed
    match one.type:
        case "number":
            return _number(one, typed)
        case "confirm":
            if typed.lower() not in _TRUTH:
                raise AnswerError("must be y or n")
            return _TRUTH[typed.lower()]
        case "multiselect":
            return [_chosen(part.strip(), options) for part in typed.split(",") if part.strip()]
        case "select":
            return _chosen(typed, options)
        case "password" | "input" | "editor":
            if one.validator and not _fits(one.validator, typed):
                raise AnswerError(f"must fit {one.validator}")
            return typed


def _fits(pattern: str, typed: str) -> bool:
    try:
        return re.search(pattern, typed) is not None
    except re.error as error:
        raise AnswerError(f"cannot be checked: the preset's validator {pattern} is no regular expression") from error


def _number(one: Input, typed: str) -> float:
    try:
        number = int(typed) if typed.lstrip("+-").isdecimal() else float(typed)
    except ValueError:
        raise AnswerError("must be a number") from None
    if (one.min is not None and number < one.min) or (one.max is not None and number > one.max):
        bounds = [
            f"{word} {bound:g}" for word, bound in (("at least", one.min), ("at most", one.max)) if bound is not None
        ]
        raise AnswerError(f"must be {' and '.join(bounds)}")
    return number


def _chosen(typed: str, options: Sequence[Option]) -> Any:
    """By value, by label, or by number; anything where there is nothing to choose from."""
    for each in options:
        if typed in (str(each.value), each.label):
            return each.value
    if typed.isdecimal() and 1 <= int(typed) <= len(options):
        return options[int(typed) - 1].value
    if options:
        raise AnswerError(f"must be one of {', '.join(str(each.value) for each in options)}")
    return typed
