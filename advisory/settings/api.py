"""The API and its OpenAPI document."""

from __future__ import annotations

from advisory.settings.environment import env
from advisory.settings.transport import TRUSTED_PROXY_COUNT

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
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.UserRateThrottle",
        "compliance.api.rates.TokenRate",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.text("EVENKEEL_API_RATE", "600/min"),
        "token": env.text("EVENKEEL_TOKEN_RATE", "300/min"),
    },
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
        "compliance.api.schema.as_any_of",
        "compliance.api.schema.with_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
