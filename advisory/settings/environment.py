"""The environment. Outside production missing values get defaults so that a newcomer can start."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from advisory.embedded.services import local_secrets
from advisory.env import Environment

PROJECT = Path(__file__).resolve().parents[2]

ENVIRONMENTS = ("production", "demo", "development", "test")
ENVIRONMENT = Environment(os.environ).one_of("EVENKEEL_ENVIRONMENT", ENVIRONMENTS, "development")
IN_PRODUCTION = ENVIRONMENT == "production"
env = Environment(os.environ if IN_PRODUCTION else {**local_secrets(), **os.environ})
PROCESS = env.one_of("EVENKEEL_PROCESS", ("web", "worker", "beat", "fix", "command"), "command")
DEBUG = False
NOT_STARTED = "127.0.0.1:9"
"""An address without a listener: commands that use no table need no server, others fail at once."""
VERSION = str(tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
"""The product's version, read from pyproject.toml; stored with every scan."""
