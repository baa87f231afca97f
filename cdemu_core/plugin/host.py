"""PluginHost: finds plugins, contains their failures, keeps their names apart.

The sole user of pluggy's PluginManager. Discovery happens at the first question, once; a plugin
that raises is listed with its reason and never takes another one with it.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar, cast

import attrs
import pluggy

from ..errors import DuplicateName, PluginBroken, PluginError, PluginMismatch
from . import hookspecs
from .descriptors import (
    BUILT_IN_TRANSPORTS,
    HOOKS_VERSION,
    ImageFormat,
    ImageWriter,
    StreamFilter,
    Transport,
)

GROUP: Final = "cdemu"
Descriptor = ImageFormat | StreamFilter | ImageWriter | Transport
State = Literal["ok", "broken", "disabled", "duplicate"]
Kind = Literal["format", "filter", "writer", "transport"]
D = TypeVar("D", ImageFormat, StreamFilter, ImageWriter, Transport)

HOOKS: Final[dict[str, tuple[Kind, type[Descriptor]]]] = {
    "cdemu_image_formats": ("format", ImageFormat),
    "cdemu_stream_filters": ("filter", StreamFilter),
    "cdemu_image_writers": ("writer", ImageWriter),
    "cdemu_transports": ("transport", Transport),
}
NOT_USED: Final = {
    False: "none of them is used. Uninstall or disable all but one.",
    True: "only cdemu-core's is used. Disable the other, or ask its author for another name.",
}
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
SUFFIX: Final = re.compile(r"\.[^\sA-Z/]+")


@attrs.define
class PluginRecord:
    """One entry point: where it comes from, what became of it and what it gives.

    ``name`` is the entry point's, ``module`` what it points at; ``reason`` is a sentence where
    ``state`` is not ``ok``, and a warning or empty where it is; ``error`` is the PluginError behind
    a state that is not ``ok``.
    """

    name: str
    dist: str
    version: str
    state: State = "ok"
    reason: str = ""
    formats: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    transports: tuple[str, ...] = ()
    module: str = ""
    error: PluginError | None = attrs.field(default=None, eq=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Members for JSON, the error left out."""
        return attrs.asdict(self, filter=lambda attribute, _: attribute.name != "error")

    @property
    def owner(self) -> str:
        """The plugin's name in messages."""
        return f"{self.name} of {self.dist} {self.version}"


class PluginHost:
    """All installed plugins.

    ``entries``: instead of the installed entry points of group ``cdemu``. ``disabled``: entry
    point or distribution names to leave alone; they are listed, and never imported.
    """

    def __init__(self, entries: Iterable[EntryPoint] | None = None, *, disabled: Iterable[str] = ()) -> None:
        self._entries = None if entries is None else tuple(entries)
        self._disabled = frozenset(disabled)
        self._lock = threading.Lock()
        self._found: _Discovery | None = None

    @property
    def formats(self) -> Mapping[str, ImageFormat]:
        """Image formats by name."""
        return self._discovery().of(ImageFormat)

    @property
    def filters(self) -> Mapping[str, StreamFilter]:
        """Stream filters by name."""
        return self._discovery().of(StreamFilter)

    @property
    def writers(self) -> Mapping[str, ImageWriter]:
        """Image writers by name."""
        return self._discovery().of(ImageWriter)

    @property
    def transports(self) -> Mapping[str, Transport]:
        """Roads of plugins by name; the core's own are not among them."""
        return self._discovery().of(Transport)

    def list(self) -> tuple[PluginRecord, ...]:
        """Every plugin found, usable or not, by distribution and name."""
        return self._discovery().records

    def owner(self, descriptor: Descriptor) -> PluginRecord | None:
        """The plugin that registered ``descriptor``; None for one made elsewhere."""
        return self._discovery().owners.get(id(descriptor))

    def _discovery(self) -> _Discovery:
        with self._lock:
            if self._found is None:
                entries = entry_points(group=GROUP) if self._entries is None else self._entries
                self._found = _Discovery(entries, self._disabled)
            return self._found


