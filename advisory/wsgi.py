"""The WSGI entry point for gunicorn."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisory.settings")
os.environ.setdefault("EVENKEEL_PROCESS", "web")

application = get_wsgi_application()
