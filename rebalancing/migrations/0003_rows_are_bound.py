"""A revision takes no row once it is under review, a batch none once it is sent, and an order is what was proposed."""

from __future__ import annotations

from django.db import migrations

# Tables whose rows never change; see 0002_immutable.
HISTORY = (
    "reading", "revision", "proposedorder", "proposedlot", "skippedtrade", "frontierpoint", "orderbatch", "order",
    "orderlot", "batchfile", "clientsummary", "letter",
)  # fmt: skip
OF_A_REVISION = ("proposedorder", "proposedlot", "skippedtrade", "frontierpoint")
OF_A_BATCH = ("order", "orderlot", "batchfile")

FUNCTIONS = """
CREATE FUNCTION rebalancing_revision_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row jsonb := to_jsonb(NEW);
    parent bigint;
BEGIN
    parent := CASE WHEN TG_TABLE_NAME = 'rebalancing_proposedlot'
        THEN (SELECT revision_id FROM rebalancing_proposedorder WHERE id = (row ->> 'order_id')::bigint)
        ELSE (row ->> 'revision_id')::bigint END;
    IF EXISTS (SELECT FROM rebalancing_revision WHERE id = parent AND review_id IS NOT NULL) THEN
        RAISE EXCEPTION 'A row of % is refused: revision % is under review.', TG_TABLE_NAME, parent
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_takes_no_more';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION rebalancing_revision_is_for_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.review_id IS NOT NULL OR NOT EXISTS (
            SELECT FROM rebalancing_proposal WHERE id = NEW.proposal_id AND state IN ('in_review', 'returned')
        ) THEN
            RAISE EXCEPTION 'A revision is refused: its proposal is not open to one.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_is_for_review';
        END IF;
    ELSIF NEW.review_id IS DISTINCT FROM OLD.review_id AND (OLD.review_id IS NOT NULL OR NOT EXISTS (
        SELECT FROM compliance_review AS review WHERE review.id = NEW.review_id
            AND review.fingerprint = NEW.fingerprint AND review.subject_revision = NEW.number
    )) THEN
        RAISE EXCEPTION 'Revision % is refused another review.', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revision_is_for_review';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION rebalancing_batch_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rebalancing_revision AS revision
        JOIN compliance_approval AS approval ON approval.review_id = revision.review_id
        JOIN compliance_review AS review ON review.id = revision.review_id
        WHERE revision.id = NEW.revision_id AND approval.id = NEW.approval_id AND review.used_at IS NULL
            AND review.state = 'approved'
            AND revision.fingerprint = NEW.fingerprint AND approval.fingerprint = NEW.fingerprint
    ) THEN
        RAISE EXCEPTION 'An order batch is refused: no unused approval of exactly its revision stands behind it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_is_approved';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION rebalancing_batch_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row jsonb := to_jsonb(NEW);
    parent bigint;
BEGIN
    parent := CASE WHEN TG_TABLE_NAME = 'rebalancing_orderlot'
        THEN (SELECT batch_id FROM rebalancing_order WHERE id = (row ->> 'order_id')::bigint)
        ELSE (row ->> 'batch_id')::bigint END;
    IF EXISTS (
        SELECT FROM rebalancing_orderbatch AS batch
        JOIN compliance_approval AS approval ON approval.id = batch.approval_id
        JOIN compliance_review AS review ON review.id = approval.review_id
        WHERE batch.id = parent AND review.used_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'A row of % is refused: batch % is released.', TG_TABLE_NAME, parent
            USING ERRCODE = 'check_violation', CONSTRAINT = 'batch_takes_no_more';
    END IF;
    IF TG_TABLE_NAME = 'rebalancing_order' AND NOT EXISTS (
        SELECT FROM rebalancing_proposedorder AS proposed
        JOIN rebalancing_orderbatch AS batch ON batch.revision_id = proposed.revision_id
        WHERE proposed.id = (row ->> 'proposed_id')::bigint AND batch.id = parent
            AND proposed.account_id = (row ->> 'account_id')::bigint
            AND proposed.security_id = (row ->> 'security_id')::bigint
            AND proposed.side = row ->> 'side' AND proposed.quantity = (row ->> 'quantity')::numeric
    ) THEN
        RAISE EXCEPTION 'An order is refused: it is not what was proposed and approved.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_what_was_proposed';
    END IF;
    RETURN NEW;
END $$;
"""


def always(table: str, name: str, body: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {body};"
        f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER {name};"
    )


def on_rows(table: str, name: str, when: str, function: str) -> str:
    return always(table, name, f"{when} ON rebalancing_{table} FOR EACH ROW EXECUTE FUNCTION {function}")


FORWARD = (
    FUNCTIONS
    + "".join(f"ALTER TABLE rebalancing_{table} ENABLE ALWAYS TRIGGER history_stays;" for table in HISTORY)
    + on_rows("proposal", "history_stays", "UPDATE OR DELETE", "rebalancing_history_stays('state', 'closed_at')")
    + "".join(
        always(
            table,
            "never_truncated",
            f"TRUNCATE ON rebalancing_{table} FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change()",
        )
        for table in (*HISTORY, "proposal")
    )
    + "".join(
        on_rows(table, "revision_takes_no_more", "INSERT", "rebalancing_revision_takes_no_more()")
        for table in OF_A_REVISION
    )
    + on_rows("revision", "revision_is_for_review", "INSERT OR UPDATE", "rebalancing_revision_is_for_review()")
    + on_rows("orderbatch", "batch_is_approved", "INSERT", "rebalancing_batch_is_approved()")
    + "".join(
        on_rows(table, "batch_takes_no_more", "INSERT", "rebalancing_batch_takes_no_more()") for table in OF_A_BATCH
    )
)
BACK = (
    "DROP FUNCTION rebalancing_revision_takes_no_more, rebalancing_revision_is_for_review,"
    " rebalancing_batch_is_approved, rebalancing_batch_takes_no_more CASCADE;"
    "DROP TRIGGER history_stays ON rebalancing_proposal;"
    + "".join(f"DROP TRIGGER never_truncated ON rebalancing_{table};" for table in (*HISTORY, "proposal"))
    + "".join(f"ALTER TABLE rebalancing_{table} ENABLE TRIGGER history_stays;" for table in HISTORY)
)


class Migration(migrations.Migration):
    dependencies = (
        ("rebalancing", "0002_immutable"),
        ("compliance", "0006_settled_stays"),
    )
    operations = (migrations.RunSQL(FORWARD, BACK),)
