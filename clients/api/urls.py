"""The record's addresses under /api/v1/, with the desk's and the trail's as somebody with a book sees them."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path

from clients.api import (
    accounts,
    books,
    corporate_actions,
    desk,
    distribution_facts,
    facts,
    files,
    firm_list,
    households,
    model_drafts,
    policies,
    policy_drafts,
    prices,
    registers,
    restrictions,
    securities,
    tax_profiles,
    transfers,
    workbooks,
)

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}

urlpatterns: list[URLPattern | URLResolver] = [
    path("households/", households.Households.as_view(LIST), name="household-list"),
    path("households/<slug:public_id>/", households.Households.as_view(ONE), name="household"),
    path("books/", books.Books.as_view(LIST), name="book-list"),
    path("books/<slug:public_id>/", books.Books.as_view(ONE), name="book"),
    path("corporate-actions/", corporate_actions.Rows.as_view(LIST), name="corporate-action-list"),
    path("corporate-actions/<slug:public_id>/", corporate_actions.Rows.as_view(ONE), name="corporate-action"),
    path(
        "corporate-actions/<slug:public_id>/lots/",
        corporate_actions.Lots.as_view({"get": "lots"}),
        name="corporate-action-lots",
    ),
    path("coverage/", books.Coverages.as_view(LIST), name="coverage-list"),
    path("accounts/", accounts.Accounts.as_view(LIST), name="account-list"),
    path("accounts/<slug:public_id>/", accounts.Accounts.as_view(ONE), name="account"),
    path("lots/", accounts.Lots.as_view(LIST), name="lot-list"),
    path("lots/<slug:public_id>/", accounts.Lots.as_view(ONE), name="lot"),
    path("cash-needs/", facts.CashNeeds.as_view(LIST), name="cash-need-list"),
    path("cash-needs/<slug:public_id>/", facts.CashNeeds.as_view(ONE), name="cash-need"),
    path("recurring-cash-needs/", facts.RecurringCashNeeds.as_view(LIST), name="recurring-cash-need-list"),
    path(
        "recurring-cash-needs/<slug:public_id>/",
        facts.RecurringCashNeeds.as_view(ONE),
        name="recurring-cash-need",
    ),
    path("holds/", facts.Holds.as_view(LIST), name="hold-list"),
    path("holds/<slug:public_id>/", facts.Holds.as_view(ONE), name="hold"),
    path(
        "client-restrictions/", restrictions.ClientRestrictions.as_view(LIST), name="client-restriction-list"
    ),
    path(
        "client-restrictions/<slug:public_id>/",
        restrictions.ClientRestrictions.as_view(ONE),
        name="client-restriction",
    ),
    *registers.addresses(),
    path("employer-plans/", restrictions.EmployerPlans.as_view(LIST), name="employer-plan-list"),
    path("employer-plans/<slug:public_id>/", restrictions.EmployerPlans.as_view(ONE), name="employer-plan"),
    path(
        "distribution-terms/",
        distribution_facts.DistributionTermsList.as_view(LIST),
        name="distribution-terms-list",
    ),
    path(
        "distribution-terms/<slug:public_id>/",
        distribution_facts.DistributionTermsList.as_view(ONE),
        name="distribution-terms",
    ),
    path(
        "distribution-figures/",
        distribution_facts.DistributionFigures.as_view(LIST),
        name="distribution-figure-list",
    ),
    path(
        "distribution-figures/<slug:public_id>/",
        distribution_facts.DistributionFigures.as_view(ONE),
        name="distribution-figure",
    ),
    path("transfers/", transfers.Transfers.as_view(LIST), name="transfer-list"),
    path("transfers/<slug:public_id>/", transfers.Transfers.as_view(ONE), name="transfer"),
    path("life-events/", facts.LifeEvents.as_view(LIST), name="life-event-list"),
    path("life-events/<slug:public_id>/", facts.LifeEvents.as_view(ONE), name="life-event"),
    path("tax-profiles/waiting/", tax_profiles.Waiting.as_view(LIST), name="tax-profile-waiting"),
    path(
        "policies/templates/",
        policy_drafts.Templates.as_view({"get": "list", "post": "make"}),
        name="policy-template-list",
    ),
    path(
        "policies/<slug:public_id>/content/",
        policy_drafts.Content.as_view({"get": "present", "put": "save"}),
        name="policy-content",
    ),
    path(
        "policies/<slug:public_id>/changes/",
        policy_drafts.Changes.as_view({"get": "show"}),
        name="policy-changes",
    ),
    path("policies/", policies.Policies.as_view(LIST), name="policy-list"),
    path("policies/<slug:public_id>/", policies.Policies.as_view(ONE), name="policy"),
    path("models/", policies.Models.as_view(LIST), name="model-list"),
    path("models/<slug:public_id>/", policies.Models.as_view(ONE), name="model"),
    path(
        "models/<slug:public_id>/draft/",
        model_drafts.ModelDrafts.as_view({"get": "present", "post": "change"}),
        name="model-draft",
    ),
    path(
        "models/<slug:public_id>/versions/<int:version>/",
        model_drafts.ModelDrafts.as_view({"get": "version"}),
        name="model-version",
    ),
    path("custodian-files/", files.Files.as_view(LIST), name="file-list"),
    path("custodian-files/upload/", files.Files.as_view({"post": "upload"}), name="file-upload"),
    path("custodian-files/<slug:public_id>/", files.Files.as_view(ONE), name="file"),
    path("custodian-files/<slug:public_id>/bind/", files.Files.as_view({"post": "bind"}), name="file-bind"),
    path("custodian-files/<slug:public_id>/load/", files.Files.as_view({"post": "load"}), name="file-load"),
    path(
        "custodian-files/<slug:public_id>/discard/",
        files.Files.as_view({"post": "discard"}),
        name="file-discard",
    ),
    path(
        "custodian-files/<slug:public_id>/bindings/",
        files.Files.as_view({"get": "bindings"}),
        name="file-bindings",
    ),
    path(
        "custodian-files/<slug:public_id>/changes/",
        files.Files.as_view({"get": "changes"}),
        name="file-changes",
    ),
    path("custodian-files/<slug:public_id>/rows.csv", files.Files.as_view({"get": "rows"}), name="file-rows"),
    path("workbooks/", workbooks.Workbooks.as_view(LIST), name="workbook-list"),
    path("workbooks/upload/", workbooks.Workbooks.as_view({"post": "upload"}), name="workbook-upload"),
    path("workbooks/record/", workbooks.Workbooks.as_view({"get": "record"}), name="workbook-record"),
    path("workbooks/<slug:public_id>/", workbooks.Workbooks.as_view(ONE), name="workbook"),
    path(
        "workbooks/<slug:public_id>/load/",
        workbooks.Workbooks.as_view({"post": "load"}),
        name="workbook-load",
    ),
    path(
        "workbooks/<slug:public_id>/discard/",
        workbooks.Workbooks.as_view({"post": "discard"}),
        name="workbook-discard",
    ),
    path("firm-list/", firm_list.FirmList.as_view(LIST), name="firm-list"),
    path("securities/", securities.Securities.as_view(LIST), name="security-list"),
    path("securities/<int:security>/", securities.Securities.as_view(ONE), name="security"),
    path("asset-classes/", securities.AssetClasses.as_view(LIST), name="asset-class-list"),
    path("wash-groups/", securities.WashGroups.as_view(LIST), name="wash-group-list"),
    path("prices/", prices.Prices.as_view(LIST), name="price-list"),
    path("prices/stale/", prices.Prices.as_view({"get": "stale"}), name="price-stale"),
    path("disputed-prices/", prices.DisputedPrices.as_view(LIST), name="disputed-price-list"),
    path(
        "disputed-prices/<int:price>/decide/",
        prices.DisputedPrices.as_view({"post": "decide"}),
        name="disputed-price-decide",
    ),
    path("reviews/", desk.Reviews.as_view(LIST), name="review-list"),
    path("reviews/<slug:public_id>/", desk.Reviews.as_view(ONE), name="review"),
    path(
        "reviews/<slug:public_id>/comment/", desk.Reviews.as_view({"post": "comment"}), name="review-comment"
    ),
    path(
        "reviews/<slug:public_id>/resolve/", desk.Reviews.as_view({"post": "resolve"}), name="review-resolve"
    ),
    path(
        "reviews/<slug:public_id>/dismiss/", desk.Reviews.as_view({"post": "dismiss"}), name="review-dismiss"
    ),
    path("reviews/<slug:public_id>/decide/", desk.Reviews.as_view({"post": "decide"}), name="review-decide"),
    path("audit/", desk.Events.as_view(LIST), name="event-list"),
    path("audit/chain/", desk.Events.as_view({"get": "chain"}), name="chain"),
    path("audit/verify/", desk.Events.as_view({"post": "verify"}), name="chain-verify"),
    path("audit/<int:seq>/", desk.Events.as_view(ONE), name="event"),
]
