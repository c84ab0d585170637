"""Adapters: one module a family of areas, each with its `ADAPTERS` by area name. See `tests/spec/golden.py`.

Some of what they call lives beside tables, which Django has to know first; nothing here asks a database.
"""

import os

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advisory.settings")
    django.setup()
