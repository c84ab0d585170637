"""Sign-in: by e-mail, people are added by the firm, second factors through allauth.mfa; and its sessions."""

from __future__ import annotations

from advisory.settings.environment import ENVIRONMENT, env
from advisory.settings.transport import HTTPS, TRUSTED_PROXY_COUNT

AUTH_USER_MODEL = "advisory.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "advisory.people.breached_passwords.BreachedPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
BREACHED_PASSWORDS = env.text("EVENKEEL_BREACHED_PASSWORDS", "")
"""A file or folder of SHA-1 digests of breached passwords; empty: Django's 20,000 common ones only."""
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
MFA_ADAPTER = "advisory.people.second_factor.FactorAdapter"
STAFF = ("advisor", "reviewer", "compliance", "trader", "administrator", "examiner")
SECOND_FACTOR_ROLES = frozenset(
    env.words("EVENKEEL_SECOND_FACTOR_ROLES", STAFF if ENVIRONMENT in {"production", "development"} else ())
) - {"nobody"}
"""Roles that see nothing before a second factor. A demonstration offers one and needs none."""
STEP_UP_MINUTES = env.whole_number(
    "EVENKEEL_STEP_UP_MINUTES", 5 if ENVIRONMENT in {"production", "development"} else 0, least=0, most=60
)
"""How long a confirmation counts before an approval, a release, a consent, a setting or an export; 0: none is asked."""

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
