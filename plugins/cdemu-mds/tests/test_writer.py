"""Media descriptors that we write, against the conformance kit."""

from __future__ import annotations

from cdemu_core.testing.discs import audio_disc, mixed_disc
from cdemu_core.testing.rich import (
    cooked_disc,
    dvd_disc,
    faulty_disc,
    graphics_disc,
    measured_dvd,
    odd_gap_disc,
    sessions_disc,
    xa_disc,
)
from cdemu_core.testing.writers import ImageWriterTests


class TestWriter(ImageWriterTests):
    image_writer = "mds"
    discs = (
        cooked_disc,
        audio_disc,
        mixed_disc,
        xa_disc,
        sessions_disc,
        odd_gap_disc,
        faulty_disc,
        graphics_disc,
        dvd_disc,
        measured_dvd,
    )
