"""The conformance kit for plugins, sample discs, and an initiator that plays the kernel."""

import sys

if "pytest" in sys.modules:  # assertions of the kit explain themselves, as those of test modules do
    sys.modules["pytest"].register_assert_rewrite(
        *(f"{__name__}.{module}" for module in ("facts", "filters", "formats", "kit", "limits", "writers"))
    )
