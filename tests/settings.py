"""The product's settings, as a test start reads them."""

from __future__ import annotations

import os

os.environ["EVENKEEL_ENVIRONMENT"] = "test"
os.environ["EVENKEEL_PROCESS"] = "command"
os.environ["EVENKEEL_HTTPS"] = "no"

from advisory.settings import *  # noqa: F403
