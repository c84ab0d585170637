"""All settings, a module for each noun. Each value is read once through `env` and documented in docs/operations.md."""

from __future__ import annotations

from advisory.settings.api import *  # noqa: F403
from advisory.settings.database import *  # noqa: F403
from advisory.settings.environment import *  # noqa: F403
from advisory.settings.environment import ENVIRONMENT
from advisory.settings.files import *  # noqa: F403
from advisory.settings.mail_and_logs import *  # noqa: F403
from advisory.settings.parts import *  # noqa: F403
from advisory.settings.record import *  # noqa: F403
from advisory.settings.sign_in import *  # noqa: F403
from advisory.settings.transport import *  # noqa: F403
from advisory.settings.work import *  # noqa: F403

# Tests need neither a slow password hash nor a broker.

if ENVIRONMENT == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    REDIS_URL = "memory://"
