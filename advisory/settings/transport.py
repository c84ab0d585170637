"""Addresses and transport, headers, uploads."""

from __future__ import annotations

from csp.constants import NONE, SELF

from advisory.settings.environment import IN_PRODUCTION, env

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
ROOT_URLCONF = "advisory.urls"
WSGI_APPLICATION = "advisory.wsgi.application"

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
