"""Who gets which answer at which address. After adding an address:

python -m tests.architecture.routes            prints the rows that are missing or differ
python -m tests.architecture.routes --write    writes them; read the difference before you commit it
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest


def main() -> int:
    os.environ["EVENKEEL_ROUTES"] = "write" if "--write" in sys.argv else "print"
    test = Path(__file__).with_name("test_routes.py")
    return int(pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-p", "no:logging", str(test)]))


if __name__ == "__main__":
    raise SystemExit(main())
