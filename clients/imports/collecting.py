"""Python's search for unreachable rings of objects, put off while a file makes hundreds of thousands of objects.

Rows, lots and positions refer to nothing that refers back, so the search finds nothing and takes a third of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def put_off() -> Iterator[None]:
    """Do not look for rings inside the block."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
