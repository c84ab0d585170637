"""The decided rows of the pipeline: proposals, orders, and client summaries."""

from __future__ import annotations

from compliance.audit_trail.seals import Kind
from rebalancing import sealed_sessions

OF_AN_ORDER = "JOIN rebalancing_proposedorder AS o ON o.id = t.order_id"

KINDS = (
    Kind(
        "proposal",
        "rebalancing_proposal",
        ("id", "public_id", "household_id", "run_id", "reading_id", "drafted_at", "drafted_by_id"),
        # Compared with the state of its review, which is sealed.
        open=("state", "closed_at"),
        called="t.public_id",
    ),
    Kind(
        "revision",
        "rebalancing_revision",
        (
            *("id", "proposal_id", "number", "policy_id", "triggers", "household_document", "plan_document"),
            *("input_digest", "plan_digest", "fingerprint", "engine_version", "verifier_signature"),
            *("prices_as_of_on", "trade_on", "created_at", "expires_at", "review_id", "model_version_id"),
        ),
    ),
    Kind(
        "proposed_orders",
        "rebalancing_proposedorder",
        (
            *("id", "position", "account_id", "security_id", "side", "quantity", "price", "amount"),
            *("reason_code", "reason"),
        ),
        whole="t.revision_id",
    ),
    Kind(
        "proposed_lots",
        "rebalancing_proposedlot",
        ("id", "order_id", "lot_id", "quantity", "basis", "gain", "disallowed", "term"),
        whole="o.revision_id",
        joined=OF_AN_ORDER,
    ),
    Kind(
        "skipped_trades",
        "rebalancing_skippedtrade",
        ("id", "position", "account_id", "security_id", "reason_code", "reason", "cost"),
        whole="t.revision_id",
    ),
    Kind(
        "frontier",
        "rebalancing_frontierpoint",
        (
            *("id", "position", "name", "tax", "net_gain", "drift", "out_of_band", "turnover", "orders"),
            "cost",
        ),
        whole="t.revision_id",
    ),
    Kind(
        "comparison",
        "rebalancing_comparison",
        ("id", "revision_id", "made_at", "engine_version", "removal_costs", "why_without"),
    ),
    Kind(
        "frontier_plans",
        "rebalancing_frontierplan",
        (
            *("id", "position", "ways", "plan_document", "input_digest", "plan_digest", "verifier_signature"),
            *("tax", "tax_is_known", "net_gain", "drift", "out_of_band", "turnover", "orders"),
            *("orders_apart", "cost", "gap_bps", "can_be_sent"),
        ),
        whole="t.revision_id",
    ),
    Kind(
        "frontier_made",
        "rebalancing_frontier",
        ("id", "revision_id", "made_at", "engine_version", "why_without"),
    ),
    Kind(
        "approval_batch",
        "rebalancing_approvalbatch",
        ("id", "public_id", "started_at", "started_by_id", "text", "acknowledges_notes"),
        called="t.public_id",
    ),
    Kind(
        "approval_batch_rows",
        "rebalancing_approvalbatchrow",
        ("id", "proposal_id", "position", "seen"),
        # What becomes of a row: an approval is sealed by itself.
        open=("outcome", "code", "sentence", "approval_id", "settled_at"),
        whole="t.batch_id",
    ),
    Kind(
        "order_batch",
        "rebalancing_orderbatch",
        (
            *("id", "public_id", "revision_id", "approval_id", "fingerprint", "allocation_statement"),
            *("allocation_written_at", "released_at", "released_by_id"),
        ),
        open=("state",),
        called="t.public_id",
    ),
    Kind(
        "orders",
        "rebalancing_order",
        (
            *("id", "public_id", "proposed_id", "reference", "account_id", "security_id", "side", "quantity"),
            *("order_type", "limit_price", "time_in_force", "recommended_by", "placed_by_id"),
            "is_discretionary",
        ),
        # What becomes of an order; its block is sealed by a kind of its own, so that older seals stay as recorded.
        open=(
            *("state", "filled_quantity", "average_price", "fees", "ended_at", "end_reason", "block_id"),
            *("slice", "slices", "waits_for_sales", "cleared_at", "reduced_reason", "clean_from"),
        ),
        whole="t.batch_id",
    ),
    Kind(
        "order_parts",
        "rebalancing_order",
        ("id", "slice", "slices", "waits_for_sales"),
        whole="t.batch_id",
        where="t.slices > 1 OR t.waits_for_sales",
    ),
    Kind(
        "order_blocks",
        "rebalancing_order",
        ("id", "block_id"),
        whole="t.batch_id",
        where="t.block_id IS NOT NULL",
    ),
    Kind(
        "release",
        "rebalancing_release",
        ("id", "public_id", "started_at", "started_by_id", "send_at"),
        open=("state", "closed_at"),
        called="t.public_id",
    ),
    Kind(
        "block",
        "rebalancing_block",
        (
            *("id", "public_id", "release_id", "reference", "custodian", "security_id", "side", "wave"),
            *("quantity", "order_type", "limit_price", "time_in_force", "trade_on", "settles_on", "route"),
            *("allocation_statement", "allocation_sha256", "allocation_written_at"),
        ),
        # What becomes of it. Until its statement is stored it still takes orders, so nothing is decided.
        open=(
            *("state", "send_at", "held_reason", "sent_at", "cancel_asked_at", "cancel_asked_by_id"),
            *("cancel_reason", "filled_quantity", "average_price", "ended_at", "end_reason"),
            *("asked_at", "agreed_at", "agreed_by_id", "agreed_reason"),
        ),
        where="t.allocation_sha256 <> ''",
        called="t.public_id",
    ),
    Kind(
        "block_replacement",
        "rebalancing_blockreplacement",
        (
            *("id", "public_id", "block_id", "number", "quantity", "limit_price", "without_id"),
            *("quantity_before", "limit_before"),
            *("allocation_statement", "allocation_sha256", "reason", "asked_at", "asked_by_id"),
        ),
        open=("state", "answered_at", "answer", "accepted_quantity", "accepted_limit"),
        called="t.public_id",
    ),
    Kind(
        "order_layout",
        "rebalancing_orderlayout",
        (
            *("id", "public_id", "custodian", "kind", "name", "columns", "has_captions", "delimiter"),
            *("source", "made_at", "made_by_id", "replaces_id"),
        ),
        open=("retired_at", "retired_by_id", "retire_reason"),
        called="t.public_id",
    ),
    Kind(
        "trading_stop",
        "rebalancing_tradingstop",
        ("id", "public_id", "scope", "custodian", "account_id", "reason", "placed_at", "placed_by_id"),
        open=("lifted_at", "lifted_by_id", "lift_reason"),
        called="t.public_id",
    ),
    Kind(
        "trading_stop_lifted",
        "rebalancing_tradingstop",
        ("lifted_at", "lifted_by_id", "lift_reason"),
        where="t.lifted_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "order_lots",
        "rebalancing_orderlot",
        ("id", "order_id", "lot_id", "quantity", "acquired_on", "unit_cost", "term"),
        whole="o.batch_id",
        joined="JOIN rebalancing_order AS o ON o.id = t.order_id",
    ),
    Kind(
        "batch_files",
        "rebalancing_batchfile",
        ("id", "kind", "custodian", "name", "sha256", "made_at"),
        # Encrypted and rewritten under each new key; compared with its digest in `bindings.faults`.
        open=("content", "version"),
        whole="t.batch_id",
        where="t.batch_id IS NOT NULL",
    ),
    Kind(
        "release_files",
        "rebalancing_batchfile",
        ("id", "kind", "custodian", "name", "version", "sha256", "made_at"),
        open=("content",),
        whole="t.release_id",
        where="t.release_id IS NOT NULL",
    ),
    Kind(
        "summary",
        "rebalancing_clientsummary",
        ("id", "public_id", "household_id", "revision_id", "content", "digest", "published_at"),
        # Of later versions alone, sealed by a kind of their own, so that the seals of first ones stay as recorded.
        open=("number", "stage", "difference"),
        called="t.public_id",
    ),
    Kind(
        "summary_version",
        "rebalancing_clientsummary",
        ("id", "number", "stage", "difference"),
        where="t.number > 1",
        called="t.public_id",
    ),
    Kind("letter", "rebalancing_letter", ("id", "summary_id", "pdf", "sha256", "rendered_at")),
    Kind(
        "readings",
        "rebalancing_reading",
        (
            *("id", "public_id", "household_id", "outcome", "reason", "value", "worst_drift", "worst_class"),
            *("outside_value", "measures", "triggers", "holds", "input_digest", "prices_as_of_on", "read_at"),
            "account_weights",
        ),
        # Sealed by a kind of its own, so that the seals of older readings stay as they were recorded.
        open=("looked",),
        whole="t.run_id",
        joined="JOIN rebalancing_scanrun AS r ON r.id = t.run_id",
        where="r.state = 'completed'",
    ),
    Kind(
        "looked_at",
        "rebalancing_reading",
        ("id", "looked"),
        whole="t.run_id",
        joined="JOIN rebalancing_scanrun AS r ON r.id = t.run_id",
        where="r.state = 'completed'",
        later=True,
    ),
    Kind(
        "hold_override",
        "rebalancing_holdoverride",
        (
            *("id", "public_id", "household_id", "code", "reason", "sentence", "starts_on", "expires_on"),
            *("made_by_id", "made_at", "replaces_id"),
        ),
        open=("ended_at", "ended_by_id", "end_reason"),
        called="t.public_id",
    ),
    Kind(
        "hold_override_ended",
        "rebalancing_holdoverride",
        ("ended_at", "ended_by_id", "end_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "acknowledgement",
        "rebalancing_acknowledgement",
        ("id", "public_id", "alarm_id", "reason", "until_on", "given_by_id", "given_at"),
        called="t.public_id",
    ),
    Kind(
        "acknowledgement_withdrawn",
        "rebalancing_acknowledgement",
        ("id", "withdrawn_by_id", "withdrawn_at", "withdraw_reason"),
        where="t.withdrawn_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "fill",
        "rebalancing_fill",
        (
            *("id", "public_id", "broker", "account_ref", "trade_on", "exec_id", "digest", "reference"),
            *("kind",),
            *("symbol", "side", "quantity", "price", "cumulative", "leaves", "corrects"),
            *("broker_order", "text"),
            *("transacted_at", "received_at", "parked_because"),
        ),
        # Which order it is about is sealed by a kind of its own where a person or a later look says so.
        open=("block_id", "order_id", "matched_at", "matched_by_id", "ordered", "ordered_limit"),
        called="t.public_id",
    ),
    Kind(
        "fill_terms",
        "rebalancing_fill",
        ("id", "ordered", "ordered_limit"),
        where="t.ordered IS NOT NULL OR t.ordered_limit IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "fill_matched",
        "rebalancing_fill",
        ("id", "block_id", "order_id", "matched_at", "matched_by_id"),
        where="t.block_id IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "allocation",
        "rebalancing_allocation",
        (
            *("id", "public_id", "block_id", "number", "quantity", "amount", "cost", "average_price"),
            *("excess_quantity", "excess_amount", "minimum", "reason", "made_at", "made_by_id"),
        ),
        called="t.public_id",
    ),
    Kind(
        "allocation_parts",
        "rebalancing_allocationpart",
        ("id", "order_id", "quantity", "amount", "cost"),
        whole="t.allocation_id",
    ),
    Kind(
        "executed_lot",
        "rebalancing_executedlot",
        (
            *("id", "order_id", "allocation_id", "lot_id", "traded_on", "quantity", "proceeds", "basis"),
            *("disallowed", "term", "entered_at", "reverses_id"),
        ),
    ),
    Kind(
        "break",
        "rebalancing_break",
        (
            *("id", "public_id", "queue", "cause", "about", "account_id", "security_id", "block_id"),
            *("order_id",),
            *("fill_id", "found_on", "parent_id"),
        ),
        # What is restated each day, who works it, and how it ends.
        open=(
            *("sentence", "ours", "theirs", "last_on", "owner_id"),
            *("ending", "ended_at", "ended_by_id", "end_reason"),
        ),
        called="t.public_id",
    ),
    Kind(
        "break_ended",
        "rebalancing_break",
        ("id", "sentence", "ours", "theirs", "ending", "ended_at", "ended_by_id", "end_reason"),
        where="t.ended_at IS NOT NULL",
        called="t.public_id",
    ),
    Kind(
        "trade_error",
        "rebalancing_tradeerror",
        (
            *("id", "public_id", "account_id", "order_id", "cause", "happened_on", "description"),
            *("made_by_id", "made_at"),
        ),
        open=(
            *("correction", "corrected_on", "effect", "paid", "paid_on", "corrected_by_id", "corrected_at"),
            *("approved_by_id", "approved_at", "withdrawn_at", "withdrawn_by_id", "withdraw_reason"),
        ),
        called="t.public_id",
    ),
    Kind(
        "error_account_entry",
        "rebalancing_erroraccountentry",
        (
            *("id", "public_id", "error_id", "error_account", "security_id", "quantity", "price", "moved_on"),
            *("made_by_id", "made_at"),
        ),
        called="t.public_id",
    ),
    Kind(
        "trade_error_settled",
        "rebalancing_tradeerror",
        (
            *("id", "correction", "corrected_on", "effect", "paid", "paid_on", "corrected_by_id"),
            *("corrected_at", "approved_by_id", "approved_at"),
        ),
        where="t.approved_at IS NOT NULL",
        called="t.public_id",
    ),
    *sealed_sessions.KINDS,
)
