"""Static files, built into the image and served with names that change with their contents; stored files."""

from __future__ import annotations

from pathlib import Path

from advisory.settings.environment import ENVIRONMENT, IN_PRODUCTION, PROJECT, env

STATIC_URL = "static/"
STATICFILES_DIRS = [PROJECT / "static"]
STATIC_ROOT = Path(env.text("EVENKEEL_STATIC_ROOT", str(PROJECT / "staticfiles")))
WHITENOISE_USE_FINDERS = not IN_PRODUCTION
WHITENOISE_AUTOREFRESH = ENVIRONMENT == "development"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IN_PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
MEDIA_ROOT = Path(env.text("EVENKEEL_FILES", str(PROJECT / ".evenkeel" / "files")))

SERVERS_FOLDER = env.text("EVENKEEL_SERVERS", "")
"""The data folder of the quick start's own servers, set by the supervisor so that its disk is monitored."""
