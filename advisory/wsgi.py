"""The WSGI entry point for gunicorn."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisory.settings")
os.environ.setdefault("EVENKEEL_PROCESS", "web")

application = get_wsgi_application()

# What was loaded by now stays for as long as the process lives. A collection that goes through all of it takes a quarter of
# a second, in the middle of somebody's page.
gc.collect()
gc.freeze()
