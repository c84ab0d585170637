"""Collect the static files at build time, when there are no secrets and no servers yet."""

from __future__ import annotations

import os

from advisory.supervision.checks import PRODUCTION_LIKE

if __name__ == "__main__":
    # Nothing of this is kept: the built files do not depend on secrets or addresses.
    os.environ.update(PRODUCTION_LIKE, DJANGO_SETTINGS_MODULE="advisory.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"])
