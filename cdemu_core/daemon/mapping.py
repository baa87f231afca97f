"""Waiting for the device nodes of a drive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..transport.port import Mapping

PATIENCE_SECONDS = 30.0
"""After that the system is not going to make nodes for a drive."""
FIRST_WAIT, LAST_WAIT = 0.02, 0.5


def known(mapping: Mapping) -> bool:
    """Whether there is no more to wait for."""
    return bool((mapping.sr and mapping.sg) or mapping.url)


async def wait_for_mapping(look: Callable[[], Mapping], patience: float = PATIENCE_SECONDS) -> Mapping:
    """Look until the nodes are known or ``patience`` seconds have passed; returns the last look."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    wait = FIRST_WAIT
    while True:
        mapping = look()
        if known(mapping) or loop.time() >= deadline:
            return mapping
        await asyncio.sleep(wait)
        wait = min(wait * 1.5, LAST_WAIT)
