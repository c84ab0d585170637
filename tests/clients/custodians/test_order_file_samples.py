"""The page of the order files explains every column of its samples."""

from __future__ import annotations

import re
from pathlib import Path

from tests.clients.custodians.order_file_samples import WRITTEN

SAMPLES = Path(__file__).parents[3] / "docs" / "formats" / "order-files"


def test_every_column_is_explained() -> None:
    page = (SAMPLES.parent / "order-files.md").read_text(encoding="utf-8")
    for text in WRITTEN.values():
        for column in text.splitlines()[0].split(","):
            assert re.search(rf"\b{column}\b", page), column
