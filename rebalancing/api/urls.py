"""The pipeline's addresses under /api/v1/."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path

from rebalancing.api import (
    batches,
    breaks,
    decisions,
    deposits,
    distributions,
    drift,
    firm,
    fix,
    model_changes,
    monitors,
    proposals,
    readiness,
    restatements,
    scans,
    standings,
    summaries,
    tax_ledger,
    timeline,
    waiting,
    what_if,
)

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}
MODEL_VERSION = "models/<slug:public_id>/versions/<int:version>/"
PROPOSAL = "proposals/<slug:public_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("standings/", standings.Standings.as_view(LIST), name="standing-list"),
    path("what-if/", what_if.WhatIf.as_view({"get": "ask"}), name="what-if"),
    path("readiness/", readiness.Readiness.as_view(LIST), name="readiness-list"),
    path("households/<slug:public_id>/deposit/", deposits.Deposit.as_view(LIST), name="household-deposit"),
    path(
        "households/<slug:public_id>/timeline/",
        timeline.Timeline.as_view(LIST),
        name="household-timeline",
    ),
    path("tax-ledgers/", tax_ledger.TaxLedgers.as_view(LIST), name="tax-ledger-list"),
    path("households/<slug:public_id>/tax-ledger/", tax_ledger.TaxLedgers.as_view(ONE), name="tax-ledger"),
    path(
        "households/<slug:public_id>/wash-calendar/",
        tax_ledger.TaxLedgers.as_view({"get": "calendar"}),
        name="wash-calendar",
    ),
    path("breaks/", breaks.Breaks.as_view(LIST), name="break-list"),
    path("breaks/<slug:public_id>/", breaks.Breaks.as_view(ONE), name="break"),
    path("fills/", breaks.Fills.as_view(LIST), name="fill-list"),
    path("trade-errors/", breaks.TradeErrors.as_view(LIST), name="trade-error-list"),
    path("trade-errors/<slug:public_id>/", breaks.TradeErrors.as_view(ONE), name="trade-error"),
    path("fix/", fix.FixSessions.as_view(LIST), name="fix-session-list"),
    path("fix/<slug:public_id>/", fix.FixSessions.as_view(ONE), name="fix-session"),
    path("monitors/", monitors.Alarms.as_view(LIST), name="alarm-list"),
    path("monitors/alarms/<slug:public_id>/", monitors.Alarms.as_view(ONE), name="alarm"),
    path("drift/", drift.Drift.as_view(LIST), name="drift-list"),
    path("restatements/", restatements.Restatements.as_view(LIST), name="restatement-list"),
    path("restatements/<slug:public_id>/", restatements.Restatements.as_view(ONE), name="restatement"),
    path("hold-overrides/", waiting.HoldOverrides.as_view(LIST), name="hold-override-list"),
    path("monitors/overrides/", waiting.Discipline.as_view(LIST), name="override-monitor"),
    path(
        "required-distributions/",
        distributions.RequiredDistributions.as_view(LIST),
        name="required-distribution-list",
    ),
    path("promises/", firm.Promises.as_view(LIST), name="promise-list"),
    path("how-we-rebalance/", firm.RebalancingPolicyOne.as_view(LIST), name="rebalancing-policy"),
    path("scans/", scans.Scans.as_view(LIST), name="scan-list"),
    path("scans/start/", scans.Scans.as_view({"post": "start"}), name="scan-start"),
    path("scans/<slug:public_id>/", scans.Scans.as_view(ONE), name="scan"),
    path("scans/<slug:public_id>/cancel/", scans.Scans.as_view({"post": "cancel"}), name="scan-cancel"),
    path(
        f"{MODEL_VERSION}impact/",
        model_changes.ModelImpacts.as_view({"post": "start"}),
        name="model-impact-start",
    ),
    path(
        f"{MODEL_VERSION}rollout/",
        model_changes.ModelImpacts.as_view({"get": "rollout"}),
        name="model-rollout",
    ),
    path("models/impacts/<slug:public_id>/", model_changes.ModelImpacts.as_view(ONE), name="model-impact"),
    path("readings/", scans.Readings.as_view(LIST), name="reading-list"),
    path("readings/<slug:public_id>/", scans.Readings.as_view(ONE), name="reading"),
    path("proposals/", proposals.Proposals.as_view(LIST), name="proposal-list"),
    path(PROPOSAL, proposals.Proposals.as_view(ONE), name="proposal"),
    path(
        f"{PROPOSAL}revisions/", proposals.Proposals.as_view({"get": "all_revisions"}), name="revision-list"
    ),
    path(
        f"{PROPOSAL}revisions/<int:number>/",
        proposals.Proposals.as_view({"get": "one_revision"}),
        name="revision",
    ),
    path(
        f"{PROPOSAL}revisions/<int:number>/<slug:name>.json",
        proposals.Proposals.as_view({"get": "document"}),
        name="revision-document",
    ),
    *(
        path(
            f"{PROPOSAL}{verb.replace('_', '-')}/",
            decisions.Decisions.as_view({"post": verb}),
            name=f"proposal-{verb.replace('_', '-')}",
        )
        for verb in (
            "approve",
            "reject",
            "request_changes",
            "lift",
            "override",
            "split",
            "consent",
            "withdraw",
            "revise",
            "work_again",
            "release",
        )
    ),
    path("batches/", batches.Batches.as_view(LIST), name="batch-list"),
    path("batches/<slug:public_id>/", batches.Batches.as_view(ONE), name="batch"),
    path(
        "batches/<slug:public_id>/files/<str:name>",
        batches.Batches.as_view({"post": "file"}),
        name="batch-file",
    ),
    path("summaries/", summaries.Summaries.as_view(LIST), name="summary-list"),
    path("summaries/<slug:public_id>/", summaries.Summaries.as_view(ONE), name="summary"),
    path(
        "summaries/<slug:public_id>/letter.pdf",
        summaries.Summaries.as_view({"get": "letter"}),
        name="summary-letter",
    ),
    path("consent-requests/", summaries.ConsentRequests.as_view(LIST), name="consent-request-list"),
    path(
        "consent-requests/<slug:public_id>/", summaries.ConsentRequests.as_view(ONE), name="consent-request"
    ),
    path(
        "consent-requests/<slug:public_id>/consent/",
        summaries.ConsentRequests.as_view({"post": "consent"}),
        name="consent-request-consent",
    ),
]
