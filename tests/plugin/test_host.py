"""PluginHost: discovery, containment, names."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint

import pytest

from cdemu_core.api import ImageFormat, ImageWriter, StreamFilter, Transport, hookimpl
from cdemu_core.errors import DuplicateName, PluginBroken, PluginMismatch
from cdemu_core.plugin.descriptors import BUILT_IN_TRANSPORTS, HOOKS_VERSION
from cdemu_core.plugin.host import PluginHost, PluginRecord
from cdemu_core.transport.roads import ROADS


def image_format(name: str = "xyz", suffixes: tuple[str, ...] = (".xyz",)) -> ImageFormat:
    return ImageFormat(name=name, title=name, suffixes=suffixes, mime_types=(), parse=lambda source: None)  # type: ignore[arg-type, return-value]


def stream_filter(name: str = "xor") -> StreamFilter:
    return StreamFilter(name=name, title=name, suffixes=(), mime_types=(), open=lambda stream, source: stream)


Plugin = Callable[..., EntryPoint]


@pytest.fixture
def plugin() -> Iterator[Plugin]:
    """``plugin(name, cdemu_image_formats=function…)``: an entry point of a module with these hooks."""
    made = []

    def make(name: str, **members: object) -> EntryPoint:
        module = types.ModuleType(f"fake_{name}.plugin")
        for key, value in members.items():
            setattr(module, key, hookimpl(value) if callable(value) else value)
        sys.modules[module.__name__] = module
        sys.modules[f"fake_{name}"] = types.ModuleType(f"fake_{name}")
        made.extend([module.__name__, f"fake_{name}"])
        return EntryPoint(name, module.__name__, "cdemu")

    yield make
    for name in made:
        del sys.modules[name]


def record(host: PluginHost, name: str) -> PluginRecord:
    return next(record for record in host.list() if record.name == name)


def test_descriptors_by_name_and_their_owner(plugin: Plugin) -> None:
    host = PluginHost(
        [
            plugin("a", cdemu_image_formats=lambda: [image_format("b"), image_format("a")]),
            plugin("f", cdemu_stream_filters=lambda: iter([stream_filter()])),
        ]
    )
    assert set(host.formats) == {"a", "b"}
    assert set(host.filters) == {"xor"}
    assert record(host, "a").formats == ("a", "b")
    assert record(host, "f").filters == ("xor",)
    assert host.owner(host.formats["a"]) is record(host, "a")
    assert host.owner(image_format()) is None


def test_same_name_of_different_kinds_is_no_clash(plugin: Plugin) -> None:
    writer = ImageWriter(
        name="xyz", title="", suffixes=(".xyz",), media=("cd",), write=lambda disc, path, parameters: ()
    )
    host = PluginHost(
        [plugin("a", cdemu_image_formats=lambda: [image_format()], cdemu_image_writers=lambda: [writer])]
    )
    assert record(host, "a").state == "ok"
    assert (set(host.formats), set(host.writers)) == ({"xyz"}, {"xyz"})


def test_duplicates_are_both_out_and_both_named(plugin: Plugin) -> None:
    host = PluginHost(
        [
            plugin("one", cdemu_image_formats=lambda: [image_format(), image_format("alone")]),
            plugin("two", cdemu_image_formats=lambda: [image_format()]),
        ]
    )
    assert set(host.formats) == {"alone"}
    for name in ("one", "two"):
        found = record(host, name)
        assert found.state == "duplicate"
        assert "one of fake_one" in found.reason
        assert "two of fake_two" in found.reason
        assert isinstance(found.error, DuplicateName)
        assert found.error.name == "xyz"
        assert len(found.error.owners) == 2


def _raise(cause: BaseException) -> None:
    raise cause


def _half() -> Iterator[ImageFormat]:
    yield image_format("half")
    raise ValueError("lost the rest")


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        ({"cdemu_image_formats": lambda: _raise(RuntimeError("boom"))}, "RuntimeError: boom"),
        ({"cdemu_image_formats": lambda: _raise(SystemExit(3))}, "SystemExit: 3"),
        ({"cdemu_image_formats": lambda: None}, "NoneType"),
        ({"cdemu_image_formats": lambda: [stream_filter()]}, "StreamFilter where ImageFormat"),
        ({"cdemu_image_formats": lambda: [image_format("Not Lower")]}, "'Not Lower'"),
        ({"cdemu_image_formats": lambda: [image_format(suffixes=("iso",))]}, "'iso'"),
        ({"cdemu_image_formats": _half}, "lost the rest"),
        ({"cdemu_image_formats": lambda nothing: []}, "nothing"),
    ],
)
def test_a_broken_plugin_is_contained(plugin: Plugin, hooks: dict[str, object], words: str) -> None:
    host = PluginHost([plugin("bad", **hooks), plugin("good", cdemu_image_formats=lambda: [image_format()])])
    assert set(host.formats) == {"xyz"}
    assert record(host, "good").state == "ok"
    bad = record(host, "bad")
    assert bad.state == "broken"
    assert words in bad.reason
    assert isinstance(bad.error, PluginBroken)
    assert bad.error.dist == "fake_bad"
    assert bad.error.cause is not None


def test_a_missing_module_is_contained(plugin: Plugin) -> None:
    host = PluginHost(
        [
            EntryPoint("gone", "no_such_module.plugin", "cdemu"),
            plugin("good", cdemu_image_formats=lambda: [image_format()]),
        ]
    )
    assert "no_such_module" in record(host, "gone").reason
    assert record(host, "good").state == "ok"


def test_disabled_plugins_are_not_imported() -> None:
    host = PluginHost([EntryPoint("gone", "no_such_module.plugin", "cdemu")], disabled=("gone",))
    assert record(host, "gone").state == "disabled"
    assert dict(host.formats) == {}


def test_an_unknown_hook_is_a_warning(plugin: Plugin) -> None:
    host = PluginHost(
        [
            plugin(
                "new",
                cdemu_image_formats=lambda: [image_format()],
                cdemu_smell_formats=lambda: _raise(OSError()),
            )
        ]
    )
    assert record(host, "new").state == "ok"
    assert "cdemu_smell_formats" in record(host, "new").reason
    assert set(host.formats) == {"xyz"}


@pytest.mark.parametrize("wanted", [(HOOKS_VERSION[0] + 1, 0), (HOOKS_VERSION[0], HOOKS_VERSION[1] + 1)])
def test_a_plugin_for_newer_hooks_is_refused(plugin: Plugin, wanted: tuple[int, int]) -> None:
    host = PluginHost([plugin("new", REQUIRES_HOOKS=wanted, cdemu_image_formats=lambda: [image_format()])])
    found = record(host, "new")
    assert isinstance(found.error, PluginMismatch)
    assert "update cdemu-core" in found.reason
    assert dict(host.formats) == {}


def test_metadata_seen_twice_counts_once(plugin: Plugin) -> None:
    entry = plugin("a", cdemu_image_formats=lambda: [image_format()])
    host = PluginHost([entry, entry])
    assert len(host.list()) == 1
    assert set(host.formats) == {"xyz"}


def test_discovery_happens_once_and_late(plugin: Plugin) -> None:
    calls = []

    def formats() -> list[ImageFormat]:
        calls.append(1)
        return [image_format()]

    host = PluginHost([plugin("a", cdemu_image_formats=formats)])
    assert calls == []
    for _ in range(3):
        assert set(host.formats) == {"xyz"}
    assert calls == [1]


def test_a_record_as_json_members(plugin: Plugin) -> None:
    host = PluginHost([plugin("a", cdemu_image_formats=lambda: [image_format()])])
    assert record(host, "a").as_dict() == {
        "name": "a",
        "dist": "fake_a",
        "version": "unknown",
        "state": "ok",
        "reason": "",
        "formats": ("xyz",),
        "filters": (),
        "writers": (),
        "transports": (),
        "module": "fake_a.plugin",
    }


def transport(name: str) -> Transport:
    return Transport(name=name, title=name, factory=lambda settings: None)


def test_transports_by_name(plugin: Plugin) -> None:
    host = PluginHost([plugin("a", cdemu_transports=lambda: [transport("pigeon")])])
    assert set(host.transports) == {"pigeon"}
    assert record(host, "a").transports == ("pigeon",)


def test_two_transports_of_one_name_are_both_refused(plugin: Plugin) -> None:
    host = PluginHost(
        [plugin(name, cdemu_transports=lambda: [transport("pigeon")]) for name in ("one", "two")]
    )
    assert not host.transports
    for name in ("one", "two"):
        assert "one of fake_one" in record(host, name).reason
        assert "two of fake_two" in record(host, name).reason


@pytest.mark.parametrize("name", ["vhba", "auto"])
def test_no_plugin_takes_the_name_of_a_road_of_the_core(plugin: Plugin, name: str) -> None:
    host = PluginHost([plugin("a", cdemu_transports=lambda: [transport(name)])])
    assert not host.transports
    found = record(host, "a")
    assert found.state == "duplicate"
    assert "registered by cdemu-core itself and by a of fake_a" in found.reason


def test_names_of_the_cores_roads_are_known() -> None:
    assert {"auto", *ROADS} == BUILT_IN_TRANSPORTS
