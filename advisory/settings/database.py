"""The database. Migrations and tests own the schema; everything else runs with the limited role."""

from __future__ import annotations

import os
import sys
from typing import Any

from advisory.settings.environment import ENVIRONMENT, IN_PRODUCTION, NOT_STARTED, PROCESS, env

OWNER_COMMANDS = frozenset(
    {
        "prepare",
        "migrate",
        "grant_privileges",
        "makemigrations",
        "showmigrations",
        "sqlmigrate",
        "flush",
        "drill",
    }
)
AS_OWNER = ENVIRONMENT == "test" or (
    PROCESS == "command" and len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS
)
_unnamed_database = None if IN_PRODUCTION else f"postgresql://evenkeel_app@{NOT_STARTED}/evenkeel"
_app_database = env.database("DATABASE_URL", _unnamed_database)
_owner_database = (
    env.database("DATABASE_OWNER_URL")
    if os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_OWNER_URL_FILE")
    else _app_database
)
APP_ROLE = _app_database["USER"]
"""The database role `grant_privileges` gives its limited rights to."""

STATEMENT_SECONDS = {"web": 5, "worker": 60, "beat": 60, "fix": 30, "command": 0}[PROCESS]
_session_options = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "lock_timeout": "2s" if PROCESS in {"web", "worker"} else "0",
        "idle_in_transaction_session_timeout": "60s" if PROCESS in {"web", "worker"} else "0",
    }.items()
)


def _connection(database: dict[str, Any]) -> dict[str, Any]:
    return {
        **database,
        "CONN_MAX_AGE": 60 if PROCESS in {"web", "worker"} else 0,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"options": _session_options, "connect_timeout": 5, **database["OPTIONS"]},
        "TEST": {"NAME": "test_evenkeel"},
    }


DATABASES = {"default": _connection(_owner_database if AS_OWNER else _app_database)}
