"""Whoever edits a decided row, `verify_audit` names it; and the product's own role cannot.

Each line of `EDITS` is one kind of edit: a thing that was decided, and the columns that are changed behind the
product's back. The owner of the tables switches the triggers off first, which is what a superuser can do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from advisory.people import invitations, roles
from clients.holdings import lot_corrections
from clients.households import (
    account_records,
    bindings,
    books,
    cash_flows,
    distribution_facts,
    employer_plans,
    holds,
    life_events,
    recurring_cash,
)
from clients.imports import file_undoing
from clients.models import Price, Security
from clients.policies import client_restrictions, model_schedules, restriction_terms, templates
from clients.registers.catalog import REGISTERS
from clients.securities import decisions, price_disputes, security_facts
from compliance import clock, restrictions
from compliance.audit_trail import audit, privileges, seals
from compliance.doors import reviewing
from compliance.models import Approval, ChangeRequest, Comment, ListKind, RestrictedIssuer, Review, Verdict
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.review_desk import threads
from rebalancing.models import Alarm
from rebalancing.monitors import acknowledgements, alarms
from rebalancing.monitors.firm import Firm
from rebalancing.monitors.watching import Found
from rebalancing.proposals import proposals
from rebalancing.waiting import overrides
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY, SUNDAY_NOON
from tests.factories import distributions, register_rows, tax_facts, the_firm
from tests.factories.at_doors import acted
from tests.factories.bundles import table
from tests.factories.households import SET_UP, loaded
from tests.factories.model_versions import scheduled
from tests.factories.the_firm import TheFirm
from tests.pages import as_

OF_THE_BATCH = "WHERE id = (SELECT min(id) FROM rebalancing_order)"


@dataclass(frozen=True, slots=True)
class Edit:
    """One kind of edit: the thing in people's words, how it is done, and what the verification has to name."""

    what: str
    sql: str
    named: str
    by_the_product: bool = False
    """Whether the product's own role has to be able to make this change: then only the trail tells."""


