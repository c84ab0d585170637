"""All settings, grouped. Each value is read once through `env` and documented in docs/operations.md."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from advisory import logs
from advisory.embedded.services import local_secrets
from advisory.env import Environment
from advisory.health import canary

PROJECT = Path(__file__).resolve().parents[1]

# The environment. Outside production missing values get defaults so that a newcomer can start.

ENVIRONMENTS = ("production", "demo", "development", "test")
ENVIRONMENT = Environment(os.environ).one_of("EVENKEEL_ENVIRONMENT", ENVIRONMENTS, "development")
IN_PRODUCTION = ENVIRONMENT == "production"
env = Environment(os.environ if IN_PRODUCTION else {**local_secrets(), **os.environ})
PROCESS = env.one_of("EVENKEEL_PROCESS", ("web", "worker", "beat", "fix", "command"), "command")
DEBUG = False
NOT_STARTED = "127.0.0.1:9"
"""An address without a listener: commands that use no table need no server, others fail at once."""

# Secrets

SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = [key for key in [env.secret("SECRET_KEY_PREVIOUS", "")] if key]
FIELD_KEYS = env.keys("EVENKEEL_FIELD_KEYS")
FIELD_KEY_CURRENT = next(iter(FIELD_KEYS))
BLIND_INDEX_KEY = env.key("EVENKEEL_INDEX_KEY")
# Each floor's decided rows (see compliance/audit_trail/seals.py), further checks, and for whom somebody acts.
SEALED_KINDS = tuple(f"{app}.sealed.KINDS" for app in ("compliance", "clients", "rebalancing", "advisory"))
BUILT_ON_RECORD, ORDER_CARRIER = ("rebalancing.proposals.built_on.since",), "rebalancing.fix.outbox"
AUDIT_CHECKS = ("clients.sealed.faults", "rebalancing.proposals.bindings.faults")
AUDIT_CAPACITY, AFTER_A_DEATH = "clients.households.books.capacity", "advisory.people.client_sign_ins.follow"
# An Ed25519 seed in base64 that signs the audit trail's checkpoints; to verify, the public key is enough.
AUDIT_CHECKPOINT_KEY = env.secret("EVENKEEL_CHECKPOINT_KEY", "")
AUDIT_CHECKPOINT_PUBLIC_KEY = env.text("EVENKEEL_CHECKPOINT_PUBLIC_KEY", "")

# Addresses and transport

HTTPS = env.yes_or_no("EVENKEEL_HTTPS", IN_PRODUCTION)
ALLOWED_HOSTS = env.words(
    "EVENKEEL_HOSTS", () if IN_PRODUCTION else ("localhost", "127.0.0.1", "[::1]", "testserver")
)
if IN_PRODUCTION and not ALLOWED_HOSTS:
    env.text("EVENKEEL_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("EVENKEEL_TRUSTED_ORIGINS")
_own_address = f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if IN_PRODUCTION else "http://127.0.0.1:8000"
ADDRESS = env.text("EVENKEEL_ADDRESS", _own_address).rstrip("/")
"""Where people find the pages; links in mail begin with it."""
if env.yes_or_no("EVENKEEL_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUSTED_PROXY_COUNT = env.whole_number("EVENKEEL_PROXY_COUNT", 0, least=0, most=5)
VERSION = str(tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
"""The product's version, read from pyproject.toml; stored with every scan."""
ROOT_URLCONF = "advisory.urls"
WSGI_APPLICATION = "advisory.wsgi.application"

# Parts

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
    "advisory.middleware.session_lifetime",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "advisory.middleware.time_zone",
    "allauth.account.middleware.AccountMiddleware",
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

# Database. Migrations and tests own the schema; everything else runs with the limited role.