class _Discovery:
    """The outcome of one look at the entry points."""

    def __init__(self, entries: Iterable[EntryPoint], disabled: frozenset[str]) -> None:
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(hookspecs)
        self.owners: dict[int, PluginRecord] = {}
        self.by_kind: dict[Kind, dict[str, Descriptor]] = {kind: {} for kind, _ in HOOKS.values()}
        claims: dict[tuple[Kind, str], list[tuple[PluginRecord, Descriptor]]] = defaultdict(list)
        records = []
        for entry in _unique(entries):
            record = _record(entry)
            records.append(record)
            if disabled & {record.name, record.dist}:
                record.state, record.reason = "disabled", "Disabled by the configuration."
                continue
            for kind, descriptor in _contained(record, partial(self._load, entry, record)):
                claims[kind, descriptor.name].append((record, descriptor))
        self.records = tuple(sorted(records, key=lambda r: (r.dist, r.name)))
        for (kind, name), claimants in claims.items():
            self._settle(kind, name, claimants)
        self._fill_records()

    def of(self, kind: type[D]) -> Mapping[str, D]:
        """Descriptors of one class by name."""
        word = next(word for word, cls in HOOKS.values() if cls is kind)
        return MappingProxyType(cast(dict[str, D], self.by_kind[word]))

    def _load(self, entry: EntryPoint, record: PluginRecord) -> list[tuple[Kind, Descriptor]]:
        module = entry.load()
        _check_version(module)
        self.manager.register(module, name=f"{record.dist}:{record.name}")
        found: list[tuple[Kind, Descriptor]] = []
        for caller in self.manager.get_hookcallers(module) or ():
            if caller.name not in HOOKS:
                record.reason = _unknown_hook(caller.name)
                continue
            kind, expected = HOOKS[caller.name]
            implementations = [impl for impl in caller.get_hookimpls() if impl.plugin is module]
            for implementation in implementations:
                items = cast(Iterable[object], implementation.function())
                found += [(kind, _checked(item, expected, caller.name)) for item in items]
        return found

    def _settle(self, kind: Kind, name: str, claimants: list[tuple[PluginRecord, Descriptor]]) -> None:
        built_in = kind == "transport" and name in BUILT_IN_TRANSPORTS
        if len(claimants) == 1 and not built_in:
            record, descriptor = claimants[0]
            self.by_kind[kind][name] = descriptor
            self.owners[id(descriptor)] = record
            return
        owners = (*["cdemu-core itself"] * built_in, *(record.owner for record, _ in claimants))
        sentence = f"The {kind} “{name}” is registered by {' and by '.join(owners)}; {NOT_USED[built_in]}"
        for record, _ in claimants:
            record.state, record.reason = "duplicate", sentence
            record.error = DuplicateName(sentence, name=name, owners=owners)

    def _fill_records(self) -> None:
        for kind, descriptors in self.by_kind.items():
            for name in sorted(descriptors):
                record = self.owners[id(descriptors[name])]
                setattr(record, f"{kind}s", (*getattr(record, f"{kind}s"), name))


def _unique(entries: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Each entry point once, though several folders of the search path may hold its metadata."""
    seen: dict[tuple[str, str, str], EntryPoint] = {}
    for entry in entries:
        seen.setdefault((_record(entry).dist, entry.name, entry.value), entry)
    return list(seen.values())


def _record(entry: EntryPoint) -> PluginRecord:
    dist = entry.dist
    return PluginRecord(
        name=entry.name,
        dist=dist.name if dist else entry.value.partition(".")[0].partition(":")[0],
        version=dist.version if dist else "unknown",
        module=entry.module,
    )


def _contained(
    record: PluginRecord, load: Callable[[], list[tuple[Kind, Descriptor]]]
) -> list[tuple[Kind, Descriptor]]:
    """What ``load`` gives; nothing, and the reason in ``record``, where it raises."""
    try:
        return load()
    except PluginError as problem:
        record.error = problem
    except (Exception, SystemExit) as cause:  # a stranger's code: whatever it raises is its own affair
        record.error = PluginBroken(
            f"The plugin {record.owner} cannot be used: {type(cause).__name__}: {cause}",
            dist=record.dist,
            name=record.name,
            cause=cause,
        )
    record.state, record.reason = "broken", str(record.error)
    return []


def _check_version(module: object) -> None:
    """A plugin may say ``REQUIRES_HOOKS = (major, minor)``: the least version of the hooks it needs."""
    wanted = getattr(module, "REQUIRES_HOOKS", HOOKS_VERSION)
    if wanted[0] == HOOKS_VERSION[0] and wanted[1] <= HOOKS_VERSION[1]:
        return
    wants, has = (".".join(map(str, version)) for version in (wanted, HOOKS_VERSION))
    raise PluginMismatch(
        f"The plugin needs version {wants} of the hooks, this cdemu-core has {has}; "
        f"update {'cdemu-core' if wanted > HOOKS_VERSION else 'the plugin'}.",
        wants=wants,
        has=has,
    )


def _unknown_hook(name: str) -> str:
    has = ".".join(map(str, HOOKS_VERSION))
    return (
        f"Warning: the hook “{name}” is not known to this cdemu-core (hooks {has}) and is left out; "
        "the plugin may be made for a newer one."
    )


def _checked(item: object, expected: type[Descriptor], hook: str) -> Descriptor:
    """``item`` as a descriptor that keeps the rules of names and suffixes."""
    if not isinstance(item, expected):
        raise TypeError(f"{hook} yields {type(item).__name__} where {expected.__name__} belongs")
    if not NAME.fullmatch(item.name):
        raise ValueError(f"{hook}: the name {item.name!r} is not lower-case letters, digits, “.”, “_”, “-”")
    for suffix in () if isinstance(item, Transport) else item.suffixes:
        if not SUFFIX.fullmatch(suffix):
            raise ValueError(f"{hook}: the suffix {suffix!r} of “{item.name}” is not lower-case with a dot")
    return item
