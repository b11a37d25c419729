"""What a vendor changes about its dialect: other addresses, a few other fields, betas elsewhere, wrapped answers.

All of it is values. Whatever they do not name stays as it is, byte for byte on the native lane.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from urllib.parse import quote, unquote

import msgspec
from msgspec import Raw, Struct

from fairlead.normalizer.providers.pruning import Path, only, without
from fairlead.shared.codec import encode, peek
from fairlead.shared.failure import Kind, refuse
from fairlead.shared.loss import Loss
from fairlead.shared.splicing import splice

_DOTS = frozenset({".", ".."})


def named_in_path(model: str) -> str:
    """`model`, which is to stand in a path. Quoted it is one segment, but some servers resolve dots behind a quoted
    slash. Raises `FailureError` (BAD_REQUEST)."""
    if not model or not model.isprintable() or not _DOTS.isdisjoint(re.split(r"[/\\]", unquote(model))):
        raise refuse(Kind.BAD_REQUEST, "model: not the name of a model", param="model")
    return model


def last_of_path(model: str) -> str:
    """The bare name of a model that is named by a path, such as `publishers/google/models/gemini-3-pro`."""
    return model.rpartition("/")[2] or model


class Body(Struct, frozen=True):
    """What a vendor's body has at its top level that its dialect's has not, and the other way round.

    `removed` is known to be said elsewhere. `allowed`, where it is not None, are the only fields taken; a client's
    others are left out, and that is a loss; so are `refused` ones. `added` wins over the client's own of that name,
    `supplied` does not.
    `pruned` are paths of fields further inside that are not taken, `kinds` lists whose items must be of these types:
    see `pruning`. What is taken out there, is a loss too.
    """

    removed: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    added: Mapping[str, Raw] = {}
    supplied: Mapping[str, Raw] = {}
    pruned: tuple[Path, ...] = ()
    kinds: Mapping[Path, frozenset[str]] = {}

    def changes(self, fields: Mapping[str, Raw], vendor: str) -> tuple[dict[str, Raw | None], list[Loss]]:
        """What to put in the place of each field that changes (None: nothing), and what the client meant by others."""
        changes: dict[str, Raw | None] = dict.fromkeys(self.removed.intersection(fields))
        losses = []
        for name in self._unknown(fields):
            changes[name] = None
            losses.append(Loss(name, name, f"{vendor} refuses fields it does not know"))
        for (name, *inside), change in self._inner():
            value = bytes(changes.get(name, fields.get(name)) or b"")
            changed = change(value)
            if changed != value:
                changes[name] = None if changed == b"{}" else Raw(changed)
                losses.append(Loss(inside[-1], ".".join((name, *inside)), f"{vendor} does not take it there"))
        added = {name: raw for name, raw in self.supplied.items() if name not in fields}
        return {**changes, **added, **self.added}, losses

    def _unknown(self, fields: Iterable[str]) -> list[str]:
        known = self.removed.union(fields if self.allowed is None else self.allowed)
        return [name for name in fields if name not in known or name in self.refused]

    def _inner(self) -> Iterable[tuple[Path, Callable[[bytes], bytes]]]:
        for path in self.pruned:
            yield path, partial(without, path=path[1:])
        for path, types in self.kinds.items():
            yield path, partial(only, path=path[1:], types=types)


class Betas(Struct, frozen=True):
    """Which of the betas in the client's header `anthropic-beta` a vendor takes, the others being refused there.

    `known` fits a whole name; `renamed` is applied first. `field`: where in the body they are told; None: the header.
    """

    known: re.Pattern[str]
    renamed: Mapping[str, str] = {}
    field: str | None = None

    def taken(self, names: Iterable[str]) -> list[str]:
        """Those that are sent on, each once, in the client's order."""
        renamed = (self.renamed.get(name, name) for name in names)
        return list(dict.fromkeys(name for name in renamed if self.known.fullmatch(name)))


class Way(Struct, frozen=True):
    """How a vendor that names the model in the path is asked for one operation.

    `path` stands below the vendor's base; `{model}` in it is where the model's name goes, which is what `named` makes
    of the configured one. `streamed` is the path for a stream, where that is another one. `names_model`: its body says
    which model is meant, though its dialect's does not. `wrap` puts the finished body into what this operation takes,
    `unwrap` takes the whole answer out of what it gives; None: nothing is around them.
    """

    path: str
    streamed: str | None = None
    named: Callable[[str], str] = str
    body: Body = Body()
    names_model: bool = False
    wrap: Callable[[bytes], bytes] | None = None
    unwrap: Callable[[bytes], bytes] | None = None

    @property
    def as_it_is(self) -> bool:
        """Whether it takes its dialect's bodies."""
        return self.body == Body() and not self.names_model and self.wrap is None

    def target(self, model: str, stream: bool) -> str:
        """The path for `model`, which is one segment of it and cannot be more."""
        template = self.streamed if stream and self.streamed is not None else self.path
        return template.format(model=quote(self.named(model), safe="@"))


class Fitted(Struct, frozen=True):
    """A request as one vendor takes it."""

    headers: dict[str, str]
    body: bytes
    losses: tuple[Loss, ...] = ()


def fitted(way: Way, betas: Betas | None, vendor: str, model: str, headers: Mapping[str, str], body: bytes) -> Fitted:
    """The request with what `way` and `betas` change about it. Work is one scan of `body`."""
    fields = peek(body)
    changes, losses = way.body.changes(fields, vendor)
    if way.names_model:
        changes["model"] = Raw(encode(way.named(model)))
    kept = dict(headers)
    if betas is not None:
        told = _list(kept.pop(BETA_HEADER, ""))
        told += _field(fields, betas.field) if betas.field else []
        taken = betas.taken(told)
        if betas.field is None and taken:
            kept[BETA_HEADER] = ",".join(taken)
        elif betas.field is not None:
            changes[betas.field] = Raw(encode(taken)) if taken else None
        losses += _unsaid(told, taken, betas, vendor)
    if any(name in fields or raw is not None for name, raw in changes.items()):
        body = splice(body, fields, changes)
    return Fitted(kept, way.wrap(body) if way.wrap else body, tuple(losses))


BETA_HEADER = "anthropic-beta"


def _list(header: str) -> list[str]:
    return [name for part in header.split(",") if (name := part.strip())]


def _field(fields: Mapping[str, Raw], name: str) -> list[str]:
    """Betas that the client put into the body itself, if it is a list of names."""
    try:
        return msgspec.json.decode(fields.get(name, Raw(b"[]")), type=list[str])
    except msgspec.MsgspecError:
        return []


def _unsaid(told: Iterable[str], taken: Iterable[str], betas: Betas, vendor: str) -> list[Loss]:
    unsaid = [name for name in dict.fromkeys(told) if betas.renamed.get(name, name) not in taken]
    return [Loss(BETA_HEADER, name, f"{vendor} does not take this beta") for name in unsaid]
