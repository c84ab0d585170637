"""Who writes each table: its one module, or the few that share it and why."""

from __future__ import annotations

WRITERS: dict[str, set[str]] = {
    # advisory
    # The command makes one in memory only, to check a password against it.
    "User": {
        "advisory.people.roles",
        "advisory.people.users",
        "advisory.people.invitations",
        "advisory.management.commands.add_person",
    },
    "ApiToken": {"advisory.people.tokens"},
    "NoticeChoice": {"advisory.people.notice_choices"},
    # What counts failures is written by whoever delivers.
    "WebhookEndpoint": {"advisory.outward.webhooks", "advisory.outward.deliveries"},
    # Filled by a trigger of the trail, in the event's own transaction.
    "OutboxEvent": {"advisory.outward.deliveries"},
    "WebhookDelivery": {"advisory.outward.deliveries"},
    "WebhookAttempt": {"advisory.outward.deliveries"},
    "ExaminerAccess": {"compliance.examiners"},
    "QueueOwner": {"compliance.review_desk.queue_owners"},
    "Invitation": {"advisory.people.invitations"},
    "RoleGrant": {"advisory.people.roles"},
    "DeniedAttempts": {"advisory.people.denials"},
    # Written in SQL of its own, because the database's time decides what is over.
    "SignInLimit": {"advisory.people.sign_in_limits"},
    # clients
    # Opened and restated by `accounts`; `holdings` writes down only whether lots equal positions, `tax_units` on which
    # return an account is after its owners file another one.
    "Account": {
        "clients.households.accounts",
        "clients.households.account_records",
        "clients.households.moving",
        "clients.households.tax_units",
        "clients.holdings.holdings",
    },
    "AccountBinding": {"clients.households.bindings"},
    "AssetClass": {"clients.securities.asset_classes", "clients.securities.securities"},
    "BasisElection": {"clients.registers.register"},
    "BookEntry": {"clients.households.books"},
    "ClientRestriction": {"clients.policies.client_restrictions"},
    "Coverage": {"clients.households.books"},
    "CashBalance": {"clients.holdings.positions"},
    "CashFlow": {"clients.households.cash_flows", "clients.households.recurring_cash"},
    "CashFlowRule": {"clients.households.recurring_cash"},
    "ClassWeight": {"clients.securities.securities", "clients.securities.security_facts"},
    "CustodianFile": {
        "clients.imports.custodian_files",
        "clients.imports.file_rehearsing",
        "clients.imports.file_undoing",
    },
    "DistributionFigure": {"clients.households.distribution_facts"},
    "DistributionTerms": {"clients.households.distribution_facts"},
    "EmployerPlan": {"clients.households.employer_plans"},
    # Every register's rows are written by the verbs that all of them share.
    "FundDistribution": {"clients.registers.register"},
    "CorporateAction": {"clients.registers.register"},
    "ActionAccount": {"clients.corporate_actions.applying"},
    "ActionLot": {"clients.corporate_actions.writing"},
    "ActionAgreement": {"clients.corporate_actions.agreeing"},
    "EstimatedTax": {"clients.registers.register"},
    "FundTradingPolicy": {"clients.registers.register"},
    "Quote": {"clients.registers.register"},
    "TradingHalt": {"clients.registers.register"},
    "VolatilityLevel": {"clients.registers.register"},
    "Insider": {"clients.registers.register"},
    "InsiderWindow": {"clients.registers.register"},
    "Transfer": {"clients.transfers.transfers", "clients.transfers.shown", "clients.households.moving"},
    "TransferMovement": {"clients.transfers.shown"},
    "Restatement": {"clients.restatements.restatements"},
    "ProductApproval": {"clients.registers.register"},
    "ArrangedTrade": {"clients.registers.register"},
    # Made by the preview, kept with its file, and settled by the loading.
    "FileAccount": {
        "clients.imports.file_rehearsing",
        "clients.imports.file_previews",
        "clients.imports.file_loading",
        "clients.imports.file_undoing",
    },
    # Written by triggers while a file loads; outdated ones are deleted, and restored rows written in SQL.
    "FileChange": {"clients.imports.file_journal"},
    "FormerNumber": {"clients.households.account_records"},
    "FormerSymbol": {"clients.imports.symbol_changes"},
    "Hold": {"clients.households.holds"},
    "Household": {"clients.households.households"},
    "LifeEvent": {"clients.households.life_events"},
    "LotCorrection": {"clients.holdings.lot_corrections"},
    "LotOrigin": {"clients.holdings.lot_origins"},
    # Said by `lots` for the accounts that it compares.
    "LotListing": {"clients.holdings.account_lots", "clients.holdings.lots"},
    "LotPiece": set(),
    "ModelClass": {"clients.policies.model_portfolios"},
    "ModelPortfolio": {"clients.policies.model_portfolios"},
    # Published by `model_portfolios`; `model_schedules` moves or ends what waits for its day.
    "ModelVersion": {"clients.policies.model_portfolios", "clients.policies.model_schedules"},
    "NumberChange": {"clients.households.number_changes"},
    "OutsideAccount": {"clients.registers.register"},
    # What a person sees when they sign in is said with the household's sign-ins.
    # `moving` takes people, returns and accounts to another household when two merge or one splits.
    "Person": {"clients.households.people", "clients.households.households", "clients.households.moving"},
    "PlanAccount": {"clients.households.employer_plans"},
    "PlanFund": {"clients.households.employer_plans"},
    # Written and adopted by `policies`; `drafts`, `reviewing` and `signatures` only move its state; it ends with its
    # household.
    "Policy": {"clients.policies.policies", "clients.policies.ending"},
    "PolicyRestriction": {"clients.policies.policies"},
    "PolicySection": {"clients.policies.policies"},
    # A signature given before the policy was kept here comes with its draft.
    "PolicySignature": {"clients.policies.policies", "clients.policies.signatures"},
    "PolicyTarget": {"clients.policies.policies"},
    "PolicyTemplate": {"clients.policies.templates"},
    # `writing` states what a corporate action makes of a position or lot until a file shows it.
    "Position": {"clients.holdings.positions", "clients.corporate_actions.writing"},
    "Price": {
        "clients.securities.prices",
        "clients.securities.price_disputes",
        "clients.securities.manual_prices",
    },
    "RealizedGain": {"clients.holdings.gains"},
    "Replacement": {"clients.securities.replacements", "clients.securities.decisions"},
    # A file may name a security that it does not describe; the importer keeps its bare name.
    "Security": {
        "clients.securities.securities",
        "clients.securities.decisions",
        "clients.securities.security_facts",
        "clients.securities.wash_groups",
        "clients.imports.symbol_changes",
        "clients.imports.custodian_files",
    },
    "SecurityDecision": {"clients.securities.security_facts"},
    "Sleeve": {"clients.policies.model_portfolios"},
    "SleeveMember": {"clients.policies.model_portfolios"},
    "StatedGains": {"clients.registers.register"},
    "TakenPart": {"clients.policies.model_portfolios"},
    # What a position without lots stands for in a plan is made in memory only, and never stored.
    "TaxLot": {
        "clients.holdings.lots",
        "clients.holdings.position_lots",
        "clients.holdings.lot_corrections",
        "clients.holdings.lot_origins",
        "clients.corporate_actions.writing",
        "rebalancing.portfolios.held_positions",
    },
    "TaxProfile": {"clients.households.tax_profiles"},
    "TaxUnit": {"clients.households.tax_units", "clients.households.moving"},
    "Transaction": {"clients.holdings.movements"},
    "Workbook": {"clients.workbooks.workbooks"},
    "WorkbookHousehold": {"clients.workbooks.workbooks"},
    "WashGroup": {
        "clients.securities.securities",
        "clients.securities.decisions",
        "clients.securities.wash_groups",
    },
    # compliance
    "Approval": {"compliance.review_desk.decisions"},
    "AuditCheckpoint": {"compliance.audit_trail.checkpoints"},
    # The row is written by the database's own function; `audit` only hands it back as an object.
    "AuditEvent": {"compliance.audit_trail.audit"},
    "AuditHead": set(),
    "ChangeRequest": {"compliance.review_desk.threads"},
    "Comment": {"compliance.review_desk.threads"},
    "Consent": {"compliance.review_desk.consents"},
    "Decision": {"compliance.review_desk.threads"},
    "Examination": {"compliance.review_desk.findings"},
    "FindingRow": {"compliance.review_desk.findings"},
    "Override": {"compliance.review_desk.findings"},
    "RequestKey": {"compliance.repeats"},
    "RestrictedIssuer": {"compliance.restrictions"},
    "ColumnChoice": {"compliance.lists.saved_views"},
    "SavedView": {"compliance.lists.saved_views"},
    "ProposedChange": {"compliance.doors.changes"},
    # Asked for by `reviews`, marked as acted on by `approvals`; `states` is the one place where a state moves.
    "Review": {
        "compliance.review_desk.reviews",
        "compliance.review_desk.approvals",
        "compliance.review_desk.states",
    },
    "ReviewMaker": {"compliance.review_desk.reviews"},
    # `firm_settings` writes; the form and the check only make one in memory to see what would follow.
    "SettingVersion": {"compliance.firm.firm_settings"},
    # rebalancing
    "Acknowledgement": {"rebalancing.monitors.acknowledgements"},
    "Alarm": {"rebalancing.monitors.alarms"},
    "Allocation": {"rebalancing.fills.standings"},
    "AllocationPart": {"rebalancing.fills.standings"},
    "Break": {"rebalancing.fills.breaks"},
    "ErrorAccountEntry": {"rebalancing.reconciliation.trade_errors"},
    "ExecutedLot": {"rebalancing.fills.lots"},
    "Fill": {"rebalancing.fills.fills"},
    "Reconciled": {"rebalancing.reconciliation.reconciling"},
    "TradeError": {"rebalancing.reconciliation.trade_errors"},
    "BatchFile": {"rebalancing.execution.filled_files", "rebalancing.execution.order_files"},
    "Block": {
        "rebalancing.execution.blocks",
        "rebalancing.execution.later_days",
        "rebalancing.execution.leaving",
        "rebalancing.execution.replacing",
    },
    "BlockReplacement": {"rebalancing.execution.replacing"},
    "OrderLayout": {"rebalancing.execution.order_layouts"},
    "ApprovalBatch": {"rebalancing.proposals.approval_batches"},
    "ApprovalBatchRow": {"rebalancing.proposals.approval_batches"},
    "ClientSummary": {"rebalancing.client_reports.summaries"},
    "SummaryDue": {"rebalancing.client_reports.telling"},
    # Written in SQL of its own, with the database's time.
    "FixHeartbeat": {"rebalancing.fix.heartbeat"},
    "FixInbox": {"rebalancing.fix.inbox"},
    "FixOutbox": {"rebalancing.fix.outbox", "rebalancing.fix.inbox", "rebalancing.fix.store"},
    # Made and switched by people through `sessions`; numbers and state are the FIX process's.
    "FixSession": {"rebalancing.fix.sessions", "rebalancing.fix.connection", "rebalancing.fix.store"},
    "Comparison": {"rebalancing.proposals.comparisons"},
    "Frontier": {"rebalancing.proposals.frontier_plans"},
    "FrontierPlan": {"rebalancing.proposals.frontier_plans"},
    "FrontierPoint": {"rebalancing.proposals.frontiers"},
    "HoldOverride": {"rebalancing.waiting.overrides"},
    "ImpactItem": {"rebalancing.model_changes.impacts"},
    "ImpactRun": {"rebalancing.model_changes.impacts"},
    "Letter": {"rebalancing.client_reports.letters"},
    # Made with the household's batch; moved with its block.
    "Order": {
        "rebalancing.execution.orders",
        "rebalancing.execution.making",
        "rebalancing.execution.blocks",
        "rebalancing.execution.waves",
        "rebalancing.execution.replacing",
    },
    "OrderBatch": {"rebalancing.execution.orders", "rebalancing.execution.outcomes"},
    "OrderLot": {"rebalancing.execution.making"},
    "Proposal": {"rebalancing.proposals.proposals", "rebalancing.proposals.ends"},
    "ProposedLot": {"rebalancing.proposals.revisions"},
    "ProposedOrder": {"rebalancing.proposals.revisions"},
    # Written by what was read, or by the scan itself for a household that could not be read.
    "Reading": {"rebalancing.scans.readings", "rebalancing.scans.claims"},
    "Release": {"rebalancing.execution.gathering", "rebalancing.execution.closing"},
    "ReleaseRow": {"rebalancing.execution.gathering"},
    "ReplayRun": {"rebalancing.proposals.replay_runs"},
    "Revision": {"rebalancing.proposals.revisions"},
    "ScanItem": {"rebalancing.scans.scans", "rebalancing.scans.claims"},
    "ScanRun": {"rebalancing.scans.scans", "rebalancing.scans.claims", "rebalancing.scans.settling"},
    "SkippedTrade": {"rebalancing.proposals.revisions"},
    "TradingStop": {"rebalancing.execution.trading_stops"},
}

OTHER_SAVERS = {
    "advisory.schedule": "The timetable's rows belong to django-celery-beat.",
    "advisory.people.sessions": "Django's stored sessions, ended by their owner.",
    "clients.management.commands.rotate_keys": "Encrypts columns anew; the values stay what they are.",
}
"""Modules that save rows without being a table's writer, each with its reason."""
