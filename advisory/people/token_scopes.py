"""What a token may do: its scopes, each with the API's addresses that it opens. What no scope names is closed to tokens.

Nothing here decides: no approval, release, consent, setting, nothing that is confirmed anew and nothing that a second
person decides. A new address of the API is closed until it is named here, or under `CLOSED` with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def _names(text: str) -> frozenset[str]:
    return frozenset(f"api:{name}" for name in text.split())


@dataclass(frozen=True, slots=True)
class Scope:
    """One thing that a token may be made for. `reads` are addresses to read, `acts` to read and to send to."""

    code: str
    label: str
    reads: frozenset[str] = frozenset()
    acts: frozenset[str] = frozenset()

    def opens(self, address: str, method: str) -> bool:
        return address in self.acts or (method in SAFE and address in self.reads)


FIRM = Scope(
    "firm:read",
    "Read the firm's own lists: models, securities, prices, settings, scans, and what funds and markets say",
    reads=_names(
        "model-list model model-draft model-version model-rollout model-impact policy-template-list firm-list "
        "security-list asset-class-list wash-group-list price-list price-stale disputed-price-list security "
        "fund-distribution-list fund-distribution fund-policy-list fund-policy quote-list quote halt-list halt "
        "volatility-level-list volatility-level corporate-action-list corporate-action employer-plan-list "
        "employer-plan settings setting-versions promise-list rebalancing-policy scan-list scan"
    ),
)
CLIENTS = Scope(
    "clients:read",
    "Read client data: households, accounts, lots, policies, proposals, orders, tax ledgers, letters",
    reads=_names(
        "household-list household account-list account lot-list lot policy-list policy policy-content "
        "policy-changes book-list book coverage-list cash-need-list cash-need recurring-cash-need-list "
        "recurring-cash-need hold-list hold client-restriction-list client-restriction insider-list insider "
        "insider-window-list insider-window product-approval-list product-approval arranged-trade-list "
        "arranged-trade distribution-terms-list distribution-terms distribution-figure-list distribution-figure "
        "transfer-list transfer life-event-list life-event tax-profile-waiting corporate-action-lots "
        "standing-list what-if readiness-list household-deposit household-timeline tax-ledger-list tax-ledger "
        "wash-calendar break-list break fill-list trade-error-list trade-error alarm-list alarm drift-list "
        "restatement-list restatement hold-override-list override-monitor required-distribution-list "
        "reading-list reading proposal-list proposal revision-list revision revision-document batch-list batch "
        "summary-list summary summary-letter review-list review notice-list"
    ),
)
TRAIL = Scope("trail:read", "Read the audit trail", reads=_names("event-list event chain"))
FILES = Scope(
    "files:import",
    "Import files: custodians' files, the firm's workbooks, and what funds and markets say",
    reads=_names("file-list file file-bindings file-changes file-rows workbook-list workbook"),
    acts=_names(
        "file-upload file-load file-discard import-load-clean workbook-upload workbook-load workbook-discard "
        "fund-distribution-file fund-policy-file quote-file halt-file volatility-level-file"
    ),
)
DRAFTS = Scope(
    "drafts:write",
    "Draft policies, models and revisions of proposals, which people decide about",
    acts=_names(
        "policy-begin policy-content policy-discard model-open model-document model-next model-draft "
        "model-draft-remove proposal-revise"
    ),
)
NEEDS = Scope(
    "needs:write",
    "Enter cash needs and life events",
    acts=_names(
        "cash-need-add cash-need-correct cash-need-done cash-need-cancel recurring-cash-add "
        "recurring-cash-change recurring-cash-end life-event-record life-event-correct"
    ),
)
SCOPES = (FIRM, CLIENTS, TRAIL, FILES, DRAFTS, NEEDS)
BY_CODE = {scope.code: scope for scope in SCOPES}
CHOICES = tuple((scope.code, scope.label) for scope in SCOPES)
CLOSED = _names(
    "person-list person token-list fix-session-list fix-session workbook-record consent-request-list consent-request "
    "webhook-list webhook webhook-delivery-list"
)
"""What is only read and yet closed: people, connections, everything on record in one file, what clients consent to."""
OPEN = frozenset({"api-schema"})
"""What every token may read: the description of the API."""


def opened_by(codes: Iterable[str], address: str, method: str) -> bool:
    """Whether one of these scopes opens an address, by the name of its URL."""
    if address in OPEN:
        return method in SAFE
    return any(scope.opens(address, method) for code in codes if (scope := BY_CODE.get(code)))


def that_open(address: str, method: str) -> list[str]:
    """The codes of the scopes that open an address; none: no token ever gets there."""
    return [scope.code for scope in SCOPES if scope.opens(address, method)]