EDITS = (
    Edit("decision: verdict", "UPDATE compliance_decision SET verdict = 'rejected', text = 'No.' WHERE verdict = 'approved'", "decision"),
    Edit("decision: who", "UPDATE compliance_decision SET decided_by_label = 'Max'", "decision"),
    Edit("decision: text", "UPDATE compliance_decision SET text = 'Agreed, on the phone.'", "decision"),
    Edit("decision: gone", "DELETE FROM compliance_decision WHERE verdict = 'returned'", "decision"),
    Edit("approval: who", "UPDATE compliance_approval SET approved_by_label = 'Max'", "approval"),
    Edit("approval: when", "UPDATE compliance_approval SET expires_at = expires_at + interval '9 days'", "approval"),
    Edit("consent: who gave it", "UPDATE compliance_consent SET given_by = 'Max Hart'", "consent"),
    Edit("consent: evidence", "UPDATE compliance_consent SET evidence = 'Letter of Friday.'", "consent"),
    Edit("override: reason", "UPDATE compliance_override SET reason = 'cash_need'", "override"),
    Edit("override: until when", "UPDATE compliance_override SET expires_at = expires_at + interval '9 days'", "override"),
    Edit("finding: severity", "UPDATE compliance_findingrow SET severity = 0 WHERE severity = 2", "findings"),
    Edit("finding: gone", "DELETE FROM compliance_findingrow WHERE severity = 0", "findings"),
    Edit("examination: worst", "UPDATE compliance_examination SET worst = 0 WHERE worst > 0", "examination"),
    Edit("makers: one more", "INSERT INTO compliance_reviewmaker (review_id, person_id, did) SELECT id, (SELECT max(id) FROM advisory_user), 'drafted it' FROM compliance_review WHERE used_at IS NOT NULL", "review makers"),
    Edit("review: what it asks", "UPDATE compliance_review SET title = 'Another' WHERE used_at IS NOT NULL", "review rv"),
    Edit("review: used", "UPDATE compliance_review SET used_at = NULL WHERE used_at IS NOT NULL", "review state"),
    Edit("comment: text", "UPDATE compliance_comment SET text = 'Looks wrong to me.'", "comment"),
    Edit("change request: lifted", "UPDATE compliance_changerequest SET lifted_at = now(), lifted_by_id = asked_by_id, lifted_how = 'lifted' WHERE lifted_at IS NULL", "change request lifted", True),
    Edit("change request: text", "UPDATE compliance_changerequest SET text = 'Nothing.'", "change request"),
    Edit("restricted issuer: name", "UPDATE compliance_restrictedissuer SET issuer = 'Other Corp'", "restriction"),
    Edit("restricted issuer: lifted", "UPDATE compliance_restrictedissuer SET lifted_reason = 'As agreed.' WHERE lifted_at IS NOT NULL", "restriction lifted"),
    Edit("revision: household document", "UPDATE rebalancing_revision SET household_document = replace(household_document, '4', '5')", "revision"),
    Edit("revision: plan document", "UPDATE rebalancing_revision SET plan_document = replace(plan_document, '4', '5')", "revision"),
    Edit("revision: both digests", "UPDATE rebalancing_revision SET input_digest = repeat('0', 64), plan_digest = repeat('1', 64)", "revision"),
    Edit("revision: days", "UPDATE rebalancing_revision SET expires_at = expires_at + interval '9 days'", "revision"),
    Edit("revision: triggers", "UPDATE rebalancing_revision SET triggers = '[]'", "revision"),
    Edit("proposed order: quantity", "UPDATE rebalancing_proposedorder SET quantity = quantity * 10", "proposed orders"),
    Edit("proposed order: account", "UPDATE rebalancing_proposedorder SET account_id = (SELECT max(id) FROM clients_account)", "proposed orders"),
    Edit("proposed order: one more", "INSERT INTO rebalancing_proposedorder (revision_id, position, account_id, security_id, side, quantity, price, amount, reason_code, reason) SELECT revision_id, 99, account_id, (SELECT id FROM clients_security WHERE symbol = 'ZUB'), 'buy', 10, 50, 500, 'drift', 'Slipped in.' FROM rebalancing_proposedorder LIMIT 1", "proposed orders"),
    Edit("proposed lot: quantity", "UPDATE rebalancing_proposedlot SET quantity = quantity / 2", "proposed lots"),
    Edit("proposed lot: gain", "UPDATE rebalancing_proposedlot SET gain = 0", "proposed lots"),
    Edit("skipped trade: reason", "UPDATE rebalancing_skippedtrade SET reason = 'No reason.'", "skipped trades"),
    Edit("frontier: tax", "UPDATE rebalancing_frontierpoint SET tax = tax + 1", "frontier"),
    Edit("proposal: whose", "UPDATE rebalancing_proposal SET household_id = (SELECT id FROM clients_household WHERE code = 'noble') WHERE state = 'released'", "proposal"),
    Edit("proposal: state", "UPDATE rebalancing_proposal SET state = 'approved', closed_at = NULL WHERE state = 'released'", "proposal", True),
    Edit("order batch: allocation statement", "UPDATE rebalancing_orderbatch SET allocation_statement = 'All to one.'", "order batch"),
    Edit("order batch: fingerprint", "UPDATE rebalancing_orderbatch SET fingerprint = repeat('0', 64)", "order batch"),
    Edit("order batch: who released", "UPDATE rebalancing_orderbatch SET released_by_id = released_by_id - 1", "order batch"),
    Edit("order: quantity", f"UPDATE rebalancing_order SET quantity = quantity * 10 {OF_THE_BATCH}", "orders"),
    Edit("order: side", f"UPDATE rebalancing_order SET side = CASE side WHEN 'buy' THEN 'sell' ELSE 'buy' END {OF_THE_BATCH}", "orders"),
    Edit("order: memorandum", "UPDATE rebalancing_order SET recommended_by = 'Max'", "orders"),
    Edit("order lot: acquired", "UPDATE rebalancing_orderlot SET acquired_on = '2020-01-01'", "order lots"),
    Edit("order file: digest", "UPDATE rebalancing_batchfile SET sha256 = repeat('0', 64)", "batch files"),
    Edit("order file: gone", "DELETE FROM rebalancing_batchfile WHERE kind = 'lots' OR kind = 'allocations'", "batch files"),
    Edit("summary: content", "UPDATE rebalancing_clientsummary SET content = replace(content, 'a', 'e')", "summary"),
    Edit("letter: bytes", "UPDATE rebalancing_letter SET pdf = 'x'", "letter"),
    Edit("acknowledgement: until", "UPDATE rebalancing_acknowledgement SET until_on = until_on + 90", "acknowledgement"),
    Edit("acknowledgement: withdrawn", "UPDATE rebalancing_acknowledgement SET withdraw_reason = 'Another.' WHERE withdrawn_at IS NOT NULL", "acknowledgement withdrawn", True),
    Edit("reading: what was looked at", "UPDATE rebalancing_reading SET looked = '{}'", "looked at"),
    Edit("reading: reason", "UPDATE rebalancing_reading SET reason = 'Nothing to do.'", "readings"),
    Edit("policy: terms", "UPDATE clients_policy SET cash_reserve = 99999 WHERE state <> 'draft'", "policy ip"),
    Edit("policy: state", "UPDATE clients_policy SET state = 'superseded', superseded_at = now()", "policy state", True),
    Edit("policy: targets", "UPDATE clients_policytarget SET weight_upper = 1", "policy targets"),
    Edit("policy: a restriction more", "INSERT INTO clients_policyrestriction (policy_id, kind, issuer, sector, reason) SELECT id, 'do_not_buy', 'Zed', '', 'Slipped in.' FROM clients_policy WHERE state = 'adopted' LIMIT 1", "policy restrictions"),
    Edit("model: version", "UPDATE clients_modelversion SET effective_on = '2020-01-01'", "model version"),
    Edit("model: classes", "UPDATE clients_modelclass SET weight = weight / 2", "model classes"),
    Edit("model: sleeves", "UPDATE clients_sleeve SET name = 'other ' || name", "model sleeves"),
    Edit("model: members", "UPDATE clients_sleevemember SET rank = rank + 1", "model members"),
    Edit("model: called off", "UPDATE clients_modelversion SET called_off_reason = 'Another.' WHERE state = 'called_off'", "model called off"),
    Edit("model: rescheduled", "UPDATE clients_modelversion SET rescheduled_at = rescheduled_at + interval '1 day' WHERE rescheduled_at IS NOT NULL", "model rescheduled"),
    Edit("custodian file: digest", "UPDATE clients_custodianfile SET sha256 = repeat('0', 64) WHERE id = (SELECT min(id) FROM clients_custodianfile)", "file"),
    Edit("custodian file: sender", "UPDATE clients_custodianfile SET name = 'other.zip'", "file"),
    Edit("custodian file: receipt", "UPDATE clients_custodianfile SET receipt = '{}' WHERE loaded_at IS NOT NULL", "file loaded", True),
    Edit("invitation: whose", "UPDATE advisory_invitation SET sent_to = 'max@firm.example'", "invitation"),
    Edit("invitation: withdrawn", "UPDATE advisory_invitation SET outcome = 'accepted'", "invitation ended"),
    Edit("coverage: until", "UPDATE clients_coverage SET ends_on = ends_on + 9", "coverage"),
    Edit("coverage: ended", "UPDATE clients_coverage SET ended_at = ended_at + interval '1 day'", "coverage ended", True),
    Edit("hold override: until when", "UPDATE rebalancing_holdoverride SET expires_on = expires_on + 9", "hold override"),
    Edit("hold override: ended", "UPDATE rebalancing_holdoverride SET end_reason = 'As agreed.' WHERE ended_at IS NOT NULL", "hold override ended", True),
    Edit("life event: its paper", "UPDATE clients_lifeevent SET document = 'Another' WHERE document <> ''", "life event evidence"),
    Edit("hold: end", "UPDATE clients_hold SET expires_on = expires_on + 9", "hold"),
    Edit("hold: lifted", "UPDATE clients_hold SET lifted_at = now(), lifted_by_id = (SELECT min(id) FROM advisory_user)", "hold lifted", True),
    Edit("cash flow: amount", "UPDATE clients_cashflow SET amount = amount * 10", "cash flow"),
    Edit("binding: ended", "UPDATE clients_accountbinding SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "binding ended", True),
    Edit("former number: custodian", "UPDATE clients_formernumber SET custodian = 'ibkr'", "former number"),
    Edit("lot correction: basis", "UPDATE clients_lotcorrection SET basis = basis * 2", "lot correction"),
    Edit("lot correction: evidence", "UPDATE clients_lotcorrection SET evidence = 'Another.'", "lot correction"),
    Edit("lot correction: ended", "UPDATE clients_lotcorrection SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "lot correction ended", True),
    Edit("hold: expired", "UPDATE clients_hold SET expired_at = now() WHERE expired_at IS NOT NULL", "hold expired", True),
    Edit("cash flow: cancelled", "UPDATE clients_cashflow SET cancel_reason = 'Another.' WHERE cancelled_at IS NOT NULL", "cash flow settled", True),
    Edit("cash flow rule: amount", "UPDATE clients_cashflowrule SET amount = amount * 10", "cash flow rule"),
    Edit("cash flow rule: ended", "UPDATE clients_cashflowrule SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "cash flow rule ended", True),
    Edit("life event: resolved", "UPDATE clients_lifeevent SET resolution = 'Another.' WHERE resolved_on IS NOT NULL", "life event settled", True),
    Edit("life event: kind", "UPDATE clients_lifeevent SET kind = 'divorce'", "life event"),
    Edit("wash group: who decided", "UPDATE clients_security SET wash_group_on = '2020-01-01' WHERE wash_group_by_id IS NOT NULL", "wash group decision", True),
    Edit("replacement: approved", "UPDATE clients_replacement SET approved_on = '2020-01-01' WHERE approved_by_id IS NOT NULL", "approved replacements", True),
    Edit("role grant: one more", "INSERT INTO advisory_rolegrant (user_id, role, granted_at) SELECT id, 'reviewer', now() FROM advisory_user WHERE name = 'Ana'", "role grant", True),
    Edit("role grant: role", "UPDATE advisory_rolegrant SET role = 'administrator' WHERE role = 'client'", "role grant"),
    Edit("role revocation: undone", "UPDATE advisory_rolegrant SET revoked_at = NULL, revoked_by_id = NULL WHERE revoked_at IS NOT NULL", "role revocation"),
    Edit("change: what was typed", "UPDATE compliance_proposedchange SET typed = '{}'", "change"),
    Edit("change: when it was made", "UPDATE compliance_proposedchange SET made_at = made_at + interval '1 day'", "change made"),
    Edit("setting: since when", "UPDATE compliance_settingversion SET effective_on = effective_on - 9", "setting version"),
    Edit("policy template: text", "UPDATE clients_policytemplate SET content = '{}'", "policy template"),
    Edit("policy template: retired", "UPDATE clients_policytemplate SET retired_at = retired_at + interval '1 day' WHERE retired_at IS NOT NULL", "policy template retired"),
    Edit("security decision: value", "UPDATE clients_securitydecision SET value = 'Another.'", "security decision"),
    Edit("custodian file: undone", "UPDATE clients_custodianfile SET undone_reason = 'Another.' WHERE undone_at IS NOT NULL", "file undone", True),
    Edit("book: since when", "UPDATE clients_bookentry SET starts_on = starts_on - 9", "book", True),
    Edit("book: one more", "INSERT INTO clients_bookentry (household_id, user_id, part, starts_on) SELECT h.id, (SELECT max(id) FROM advisory_user), 'advisor', '2026-01-01' FROM clients_household h LIMIT 1", "book", True),
    Edit("tax profile: wages", "UPDATE clients_taxprofile SET wages = wages + 1", "tax profile", True),
    Edit("client restriction: reason", "UPDATE clients_clientrestriction SET reason = 'Another.'", "client restriction"),
    Edit("client restriction: cancelled", "UPDATE clients_clientrestriction SET cancel_reason = 'Another.' WHERE cancelled_at IS NOT NULL", "client restriction cancelled", True),
    Edit("client restriction: ended", "UPDATE clients_clientrestriction SET expired_at = now() WHERE expired_at IS NOT NULL", "client restriction expired", True),
    Edit("employer plan: name", "UPDATE clients_employerplan SET name = 'Another'", "employer plan", True),
    Edit("employer plan: retired", "UPDATE clients_employerplan SET retire_reason = 'Another.' WHERE retired_at IS NOT NULL", "employer plan retired", True),
    Edit("plan fund: closed", "UPDATE clients_planfund SET closed_on = '2020-01-01'", "plan fund"),
    Edit("plan fund: ended", "UPDATE clients_planfund SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "plan fund ended", True),
    Edit("plan account: account", "UPDATE clients_planaccount SET account_id = (SELECT max(id) FROM clients_account)", "plan account"),
    Edit("plan account: ended", "UPDATE clients_planaccount SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "plan account ended", True),
    *(
        Edit(f"{one.name}: {column}", f"UPDATE {one.model._meta.db_table} SET {column} = {value}", f"{one.name} {called}".strip().replace("_", " "), by_the_product)
        for one in REGISTERS
        for column, value, called, by_the_product in (("entered_at", "now()", "", False), ("end_reason", "'Another.'", "ended", True))
    ),
    Edit("distribution terms: beneficiary", "UPDATE clients_distributionterms SET owns_five_percent = NOT owns_five_percent", "distribution terms"),
    Edit("distribution terms: ended", "UPDATE clients_distributionterms SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "distribution terms ended", True),
    Edit("distribution figure: amount", "UPDATE clients_distributionfigure SET amount = amount + 1", "distribution figure"),
    Edit("distribution figure: ended", "UPDATE clients_distributionfigure SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "distribution figure ended", True),
    Edit("stated gains: figure", "UPDATE clients_statedgains SET long = long + 1", "stated gains"),
    Edit("stated gains: ended", "UPDATE clients_statedgains SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "stated gains ended", True),
    Edit("estimated tax: withheld", "UPDATE clients_estimatedtax SET withheld = withheld + 1", "estimated tax"),
    Edit("estimated tax: ended", "UPDATE clients_estimatedtax SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "estimated tax ended", True),
    Edit("outside account: name", "UPDATE clients_outsideaccount SET name = 'Another'", "outside account"),
    Edit("outside account: ended", "UPDATE clients_outsideaccount SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "outside account ended", True),
    Edit("basis election: day", "UPDATE clients_basiselection SET elected_on = '2020-01-01'", "basis election"),
    Edit("basis election: ended", "UPDATE clients_basiselection SET is_revoked = NOT is_revoked WHERE ended_at IS NOT NULL", "basis election ended", True),
    Edit("lot origin: value", "UPDATE clients_lotorigin SET value = value + 1", "lot origin"),
    Edit("lot origin: ended", "UPDATE clients_lotorigin SET end_reason = 'Another.' WHERE ended_at IS NOT NULL", "lot origin ended", True),
    Edit("price decision: reason", "UPDATE clients_price SET reason = 'Another.' WHERE decided_by_id IS NOT NULL", "price decision", True),
)  # fmt: skip

INSERTS = {
    "an order into a revision under review": EDITS[28].sql,
    "a lot into a revision under review": "INSERT INTO rebalancing_proposedlot (order_id, lot_id, quantity, disallowed, term) SELECT max(o.id), min(l.id), 1, 0, 'long' FROM rebalancing_proposedorder o, clients_taxlot l",
    "a skipped trade into a revision under review": "INSERT INTO rebalancing_skippedtrade (revision_id, position, reason_code, reason) SELECT id, 99, 'sell', 'Slipped in.' FROM rebalancing_revision LIMIT 1",
    "a revision into a released proposal": "INSERT INTO rebalancing_revision (proposal_id, number, policy_id, triggers, household_document, plan_document, input_digest, plan_digest, fingerprint, engine_version, verifier_signature, prices_as_of_on, trade_on, created_at, expires_at) SELECT proposal_id, 9, policy_id, triggers, household_document, plan_document, input_digest, plan_digest, r.fingerprint, engine_version, verifier_signature, prices_as_of_on, trade_on, created_at, r.expires_at FROM rebalancing_revision r JOIN rebalancing_orderbatch b ON b.revision_id = r.id",
    "a file into a released batch": "INSERT INTO rebalancing_batchfile (batch_id, kind, custodian, name, content, sha256, made_at) SELECT batch_id, kind, custodian, 'other.csv', content, sha256, made_at FROM rebalancing_batchfile LIMIT 1",
    "a lot into a released batch": "INSERT INTO rebalancing_orderlot (order_id, lot_id, quantity, term) SELECT max(o.id), max(l.id), 1, 'long' FROM rebalancing_order o, clients_taxlot l",
    "a maker into a settled review": "INSERT INTO compliance_reviewmaker (review_id, person_id, did) SELECT id, requested_by_id, 'x' FROM compliance_review WHERE used_at IS NOT NULL AND requested_by_id IS NOT NULL UNION SELECT r.id, u.id, 'x' FROM compliance_review r, advisory_user u WHERE r.used_at IS NOT NULL LIMIT 1",
    "an override into a settled review": "INSERT INTO compliance_override (review_id, finding_id, key, fingerprint, approver_id, approver_label, roles, reason, text, given_at, expires_at) SELECT review_id, finding_id, o.key, o.fingerprint, approver_id, 'x', roles, reason, 'x', given_at, o.expires_at FROM compliance_override o JOIN compliance_review r ON r.id = o.review_id WHERE r.used_at IS NOT NULL LIMIT 1",
    "a finding into a settled review": "INSERT INTO compliance_findingrow (examination_id, position, rule, rule_version, severity, sentence, how_to_fix, about, inputs, thresholds, override_roles, key) SELECT e.id, 99, 'PTC-99', 1, 0, 'x', '', '{}', '[]', '[]', '', repeat('0', 64) FROM compliance_examination e JOIN compliance_review r ON r.id = e.review_id WHERE r.used_at IS NOT NULL LIMIT 1",
    "a decision into a settled review": "INSERT INTO compliance_decision (review_id, verdict, decided_by_id, decided_by_label, roles, decided_at, fingerprint, text, acknowledged, mfa_method, request_id) SELECT id, 'returned', (SELECT max(id) FROM advisory_user), 'x', '', now(), fingerprint, 'x', '', '', '' FROM compliance_review WHERE used_at IS NOT NULL LIMIT 1",
    "a consent into a settled review": "INSERT INTO compliance_consent (review_id, fingerprint, given_by, given_at, expires_at, channel, evidence, account_ref, recorded_by_id, recorded_by_label, recorded_at) SELECT id, fingerprint, 'x', now() - interval '1 hour', now() + interval '1 day', 'phone', 'x', '', (SELECT max(id) FROM advisory_user), 'x', now() FROM compliance_review WHERE used_at IS NOT NULL LIMIT 1",
    "a restriction into an adopted policy": EDITS[50].sql,
    "a target into an adopted policy": "INSERT INTO clients_policytarget (policy_id, asset_class_id, weight_target, band_kind, weight_lower, weight_upper) SELECT p.id, (SELECT max(id) FROM clients_assetclass) + 1, 0, 'absolute', 0, 0 FROM clients_policy p LIMIT 1",
    "a class into a published model": "INSERT INTO clients_modelclass (version_id, asset_class_id, weight) SELECT id, (SELECT max(id) FROM clients_assetclass) + 1, 0 FROM clients_modelversion LIMIT 1",
    "an event into the trail": "INSERT INTO compliance_auditevent SELECT * FROM compliance_auditevent LIMIT 1",
}  # fmt: skip
"""What the product's own role may not add to what is decided."""


def _an_answered_alarm(firm: TheFirm) -> None:
    """An alarm that was acknowledged, and then for longer."""
    found = Found("idle_cash", firm.millers.pk, "", "Cash lies idle.", {"days_idle": "12", "most": "10"})
    alarms.settle((found,), Firm(SUNDAY_NOON), by=Actor.system("monitors"), at=SUNDAY_NOON)
    for until_on in (date(2026, 12, 1), date(2026, 12, 8)):
        acknowledgements.acknowledge(
            Alarm.objects.get(), reason="Waits for a purchase.", until_on=until_on, on=LAST_FRIDAY,
            user_id=firm.ana.pk, by=Actor.person(firm.ana), at=SUNDAY_NOON,
        )  # fmt: skip


def a_decided_firm() -> TheFirm:
    """The small firm, with one decided thing of every kind."""
    firm = the_firm.build()
    ana, cora, rui = Actor.person(firm.ana), Actor.person(firm.cora), Actor.person(firm.rui)
    account = firm.millers.accounts.order_by("pk")[0]
    cash_flows.expect(
        account, kind="withdrawal", amount=Decimal(-900), due_on=date(2027, 9, 1), note="",
        user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON,
    )  # fmt: skip
    hold = {
        "account": account, "security": None, "kind": "advisor", "reason": "A transfer.", "user_id": firm.ana.pk,
        "starts_on": date(2026, 12, 1), "expires_on": date(2026, 12, 9), "by": ana, "at": SUNDAY_NOON,
    }  # fmt: skip
    holds.place(firm.millers, **hold)
    lifted = holds.place(firm.millers, **hold)
    holds.lift(lifted, user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON)
    _settled_facts(firm, account, hold)
    _asked_and_listed(firm, account)
    register_rows.one_ended_of_each(firm.millers, person=firm.ana)
    _overridden(firm)
    tax_facts.one_of_each_end(account, firm.ana)
    _an_answered_alarm(firm)
    life_events.record(
        firm.nobles,
        kind="marriage",
        opened_on=date(2026, 11, 1),
        person=None,
        note="",
        document="A certificate",
        by=ana,
        at=SUNDAY_NOON,
    )
    stock, broad = (Security.objects.get(symbol=symbol) for symbol in ("ZUS", "ZUB"))
    decisions.decide_wash_group(stock, code="us", reason="Alike.", by=cora, at=SUNDAY_NOON)
    decisions.approve_replacement(stock, broad, by=cora, at=SUNDAY_NOON)
    disputed = Price.objects.filter(security=broad)[0]
    Price.objects.filter(pk=disputed.pk).update(standing=Price.Standing.DISPUTED, disputed_with=Decimal(1))
    price_disputes.decide(disputed, accept=True, reason="Looked it up.", by=cora, at=SUNDAY_NOON)
    listed = {
        "on_record": ("Bigcorp", "Smallcorp"),
        "kind": ListKind.WATCH,
        "starts_on": date(2026, 11, 1),
        "reason": "Talks.",
        "at": SUNDAY_NOON,
    }
    restrictions.place("Bigcorp", by=cora, **listed)
    off = restrictions.place("Smallcorp", by=cora, **listed)
    restrictions.lift(off, "Over.", by=Actor.person(cast.nina()), at=SUNDAY_NOON)
    for text in ("Less, please.", "And in the IRA."):
        proposals.request_changes(firm.proposal, seen=firm.fingerprint, text=text, by=rui, at=SUNDAY_NOON)
        if not ChangeRequest.objects.exclude(lifted_at=None).exists():
            proposals.lift(firm.proposal, ChangeRequest.objects.get(), by=rui, at=SUNDAY_NOON)
    by_ada = Actor.person(firm.ada)
    invited = invitations.invite(
        "ines@firm.example", name="Ines", roles=[Role.TRADER], by=by_ada, at=SUNDAY_NOON
    )
    invitations.withdraw(invited.user, reason="Not coming.", by=by_ada, at=SUNDAY_NOON)
    coverage = books.cover(
        firm.ana, covered_by=firm.otto, part="advisor", starts_on=MONDAY, ends_on=MONDAY, reason="Away.",
        on=LAST_FRIDAY, by=by_ada, at=SUNDAY_NOON,
    )  # fmt: skip
    books.end_coverage(coverage, by=by_ada, at=SUNDAY_NOON)
    roles.grant(firm.ada, Role.TRADER, by=firm.cora, at=SUNDAY_NOON)
    roles.revoke(firm.ada, Role.TRADER, by=firm.cora, at=SUNDAY_NOON)
    review = proposals.current(firm.proposal).review
    assert review is not None
    thread = threads.comment(review, "And why ZBD?", by=rui, at=SUNDAY_NOON)
    threads.resolve(thread, by=ana, at=SUNDAY_NOON)
    _decided_by_the_firm(firm)
    scheduled(firm.model)
    model_schedules.reschedule(
        firm.model, effective_on=date(2026, 12, 8), reason="Later.", by=rui, at=SUNDAY_NOON
    )
    model_schedules.call_off(firm.model, reason="Not now.", user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON)
    return firm


def _decided_by_the_firm(firm: TheFirm) -> None:
    """A setting changed by two people, a template in two versions, a security decided, a file taken back."""
    rui, cora = Actor.person(firm.rui), Actor.person(firm.cora)
    url = "/settings/triggers/change/"
    form = as_(firm.ada).get(url).context["page"].form
    typed = {one.name: one.value() for one in form} | {"longest": "60", "reason": "Agreed."}
    acted(firm.ada, url, **{name: value for name, value in typed.items() if value not in (None, False)})
    review = Review.objects.get(subject_kind="setting")
    reviewing.decide(review, Verdict.APPROVED, seen=review.fingerprint, text="", by=cora, at=clock.now())
    shipped = next(iter(templates.SHIPPED.values()))
    for _ in range(2):
        templates.make(code="ours", name="Ours", content=shipped.content, by=rui, at=SUNDAY_NOON)
    stock = Security.objects.get(symbol="ZUS")
    security_facts.decide(stock, facts={"issuer": "Zed"}, reason="Its prospectus.", by=cora, at=SUNDAY_NOON)
    file = loaded(table("prices", [f"ZUS,{MONDAY},84.10,generated"]), name="monday.csv")
    file_undoing.undo(
        file, reason="The wrong day.", user_id=firm.tom.pk, by=Actor.person(firm.tom), at=SUNDAY_NOON
    )


def _asked_and_listed(firm: TheFirm, account: Any) -> None:
    """A restriction of each end, and an employer's plan that was given up."""
    acts: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    stock = Security.objects.get(symbol="ZUS")
    asked: dict[str, Any] = {
        "kind": "keep", "security": stock, "reason": "Hers.", "asked_by": "Mia", "asked_on": date(2026, 11, 1),
        "starts_on": date(2026, 11, 1),
    }  # fmt: skip
    standing, _ = (
        client_restrictions.record(
            firm.millers, restriction_terms.Terms(**asked, ends_on=ends_on), on=date(2026, 11, 2), **acts
        )
        for ends_on in (date(2027, 11, 20), date(2026, 11, 20))
    )
    client_restrictions.expire(on=date(2026, 11, 22), by=SET_UP, at=SUNDAY_NOON)
    client_restrictions.cancel(standing, reason="She sells.", **acts)
    plan = employer_plans.add(code="acme", name="Acme", source="Lineup", **acts)
    fund = employer_plans.add_fund(plan, stock, employer_plans.Terms(starts_on=date(2026, 1, 1)), **acts)
    employer_plans.end_fund(fund, reason="Dropped.", **acts)
    employer_plans.choose(account, plan, reason="", **acts)
    employer_plans.choose(account, None, reason="Left.", **acts)
    employer_plans.retire(plan, reason="Closed.", **acts)
    terms = distributions.terms(firm.millers, by=firm.ana)
    distribution_facts.retract_terms(terms, reason="Wrong account.", **acts)
    distributions.terms(firm.millers, by=firm.ana)
    figure = distributions.balance(firm.millers, by=firm.ana)
    distribution_facts.retract_figure(figure, reason="Another year.", **acts)
    distributions.balance(firm.millers, by=firm.ana)


def _overridden(firm: TheFirm) -> None:
    """Two decisions to trade anyway, one ended."""
    with mock.patch.object(overrides, "standing", return_value=dict.fromkeys(overrides.CODES, "Wait.")):
        made = [
            overrides.make(
                firm.nobles,
                code=code,
                reason="The client asked for it.",
                expires_on=MONDAY,
                on=SUNDAY_NOON.date(),
                user_id=firm.ana.pk,
                by=Actor.person(firm.ana),
                at=SUNDAY_NOON,
            )
            for code in list(overrides.CODES)[:2]
        ]
    ana: dict[str, Any] = {"user_id": firm.ana.pk, "by": Actor.person(firm.ana), "at": SUNDAY_NOON}
    overrides.end(made[0], reason="Enough.", on=MONDAY, **ana)


def _settled_facts(firm: TheFirm, account: Any, hold: dict[str, Any]) -> None:
    """A cash need that was cancelled, a rule that has ended, a hold that is over, a life event that is resolved."""
    ana = Actor.person(firm.ana)
    terms = recurring_cash.Terms(
        account=account, kind="withdrawal", amount=Decimal(-900), every="year", day=1, starts_on=date(2027, 9, 1),
        until_on=None, count=None, moved="after", note="",
    )  # fmt: skip
    rule = recurring_cash.begin(terms, user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON, on=date(2027, 8, 1))
    recurring_cash.end(
        rule, reason="Over.", since=date(2027, 8, 1), user_id=firm.ana.pk, by=ana, at=SUNDAY_NOON
    )
    holds.place(
        firm.nobles,
        **{**hold, "account": None, "starts_on": date(2026, 9, 1), "expires_on": date(2026, 10, 1)},
    )
    holds.expire(on=date(2026, 11, 22), by=SET_UP, at=SUNDAY_NOON)
    tom: dict[str, Any] = {"user_id": firm.tom.pk, "by": Actor.person(firm.tom), "at": SUNDAY_NOON}
    bound = bindings.bind(custodian=account.custodian, mask="...001", label="", account=account, **tom)
    bindings.end(bound, reason="The other one.", **tom)
    account_records.renumber(account, number="11110009", why="corrected", on=date(2026, 11, 22), **tom)
    lot = account.lots.order_by("pk")[0]
    decided = lot_corrections.Decided(lot.acquired_on, Decimal(7), "covered", "A statement.")
    by: dict[str, Any] = {"by": Actor.person(firm.cora), "at": SUNDAY_NOON}
    correction = lot_corrections.correct(lot, decided, asked_by_id=firm.ana.pk, **by)
    lot_corrections.withdraw(correction, reason="The other lot.", **by)
    event = life_events.record(
        firm.nobles,
        kind="retirement",
        opened_on=date(2026, 11, 1),
        person=None,
        note="",
        by=ana,
        at=SUNDAY_NOON,
    )
    life_events.resolve(
        event,
        resolved_on=date(2026, 11, 2),
        reason="Planned for.",
        user_id=firm.ana.pk,
        by=ana,
        at=SUNDAY_NOON,
    )


@pytest.fixture(scope="module")
def decided(django_db_setup: None, django_db_blocker: Any) -> Iterator[TheFirm]:
    """Built once for the module, its guards taken down as only the owner of the tables can."""
    from django.db import transaction

    with django_db_blocker.unblock():
        around = transaction.atomic()
        around._from_testcase = True  # type: ignore[attr-defined]
        with around:
            firm = a_decided_firm()
            run("SET CONSTRAINTS ALL IMMEDIATE")
            for table in sorted({kind.table for kind in seals.kinds().values()}):
                run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield firm
            transaction.set_rollback(True)


def run(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return int(cursor.rowcount)


FOUND: list[str] = []


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_an_edit_of_a_decided_row_is_named(edit: Edit, decided: TheFirm) -> None:
    with the_firm.undone():
        assert run(edit.sql) > 0, "the edit touches something"
        found = audit.verify()

        assert not found.is_intact
        assert any(edit.named in fault.thing for fault in found.faults), [str(one) for one in found.faults]
    FOUND.append(edit.what)


def test_the_count_of_edits_that_were_found(decided: TheFirm, capsys: pytest.CaptureFixture[str]) -> None:
    """38 kinds were asked for; this is how many there are, and how many were found in this run."""
    assert len(EDITS) >= 38
    assert len({edit.what for edit in EDITS}) == len(EDITS)
    started = time.monotonic()
    assert audit.verify().is_intact
    with capsys.disabled():
        print(
            f"\n{len(FOUND)} of {len(EDITS)} kinds of edits of decided rows found; "
            f"verified {audit.verify().sealed_count} decided things in {time.monotonic() - started:.2f} s"
        )


def test_what_was_recorded_and_what_stands_there_is_told(decided: TheFirm) -> None:
    with the_firm.undone():
        run("UPDATE compliance_approval SET approved_by_label = 'Max' WHERE subject_kind = 'proposal'")
        approval = Approval.objects.get(subject_kind="proposal")
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("verify_audit", stdout=out)

        assert f"approval {approval.public_id}, approved_by_label: recorded Rui, now Max (#" in out.getvalue()


def test_every_kind_seals_every_column_of_its_table_or_says_why_not() -> None:
    by_table: dict[str, set[str]] = {}
    for kind in seals.kinds().values():
        whole = {kind.whole.removeprefix("t.")} if kind.whole.startswith("t.") else set()
        by_table.setdefault(kind.table, set()).update(kind.columns, kind.open, whole)
    # Of a security only the decisions of people are sealed; files restate the rest every day.
    by_table.pop("clients_security")
    by_table.pop("clients_price")
    missing = {
        model._meta.db_table: columns - by_table[model._meta.db_table]
        for model in apps.get_models()
        if model._meta.db_table in by_table
        and (columns := {field.column for field in model._meta.concrete_fields})
        - by_table[model._meta.db_table]
    }
    of_a_whole = {"rebalancing_proposedlot", "rebalancing_orderlot", "clients_sleeve", "clients_sleevemember"}
    missing = {table: names - {"id"} for table, names in missing.items() if names - {"id"}}

    assert {table: names for table, names in missing.items() if table not in of_a_whole} == {}, (
        "A new column of a decided row: append it to its kind in sealed.py, or to `open` with the reason."
    )


def test_every_kind_has_something_to_edit(decided: TheFirm) -> None:
    """Each kind has at least one thing in this firm: an edit above would otherwise prove nothing."""
    sealed = {
        key.partition("/")[0]
        for event in audit.AuditEvent.objects.all()
        for key in seals.carried(event.facts)
    }

    assert sorted(seals.kinds().keys() - sealed) == []
    assert ChangeRequest.objects.exists()
    assert Comment.objects.exists()
    assert RestrictedIssuer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_products_own_role_edits_and_adds_nothing(
    app_role_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    a_decided_firm()
    privileges.grant("evenkeel_app")
    tried = {edit.what: edit.sql for edit in EDITS if not edit.by_the_product} | INSERTS
    accepted, why = [], {}
    with psycopg.connect(app_role_url) as product:
        for what, sql in tried.items():
            try:
                with product.transaction(force_rollback=True):
                    if product.execute(sql).rowcount:
                        accepted.append(what)
                    else:
                        why[what] = "touched nothing"
            except psycopg.Error as error:
                why[what] = str(error).partition("\n")[0]

    assert accepted == []
    assert [what for what, reason in why.items() if reason == "touched nothing"] == []
    with capsys.disabled():
        print(f"\n{len(tried)} edits and insertions tried as the run-time role, {len(accepted)} accepted")


@pytest.mark.django_db
def test_an_upgrade_puts_what_was_there_on_the_trail_once() -> None:
    """A record of a version whose events carried no seals: after the upgrade every later edit shows too."""
    cast.rui()
    run("ALTER TABLE compliance_auditevent DISABLE TRIGGER USER")
    run("ALTER TABLE compliance_audithead DISABLE TRIGGER USER")
    run("DELETE FROM compliance_auditevent")
    run("DELETE FROM compliance_audithead")
    audit.record(audit.Action.USER_SIGNED_IN, about=audit.Ref("user", "1"), by=SET_UP, at=SUNDAY_NOON)
    assert [fault.recorded for fault in audit.verify().faults] == ["nothing: no event records it"]

    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=SUNDAY_NOON) == 1
    assert audit.verify().is_intact
    cast.rosa()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE advisory_rolegrant DISABLE TRIGGER USER")
    run(
        "INSERT INTO advisory_rolegrant (user_id, role, granted_at) SELECT max(id), 'trader', now() FROM advisory_user"
    )
    assert audit.seal_what_was_there(by=Actor.system("upgrade"), at=SUNDAY_NOON) == 0

    assert not audit.verify().is_intact


def test_what_is_sealed_anew_with_each_change_may_be_changed_by_the_product() -> None:
    """The runtime role writes these tables; as sealed rows that never change they were insert-only."""
    restated = {kind.table for kind in seals.kinds().values() if kind.restated}

    assert restated == {"clients_bookentry", "clients_taxprofile"}
    assert all(set(privileges.rights_on(table)) >= {"UPDATE", "DELETE"} for table in restated)
    assert not restated & privileges.add_only()