OWNER_COMMANDS = frozenset(
    {"prepare", "migrate", "grant_privileges", "makemigrations", "showmigrations", "sqlmigrate", "flush"}
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

# Cache and jobs (the other options are beside the app, in celery.py)

REDIS_URL = env.redis_url("REDIS_URL", None if IN_PRODUCTION else f"redis://{NOT_STARTED}/0")
CACHE_URL = env.redis_url("EVENKEEL_CACHE_URL", canary.cache_url(REDIS_URL))
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "advisory.caching.Cache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": canary.PREFIX,
        "TIMEOUT": 300,
        # A request uses the cache and may notify a worker; without an answer this costs less than a second.
        "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.3},
    }
}
WORKER_CONCURRENCY = env.whole_number("EVENKEEL_WORKER_PROCESSES", 2, least=1, most=64)
SCAN_LEASE_SECONDS = env.whole_number("EVENKEEL_SCAN_LEASE_SECONDS", 30, least=2, most=600)
"""The time after which a household leased by a silent worker goes to another worker."""
FIRM_NAME = env.text("EVENKEEL_FIRM_NAME", None if IN_PRODUCTION else "Your firm")
"""The firm's name until it has recorded its own in its settings."""
CLOCK_SHIFT_DAYS = env.whole_number("EVENKEEL_CLOCK_SHIFT_DAYS", 0, least=-20_000, most=20_000)
"""Days by which `clock.now()` is ahead of the database, set by `prepare`. For tests and demonstrations."""
if CLOCK_SHIFT_DAYS and ENVIRONMENT not in {"test", "demo"}:
    env.refuse(
        "EVENKEEL_CLOCK_SHIFT_DAYS",
        f"would make a {ENVIRONMENT} start use another day than today; only `test` and `demo` allow a shift",
    )
LIVE_PRICES = env.yes_or_no("EVENKEEL_LIVE_PRICES", False)
"""Whether intraday prices are loaded. Without them, orders are released on closing prices."""
DROP_FOLDER = env.text("EVENKEEL_DROP_FOLDER", "")
"""A folder watched for custodian files; empty disables it."""

# Sign-in: by e-mail, people are added by the firm, second factors through allauth.mfa.

AUTH_USER_MODEL = "advisory.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "advisory:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "advisory.people.sign_in.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Evenkeel"

# Seconds after which a session ends, and after which an idle session ends.
SESSION_SECONDS = {"staff": 12 * 3600, "client": 12 * 3600, "administrator": 4 * 3600}
SESSION_IDLE_SECONDS = {"staff": 30 * 60, "client": 15 * 60, "administrator": 15 * 60}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "evenkeel_session"
CSRF_FAILURE_VIEW = "advisory.errors.error_pages.form_expired"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "evenkeel_csrf"

# Headers

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSP_REPORT_PATH = "/csp-reports"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "report-uri": CSP_REPORT_PATH,
        "report-to": "csp",
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# Static files, built into the image and served with names that change with their contents

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

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.text("EVENKEEL_API_RATE", "600/min")},
    "EXCEPTION_HANDLER": "advisory.errors.problems.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Evenkeel",
    "DESCRIPTION": "Households, proposals, reviews and orders of one advisory firm.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["compliance.api.reading.StaffOnly"],
    "SERVE_AUTHENTICATION": ["compliance.api.reading.Session"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    # Stable names for the enums of the OpenAPI document.
    "ENUM_NAME_OVERRIDES": {
        "BookPart": "clients.models.households.BookEntry.Part",
        "PolicyState": "clients.models.policies.Policy.State",
        "PolicyDestination": "clients.models.policies.Policy.Destination",
        "ModelState": "clients.models.portfolios.ModelVersion.State",
        "CashNeedKind": "clients.models.events.CashFlow.Kind",
        "HoldKind": "clients.models.accounts.Hold.Kind",
        "LifeEventKind": "clients.models.events.LifeEvent.Kind",
        "FileState": "clients.models.files.CustodianFile.State",
        "SecurityKind": "clients.models.securities.Security.Kind",
        "FileAccountState": "clients.models.files.FileAccount.State",
        "FileChannel": "clients.models.files.CustodianFile.Channel",
        "WorkbookState": "clients.models.workbooks.Workbook.State",
        "WorkbookChannel": "clients.models.workbooks.Workbook.Channel",
        "WorkbookHouseholdState": "clients.models.workbooks.WorkbookHousehold.State",
        "ReviewState": "compliance.models.reviews.State",
        "ProposalState": "rebalancing.models.proposals.Proposal.State",
        "BatchState": "rebalancing.models.orders.OrderBatch.State",
        "OrderState": "rebalancing.models.orders.Order.State",
        "ScanState": "rebalancing.models.scans.ScanRun.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "compliance.api.schema.with_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Mail and logs

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

# Tests need neither a slow password hash nor a broker.

if ENVIRONMENT == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    REDIS_URL = "memory://"
