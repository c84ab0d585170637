"""Every URL of the product, floor by floor."""

from __future__ import annotations

from allauth.account import urls as account_urls
from allauth.mfa import urls as mfa_urls
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import clients.urls
import compliance.urls
import rebalancing.urls
from advisory import views
from advisory.desk import about_links, appearance
from advisory.doors import catalog, confirmations_api, notices_api, tokens_api, webhooks_api
from advisory.doors import people_api as people_api
from advisory.people import credentials
from advisory.showroom import styleguide
from clients.pages.review_links import refs_for
from clients.securities.securities import issuers_on_record
from compliance.doors import addresses
from compliance.pages.queue import Above


@login_not_required
def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer a URL that exists in a library but not in this product."""
    raise Http404


# The interactive API page writes styles into itself; it is the only page that may, and has no client data.
docs = csp_replace({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api-schema")
)

own = [
    *addresses.browser(catalog.DOORS),
    path("", views.home, name="home"),
    path("people/", views.people, name="person_list"),
    path("people/<int:person>/", views.person, name="person"),
    path("persons/<slug:public_id>/sign-in/", views.client_sign_in, name="client_sign_in"),
    path("tokens/", views.own_tokens, name="tokens"),
    path("notices/", views.own_notices, name="notices"),
    path("notices/read/", views.notices_read, name="notices_read"),
    path("webhooks/", views.webhooks, name="webhooks"),
    path("webhooks/<slug:public_id>/", views.webhook, name="webhook"),
    path("webhooks/<slug:public_id>/secret/", views.webhook_secret, name="webhook_secret"),
    path("getting-started/", views.getting_started, name="getting_started"),
    path("statusz", views.statusz, name="statusz"),
    path("appearance/", appearance.choose, name="appearance"),
    path("styleguide/", styleguide.show, name="styleguide"),
]

api = [
    *addresses.api(catalog.DOORS),
    *people_api.urlpatterns,
    *confirmations_api.urlpatterns,
    *tokens_api.urlpatterns,
    *webhooks_api.urlpatterns,
    *notices_api.urlpatterns,
    *clients.urls.api_urlpatterns,
    *compliance.urls.api_urlpatterns,
    *rebalancing.urls.api_urlpatterns,
]

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path(settings.CSP_REPORT_PATH.lstrip("/"), views.csp_report, name="csp-report"),
    # People are added by the firm. The name stays, because allauth's templates need it.
    path("account/signup/", nowhere),
    path("account/email/", nowhere),
    path("account/sessions/", views.own_sessions, name="sessions"),
    path("account/sessions/end/", views.end_session, name="session_end"),
    path("account/sessions/end-others/", views.end_other_sessions, name="session_end_others"),
    path("account/confirm/", views.confirm, name="confirm"),
    path("account/set-up/", views.set_up, name="set_up"),
    path("account/", include(credentials.recorded(account_urls.urlpatterns))),
    path("account/factors/", include(credentials.recorded(mfa_urls.urlpatterns))),
    path("api/v1/", include((api, "api"))),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs", docs, name="api-docs"),
    path("", include((own, "advisory"))),
    # One URL name for a household's pages, whichever floor builds them.
    path("", include(([*clients.urls.urlpatterns, *rebalancing.urls.household_urlpatterns], "clients"))),
    path(
        "",
        include(
            compliance.urls.pages(
                household_refs=refs_for,
                above=Above(
                    issuers_on_record,
                    about_links.places_for,
                    about_links.called,
                ),
            )
        ),
    ),
    path("", include("rebalancing.urls")),
]

handler400 = "advisory.errors.error_pages.not_understood"
handler403 = "advisory.errors.error_pages.not_allowed"
handler404 = "advisory.errors.error_pages.not_found"
handler500 = "advisory.errors.error_pages.broken"
