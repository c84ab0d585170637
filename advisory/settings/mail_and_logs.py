"""Mail and logs."""

from __future__ import annotations

from advisory import logs
from advisory.settings.environment import IN_PRODUCTION, env

EMAIL_BACKEND = env.text(
    "EVENKEEL_MAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if IN_PRODUCTION
    else "django.core.mail.backends.console.EmailBackend",
)
EMAIL_HOST = env.text("EVENKEEL_MAIL_HOST", "localhost")
EMAIL_PORT = env.whole_number("EVENKEEL_MAIL_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = env.text("EVENKEEL_MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.secret("EVENKEEL_MAIL_PASSWORD", "")
EMAIL_USE_TLS = env.yes_or_no("EVENKEEL_MAIL_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EVENKEEL_MAIL_FROM", "Evenkeel <desk@evenkeel.example>")

LOGGING = logs.logging_settings(
    level=env.one_of("EVENKEEL_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    as_json=env.yes_or_no("EVENKEEL_LOG_JSON", True),
)
logs.configure()
DJANGO_STRUCTLOG_CELERY_ENABLED = True
