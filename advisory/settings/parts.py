"""Apps, middleware and templates."""

from __future__ import annotations

from advisory.settings.environment import ENVIRONMENT, PROJECT

INSTALLED_APPS = [
    "advisory",
    "rebalancing",
    "clients",
    "compliance",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "csp",
]

MIDDLEWARE = [
    "advisory.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "advisory.middleware.headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "advisory.middleware.TokenMiddleware",
    "advisory.middleware.denied_attempts",
    "advisory.middleware.session_lifetime",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "advisory.middleware.second_factor_first",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "advisory.middleware.time_zone",
    "allauth.account.middleware.AccountMiddleware",
    "advisory.doors.examining.read_only",
    "advisory.middleware.RefusalMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
USE_I18N = True
LOCALE_PATHS = [PROJECT / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
"""Of stored moments. Market days are New York's; in which zone people read moments is a setting of the firm."""

PRICES_NOTE = "A demo firm: people, holdings and prices are generated." if ENVIRONMENT == "demo" else ""
"""A note about the figures on every page; empty where they are real."""
