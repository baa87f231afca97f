"""CloneCD images that we write, against the conformance kit."""

from __future__ import annotations

from cdemu_core.testing.discs import mixed_disc
from cdemu_core.testing.rich import (
    album_disc,
    cooked_disc,
    faulty_disc,
    graphics_disc,
    odd_gap_disc,
    pregap_disc,
    sessions_disc,
    xa_disc,
)
from cdemu_core.testing.writers import ImageWriterTests


class TestWriter(ImageWriterTests):
    image_writer = "ccd"
    discs = (
        cooked_disc,
        album_disc,
        pregap_disc,
        mixed_disc,
        xa_disc,
        sessions_disc,
        odd_gap_disc,
        faulty_disc,
        graphics_disc,
    )
