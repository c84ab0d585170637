from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from clients.api import urls as api
from clients.doors import catalog
from clients.views import (
    accounts,
    books,
    facts,
    firm_list,
    imports,
    models,
    policies,
    prices,
    securities,
    tax_profiles,
    workbooks,
)
from compliance.doors import addresses

app_name = "clients"

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses.browser(catalog.DOORS),
    path("accounts/", accounts.listing, name="account_list"),
    path("accounts/<slug:public_id>/", accounts.show, name="account"),
    path("lots/<slug:public_id>/", accounts.lot, name="lot"),
    path("cash-needs/", facts.cash_need_list, name="cash_need_list"),
    path("cash-needs/<slug:public_id>/", facts.cash_need, name="cash_need"),
    path("recurring-cash-needs/", facts.recurring_cash_list, name="recurring_cash_list"),
    path("recurring-cash-needs/<slug:public_id>/", facts.recurring_cash, name="recurring_cash"),
    path("holds/", facts.hold_list, name="hold_list"),
    path("holds/<slug:public_id>/", facts.hold, name="hold"),
    path("life-events/", facts.life_event_list, name="life_event_list"),
    path("life-events/<slug:public_id>/", facts.life_event, name="life_event"),
    path("books/", books.listing, name="book_list"),
    path("books/<slug:public_id>/", books.show, name="book"),
    path("coverage/", books.coverage, name="coverage_list"),
    path("tax-profiles/", tax_profiles.listing, name="tax_profile_list"),
    path("policies/<slug:public_id>/", policies.show, name="policy"),
    path("models/", models.listing, name="model_list"),
    path("models/uses/", models.uses, name="model_uses"),
    path("models/classes/<str:code>/", models.decide_class, name="asset_class_decide"),
    path("models/<slug:public_id>/", models.show, name="model"),
    path("models/<slug:public_id>/edit/", models.edit, name="model_edit"),
    path(
        "models/<slug:public_id>/versions/<int:version>/document.yaml",
        models.document,
        name="model_version_document",
    ),
    path("securities/", securities.listing, name="security_list"),
    path("securities/search/", securities.search, name="security_search"),
    path("securities/<int:security>/", securities.show, name="security"),
    path("asset-classes/", securities.classes_and_groups, name="grouping_list"),
    path("prices/", prices.everything, name="price_list"),
    path("prices/stale/", prices.stale, name="price_stale"),
    path("firm-list/", firm_list.listing, name="firm_list"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/upload/", imports.import_upload, name="import_upload"),
    path("imports/bindings/", imports.bindings, name="binding_list"),
    path("imports/prices/disputed/", prices.listing, name="prices_disputed"),
    path("imports/prices/<int:price>/decide/", prices.decide, name="price_decide"),
    path("workbooks/", workbooks.listing, name="workbook_list"),
    path("workbooks/template/", workbooks.template, name="workbook_template"),
    path("workbooks/record/", workbooks.record, name="workbook_record"),
    path("workbooks/starter/", workbooks.begin, name="workbook_starter"),
    path("workbooks/<slug:public_id>/", workbooks.show, name="workbook"),
    path("workbooks/<slug:public_id>/progress/", workbooks.progress, name="workbook_progress"),
    path("workbooks/<slug:public_id>/load/", workbooks.load, name="workbook_load"),
    path("workbooks/<slug:public_id>/again/", workbooks.again, name="workbook_again"),
    path("workbooks/<slug:public_id>/discard/", workbooks.discard, name="workbook_discard"),
    path("workbooks/<slug:public_id>/faults.csv", workbooks.faults, name="workbook_faults"),
    path("workbooks/<slug:public_id>/policies/", workbooks.policies, name="workbook_policies"),
    path("imports/<slug:public_id>/", imports.import_detail, name="import_detail"),
    path("imports/<slug:public_id>/load/", imports.import_load, name="import_load"),
    path("imports/<slug:public_id>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<slug:public_id>/changes/", imports.import_changes, name="import_changes"),
    path("imports/<slug:public_id>/rows.csv", imports.import_rows, name="import_rows"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*addresses.api(catalog.DOORS), *api.urlpatterns]
