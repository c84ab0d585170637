"""Local servers for a command started by hand when the environment names none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence

from advisory.embedded.services import Services, in_use, local_secrets
from advisory.embedded.trouble import Trouble

WITHOUT_SERVERS = frozenset(
    {
        "help",
        "version",
        "--help",
        "--version",
        "check",
        "collectstatic",
        "diffsettings",
        "makemessages",
        "photograph",
        "spectacular",
    }
)
"""Commands that read no table."""


@contextlib.contextmanager
def with_local_services(argv: Sequence[str]) -> Iterator[None]:
    """Fill the gaps in the environment from the quick start, except in production.

    Raises:
        SystemExit: the servers cannot be started; the text says why and how to fix it.
    """
    if os.environ.get("EVENKEEL_ENVIRONMENT", "development") == "production":
        yield
        return
    for name, value in local_secrets().items():
        os.environ.setdefault(name, value)
    named = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if named or len(argv) < 2 or argv[1] in WITHOUT_SERVERS:
        yield
        return
    try:
        with in_use(Services()) as addresses:
            os.environ.update(addresses.environment())
            yield
    except Trouble as trouble:
        raise SystemExit(f"Evenkeel cannot start: {trouble}") from None
