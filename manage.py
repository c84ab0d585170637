#!/usr/bin/env python3
"""Django's commands. Without a DATABASE_URL they run against the quick start's own database."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisory.settings")
    os.environ.setdefault("EVENKEEL_PROCESS", "command")
    from advisory.embedded.local import with_local_services

    with with_local_services(sys.argv):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
