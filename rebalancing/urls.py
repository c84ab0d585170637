from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from compliance.doors import addresses
from rebalancing.api import urls as api
from rebalancing.doors import catalog
from rebalancing.views import (
    breaks,
    distributions,
    drift,
    firm,
    fix,
    households,
    model_changes,
    monitors,
    orders,
    policies,
    portal,
    proposals,
    readiness,
    scans,
    tax_ledger,
    timeline,
    waiting,
)

app_name = "rebalancing"
MODEL_VERSION = "models/<slug:public_id>/versions/<int:version>/"

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses.browser(catalog.DOORS),
    path("portfolio/", portal.portal, name="portal"),
    path("portfolio/summaries/<slug:public_id>/", portal.summary, name="summary"),
    path("portfolio/summaries/<slug:public_id>/letter.pdf", portal.letter, name="letter"),
    path("portfolio/consents/<slug:public_id>/", portal.consent, name="portal_consent"),
    path("portfolio/consents/<slug:public_id>/check/", portal.consent_check, name="portal_consent_check"),
    path("portfolio/consents/<slug:public_id>/done/", portal.consent_done, name="portal_consent_done"),
    path("policies/<slug:public_id>/document.pdf", policies.pdf, name="policy_pdf"),
    path("blotter/", orders.blotter, name="blotter"),
    path("batches/<slug:public_id>/", orders.batch, name="batch"),
    path("batches/<slug:public_id>/after-trade/", breaks.after_trade, name="after_trade"),
    path("batches/<slug:public_id>/files/<str:name>", orders.batch_file, name="batch_file"),
    path("proposals/<slug:public_id>/release/", orders.release, name="release"),
    path("readiness/", readiness.report, name="readiness"),
    path("proposals/", proposals.listing, name="proposal_list"),
    path("proposals/<slug:public_id>/", proposals.show, name="proposal"),
    path("proposals/<slug:public_id>/revisions/<int:number>/", proposals.revision, name="revision"),
    path(
        "proposals/<slug:public_id>/revisions/<int:number>/<slug:name>.json",
        proposals.revision_document,
        name="revision_document",
    ),
    path("proposals/<slug:public_id>/decide/", proposals.decide, name="decide"),
    path("proposals/<slug:public_id>/approve/", proposals.approve, name="approve"),
    path("proposals/<slug:public_id>/withdraw/", proposals.withdraw, name="withdraw"),
    path("proposals/<slug:public_id>/revise/", proposals.revise, name="revise"),
    path("proposals/<slug:public_id>/consent/", proposals.consent, name="consent"),
    path("proposals/<slug:public_id>/threads/<int:thread>/reply/", proposals.reply, name="reply"),
    path("proposals/<slug:public_id>/threads/<int:thread>/resolve/", proposals.resolve, name="resolve"),
    path("proposals/<slug:public_id>/requests/<int:change_request>/lift/", proposals.lift, name="lift"),
    path("proposals/<slug:public_id>/findings/<int:finding>/override/", proposals.override, name="override"),
    path("proposals/<slug:public_id>/findings/<int:finding>/split/", proposals.split, name="split"),
    path("approvals/<slug:public_id>/", proposals.approval, name="approval"),
    path("models/impacts/<slug:public_id>/", model_changes.impact, name="model_impact"),
    path(
        "models/impacts/<slug:public_id>/progress/",
        model_changes.impact_progress,
        name="model_impact_progress",
    ),
    path("models/impacts/<slug:public_id>/cancel/", model_changes.impact_cancel, name="model_impact_cancel"),
    path(f"{MODEL_VERSION}impact/", model_changes.impact_list, name="model_impact_list"),
    path(f"{MODEL_VERSION}impact/start/", model_changes.impact_start, name="model_impact_start"),
    path(f"{MODEL_VERSION}rollout/", model_changes.rollout, name="model_rollout"),
    path(f"{MODEL_VERSION}rollout/scan/", model_changes.rollout_scan, name="model_rollout_scan"),
    path(f"{MODEL_VERSION}rollout/withdraw/", model_changes.rollout_withdraw, name="model_rollout_withdraw"),
    path("fix/", fix.listing, name="fix_sessions"),
    path("fix/<slug:public_id>/", fix.one, name="fix_session"),
    path("drift/", drift.report, name="drift"),
    path("breaks/", breaks.listing, name="break_list"),
    path("breaks/<slug:public_id>/", breaks.one, name="break"),
    path("breaks/<slug:public_id>/letter.pdf", breaks.letter, name="break_letter"),
    path("fills/", breaks.reports, name="fill_list"),
    path("executions/", breaks.executions, name="execution_list"),
    path("trade-errors/", breaks.errors, name="trade_error_list"),
    path("trade-errors/<slug:public_id>/", breaks.error, name="trade_error"),
    path("monitors/", monitors.listing, name="monitors"),
    path("monitors/alarms/<slug:public_id>/", monitors.one, name="alarm"),
    path("record/", timeline.listing, name="record"),
    path("hold-overrides/", waiting.override_list, name="hold_override_list"),
    path("monitors/overrides/", waiting.discipline, name="override_monitor"),
    path("tax-ledgers/", tax_ledger.listing, name="tax_ledger_list"),
    path("households/<slug:public_id>/tax-ledger/", tax_ledger.household, name="tax_ledger"),
    path("households/<slug:public_id>/wash-calendar/", tax_ledger.calendar, name="wash_calendar"),
    path("required-distributions/", distributions.listing, name="distribution_list"),
    path("households/<slug:public_id>/required-distributions/", distributions.show, name="distributions"),
    path("promises/", firm.promised, name="promises"),
    path("how-we-rebalance/", firm.policy, name="rebalancing_policy"),
    path("how-we-rebalance.pdf", firm.policy_pdf, name="rebalancing_policy_pdf"),
    path("scans/", scans.listing, name="scan_list"),
    path("scans/start/", scans.start, name="scan_start"),
    path("scans/<slug:public_id>/", scans.show, name="scan"),
    path("scans/<slug:public_id>/progress/", scans.progress, name="scan_progress"),
    path("scans/<slug:public_id>/cancel/", scans.cancel, name="scan_cancel"),
    path("scans/<slug:public_id>/retry/", scans.retry, name="scan_retry"),
]
api_urlpatterns: list[URLPattern | URLResolver] = [*addresses.api(catalog.DOORS), *api.urlpatterns]

# The pages of a household show the pipeline's results, so they are built on this floor. Their names belong to
# the record (`clients:household`), and `advisory.urls` mounts them there.
household_urlpatterns: list[URLPattern | URLResolver] = [
    path("households/", households.listing, name="household_list"),
    path("households/search/", households.search, name="household_search"),
    path("households/<slug:public_id>/", households.show, name="household"),
    path("households/<slug:public_id>/timeline/", timeline.timeline, name="household_timeline"),
    path("households/<slug:public_id>/days/<str:on>/", timeline.day, name="household_day"),
]
