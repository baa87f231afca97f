"""What the installed plugins can do, in the old interface's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UnknownWriter

if TYPE_CHECKING:
    from ..plugin.descriptors import ImageFormat, ImageWriter, StreamFilter
    from ..plugin.host import PluginHost


Types = list[tuple[str, str]]


def version() -> str:
    """The package's version."""
    from importlib import metadata

    return metadata.version("cdemu-core")


def _types(descriptor: ImageFormat | StreamFilter) -> Types:
    """(description, MIME type) each."""
    if descriptor.legacy_types:
        return list(descriptor.legacy_types)
    globs = ", ".join(f"*{suffix}" for suffix in descriptor.suffixes)
    text = f"{descriptor.title} ({globs})" if globs else descriptor.title
    return [(text, mime) for mime in descriptor.mime_types]


def format_id(descriptor: ImageFormat) -> str:
    """``PARSER-NRG``."""
    return descriptor.legacy_id or f"PARSER-{descriptor.name.upper()}"


def filter_id(descriptor: StreamFilter) -> str:
    """``FILTER-GZIP``."""
    return descriptor.legacy_id or f"FILTER-{descriptor.name.upper()}"


def writer_id(descriptor: ImageWriter) -> str:
    """``WRITER-ISO``."""
    return descriptor.legacy_id or f"WRITER-{descriptor.name.upper()}"


def formats(host: PluginHost) -> list[tuple[str, str, Types]]:
    """(id, name, types) of every image format."""
    return [(format_id(d), d.title, _types(d)) for d in host.formats.values()]


def filters(host: PluginHost) -> list[tuple[str, str, bool, Types]]:
    """(id, name, writable, types) of every stream filter."""
    return [(filter_id(d), d.title, d.writable, _types(d)) for d in host.filters.values()]


def writers(host: PluginHost) -> list[tuple[str, str]]:
    """(id, name) of every image writer."""
    return [(writer_id(d), d.title) for d in host.writers.values()]


def find_writer(host: PluginHost, identifier: str) -> ImageWriter:
    """The writer of an id, in any case.

    Raises:
        UnknownWriter: none of the installed ones has it.
    """
    wanted = identifier.upper()
    for writer in host.writers.values():
        if writer_id(writer).upper() == wanted:
            return writer
    known = ", ".join(name for name, _ in writers(host)) or "none is installed"
    raise UnknownWriter(f"There is no image writer “{identifier}”; the writers are: {known}.")
