"""What the migrations up to 0029 together make, for a database that is new: the tables, then what the database refuses.

A database that has run all of them takes this one as run; one that stands in between goes on one by one. That both
ways end at the same tables is held by tests/advisory/health/test_schema.py.
"""

import clients.encryption
import clients.models.columns
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from compliance.migrations._tables import CreateTables


FUNCTIONS = """
CREATE FUNCTION rebalancing_history_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is history and never changes', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $function$;

CREATE FUNCTION rebalancing_revision_takes_no_more()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE FUNCTION rebalancing_revision_is_for_review()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE FUNCTION rebalancing_batch_is_approved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
END $function$;

CREATE FUNCTION rebalancing_batch_takes_no_more()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
            AND proposed.side = row ->> 'side'
            -- A slice is part of what was approved; the last one makes it whole.
            AND CASE WHEN (row ->> 'slice')::int = (row ->> 'slices')::int
                THEN proposed.quantity = (row ->> 'quantity')::numeric + (
                    SELECT coalesce(sum(quantity), 0) FROM rebalancing_order WHERE proposed_id = proposed.id)
                ELSE proposed.quantity > (row ->> 'quantity')::numeric END
    ) THEN
        RAISE EXCEPTION 'An order is refused: it is not what was proposed and approved.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_what_was_proposed';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION rebalancing_block_stays()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    free text[] := ARRAY['state', 'send_at', 'held_reason', 'sent_at', 'cancel_asked_at', 'cancel_asked_by_id',
        'cancel_reason', 'filled_quantity', 'average_price', 'ended_at', 'end_reason', 'asked_at', 'agreed_at',
        'agreed_by_id', 'agreed_reason'];
    open text[] := ARRAY['quantity', 'order_type', 'limit_price', 'time_in_force', 'trade_on', 'settles_on', 'route',
        'allocation_statement', 'allocation_sha256', 'allocation_written_at'];
    statement text[] := ARRAY['quantity', 'allocation_statement', 'allocation_sha256', 'allocation_written_at'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state IN ('gathering', 'held') THEN
            free := free || open;
        ELSIF OLD.state = 'ready' AND OLD.sent_at IS NULL AND NEW.quantity < OLD.quantity THEN
            -- An order is taken out before anything has left: the statement is made anew.
            free := free || statement;
        ELSIF NEW.quantity <= OLD.quantity AND EXISTS (
            SELECT FROM rebalancing_blockreplacement AS other
            WHERE other.block_id = NEW.id AND other.state = 'accepted'
                -- Where the broker states its terms they count; it is never more than what was ordered before.
                AND least(coalesce(other.accepted_quantity, other.quantity), other.quantity_before) <= NEW.quantity
                AND CASE WHEN other.limit_price IS NULL THEN NULL
                    ELSE coalesce(other.accepted_limit, other.limit_price) END IS NOT DISTINCT FROM NEW.limit_price
                AND NEW.allocation_sha256 IN (other.allocation_sha256, OLD.allocation_sha256)
        ) THEN
            -- Other terms that the broker has accepted, with the statement that was stored before they were asked.
            free := free || ARRAY['quantity', 'limit_price', 'allocation_statement', 'allocation_sha256'];
        END IF;
        IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
            RAISE EXCEPTION 'Block % is sealed: what is sent never changes', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
        END IF;
        IF OLD.state IN ('gathering', 'held', 'ready') AND (NEW.state NOT IN ('gathering', 'held', 'canceled')
                AND OLD.state <> 'ready' OR OLD.state = 'ready' AND NEW.quantity <> OLD.quantity)
            AND NEW.quantity IS DISTINCT FROM
                (SELECT sum(quantity) FROM rebalancing_order WHERE block_id = NEW.id AND state <> 'canceled')
        THEN
            RAISE EXCEPTION 'Block % is refused: it is not the sum of its orders', OLD.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'block_is_its_orders';
        END IF;
        IF NEW.state = 'gathering' AND OLD.state <> 'gathering' OR OLD.sent_at IS NOT NULL AND NEW.sent_at IS NULL THEN
            RAISE EXCEPTION 'Block % is sent already', OLD.id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Block % is history and is never deleted', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'block_stays';
END $function$;

CREATE FUNCTION rebalancing_order_is_of_its_block()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM rebalancing_block AS block
        JOIN clients_account AS account ON account.id = NEW.account_id
        WHERE block.id = NEW.block_id AND block.state = 'gathering' AND block.security_id = NEW.security_id
            AND block.side = NEW.side AND block.custodian = account.custodian
    ) THEN
        RAISE EXCEPTION 'An order is refused: it needs a block of its security, side and custodian that takes orders.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_is_of_its_block';
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION rebalancing_proposal_ends_as_its_orders()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
    became text;
BEGIN
    IF NEW.state IN ('filled', 'part_filled', 'not_traded') THEN
        became := (
    SELECT CASE
        WHEN count(*) = 0 OR bool_or(o.state NOT IN ('filled', 'part_filled', 'rejected', 'canceled', 'expired'))
            THEN 'released'
        WHEN bool_and(o.state = 'filled') THEN 'filled'
        WHEN bool_or(o.filled_quantity > 0) THEN 'part_filled'
        ELSE 'not_traded' END
    FROM rebalancing_order AS o
    JOIN rebalancing_orderbatch AS batch ON batch.id = o.batch_id
    JOIN rebalancing_revision AS revision ON revision.id = batch.revision_id
 WHERE revision.proposal_id = NEW.id);
        IF became <> NEW.state THEN
            RAISE EXCEPTION 'Proposal % is refused the state %: its orders are %.', NEW.id, NEW.state, became
                USING ERRCODE = 'check_violation', CONSTRAINT = 'proposal_ends_as_its_orders';
        END IF;
    END IF;
    RETURN NEW;
END $function$;

CREATE FUNCTION rebalancing_order_shrinks()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF OLD.state = 'held' AND OLD.side = 'buy' AND NEW.quantity < OLD.quantity AND NEW.quantity > 0
        AND NEW.reduced_reason <> ''
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Order % is history: only a purchase that is held becomes smaller, with its reason', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'order_shrinks';
END $function$;

CREATE FUNCTION rebalancing_comparison_takes_no_more()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    IF EXISTS (SELECT FROM rebalancing_comparison WHERE revision_id = NEW.revision_id) THEN
        RAISE EXCEPTION 'A row of % is refused: revision % was compared.', TG_TABLE_NAME, NEW.revision_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'comparison_takes_no_more';
    END IF;
    RETURN NEW;
END $function$;
"""

TRIGGERS = """
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_acknowledgement FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('withdrawn_at', 'withdrawn_by_id', 'withdraw_reason');
ALTER TABLE rebalancing_acknowledgement ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER withdrawn_at_stays BEFORE UPDATE ON rebalancing_acknowledgement FOR EACH ROW WHEN (((old.withdrawn_at
    IS NOT NULL) AND (((old.withdrawn_at IS DISTINCT FROM new.withdrawn_at) OR (old.withdrawn_by_id IS DISTINCT FROM
    new.withdrawn_by_id)) OR ((old.withdraw_reason)::text IS DISTINCT FROM (new.withdraw_reason)::text)))) EXECUTE
    FUNCTION compliance_refuse_change();
ALTER TABLE rebalancing_acknowledgement ENABLE ALWAYS TRIGGER withdrawn_at_stays;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_allocation FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_allocation ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_allocation FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_allocation ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_allocationpart FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_allocationpart ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_allocationpart FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_allocationpart ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_approvalbatch FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_approvalbatch ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_approvalbatch FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_approvalbatch ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_approvalbatchrow FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('outcome', 'code', 'sentence', 'approval_id', 'settled_at');
ALTER TABLE rebalancing_approvalbatchrow ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_approvalbatchrow FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_approvalbatchrow ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER batch_takes_no_more BEFORE INSERT ON rebalancing_batchfile FOR EACH ROW EXECUTE FUNCTION
    rebalancing_batch_takes_no_more();
ALTER TABLE rebalancing_batchfile ENABLE ALWAYS TRIGGER batch_takes_no_more;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_batchfile FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('content');
ALTER TABLE rebalancing_batchfile ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_batchfile FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_batchfile ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_block FOR EACH ROW EXECUTE FUNCTION
    rebalancing_block_stays();
ALTER TABLE rebalancing_block ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_block FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_block ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_blockreplacement FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('state', 'answered_at', 'answer', 'accepted_quantity', 'accepted_limit');
ALTER TABLE rebalancing_blockreplacement ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_blockreplacement FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_blockreplacement ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON rebalancing_break FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) AND
    (((((old.ending)::text IS DISTINCT FROM (new.ending)::text) OR (old.ended_at IS DISTINCT FROM new.ended_at)) OR
    (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR ((old.end_reason)::text IS DISTINCT FROM
    (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE rebalancing_break ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_break FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('sentence', 'ours', 'theirs', 'last_on', 'owner_id', 'ending', 'ended_at',
    'ended_by_id', 'end_reason');
ALTER TABLE rebalancing_break ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_break FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_break ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_clientsummary FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_clientsummary ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_clientsummary FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_clientsummary ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_comparison FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_comparison ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_comparison FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_comparison ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_erroraccountentry FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_erroraccountentry ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_erroraccountentry FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_erroraccountentry ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_executedlot FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_executedlot ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_executedlot FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_executedlot ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_fill FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('block_id', 'order_id', 'matched_at', 'matched_by_id');
ALTER TABLE rebalancing_fill ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_fill FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_fill ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_fixinbox FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('done_at', 'attempts', 'trouble', 'raw', 'settled_at', 'settled_by_id',
    'settle_reason');
ALTER TABLE rebalancing_fixinbox ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_fixoutbox FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('sent_at', 'epoch', 'number', 'raw', 'message', 'withheld_at', 'withheld_reason',
    'outcome_taken_at', 'answered_at', 'answer', 'held_back_at', 'held_back_reason');
ALTER TABLE rebalancing_fixoutbox ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER comparison_takes_no_more BEFORE INSERT ON rebalancing_frontierpoint FOR EACH ROW EXECUTE FUNCTION
    rebalancing_comparison_takes_no_more();
ALTER TABLE rebalancing_frontierpoint ENABLE ALWAYS TRIGGER comparison_takes_no_more;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_frontierpoint FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_frontierpoint ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_frontierpoint FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_frontierpoint ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER ended_at_stays BEFORE UPDATE ON rebalancing_holdoverride FOR EACH ROW WHEN (((old.ended_at IS NOT NULL)
    AND (((old.ended_at IS DISTINCT FROM new.ended_at) OR (old.ended_by_id IS DISTINCT FROM new.ended_by_id)) OR
    ((old.end_reason)::text IS DISTINCT FROM (new.end_reason)::text)))) EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE rebalancing_holdoverride ENABLE ALWAYS TRIGGER ended_at_stays;
CREATE TRIGGER entered_stays BEFORE DELETE OR UPDATE ON rebalancing_holdoverride FOR EACH ROW EXECUTE FUNCTION
    clients_entered_stays('ended_at', 'ended_by_id', 'end_reason');
ALTER TABLE rebalancing_holdoverride ENABLE ALWAYS TRIGGER entered_stays;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_letter FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_letter ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_letter FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_letter ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER batch_takes_no_more BEFORE INSERT ON rebalancing_order FOR EACH ROW EXECUTE FUNCTION
    rebalancing_batch_takes_no_more();
ALTER TABLE rebalancing_order ENABLE ALWAYS TRIGGER batch_takes_no_more;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_order FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('state', 'filled_quantity', 'average_price', 'fees', 'ended_at', 'end_reason',
    'cleared_at', 'clean_from', 'quantity', 'reduced_reason');
ALTER TABLE rebalancing_order ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_order FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_order ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER order_is_of_its_block BEFORE INSERT ON rebalancing_order FOR EACH ROW EXECUTE FUNCTION
    rebalancing_order_is_of_its_block();
ALTER TABLE rebalancing_order ENABLE ALWAYS TRIGGER order_is_of_its_block;
CREATE TRIGGER order_shrinks BEFORE UPDATE ON rebalancing_order FOR EACH ROW WHEN (((new.quantity IS DISTINCT FROM
    old.quantity) OR ((new.reduced_reason)::text IS DISTINCT FROM (old.reduced_reason)::text))) EXECUTE FUNCTION
    rebalancing_order_shrinks();
ALTER TABLE rebalancing_order ENABLE ALWAYS TRIGGER order_shrinks;
CREATE TRIGGER batch_is_approved BEFORE INSERT ON rebalancing_orderbatch FOR EACH ROW EXECUTE FUNCTION
    rebalancing_batch_is_approved();
ALTER TABLE rebalancing_orderbatch ENABLE ALWAYS TRIGGER batch_is_approved;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_orderbatch FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('state');
ALTER TABLE rebalancing_orderbatch ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_orderbatch FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_orderbatch ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_orderlayout FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('retired_at', 'retired_by_id', 'retire_reason');
ALTER TABLE rebalancing_orderlayout ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_orderlayout FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_orderlayout ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER batch_takes_no_more BEFORE INSERT ON rebalancing_orderlot FOR EACH ROW EXECUTE FUNCTION
    rebalancing_batch_takes_no_more();
ALTER TABLE rebalancing_orderlot ENABLE ALWAYS TRIGGER batch_takes_no_more;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_orderlot FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_orderlot ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_orderlot FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_orderlot ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_proposal FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('state', 'closed_at');
ALTER TABLE rebalancing_proposal ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_proposal FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_proposal ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER proposal_ends_as_its_orders BEFORE INSERT OR UPDATE OF state ON rebalancing_proposal FOR EACH ROW
    EXECUTE FUNCTION rebalancing_proposal_ends_as_its_orders();
ALTER TABLE rebalancing_proposal ENABLE ALWAYS TRIGGER proposal_ends_as_its_orders;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_proposedlot FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_proposedlot ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_proposedlot FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_proposedlot ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER revision_takes_no_more BEFORE INSERT ON rebalancing_proposedlot FOR EACH ROW EXECUTE FUNCTION
    rebalancing_revision_takes_no_more();
ALTER TABLE rebalancing_proposedlot ENABLE ALWAYS TRIGGER revision_takes_no_more;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_proposedorder FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_proposedorder ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_proposedorder FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_proposedorder ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER revision_takes_no_more BEFORE INSERT ON rebalancing_proposedorder FOR EACH ROW EXECUTE FUNCTION
    rebalancing_revision_takes_no_more();
ALTER TABLE rebalancing_proposedorder ENABLE ALWAYS TRIGGER revision_takes_no_more;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_reading FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_reading ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_reading FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_reading ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_release FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('state', 'closed_at');
ALTER TABLE rebalancing_release ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_release FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_release ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_releaserow FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('outcome', 'code', 'sentence', 'settled_at');
ALTER TABLE rebalancing_releaserow ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_releaserow FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_releaserow ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_revision FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('review_id');
ALTER TABLE rebalancing_revision ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_revision FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_revision ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER revision_is_for_review BEFORE INSERT OR UPDATE ON rebalancing_revision FOR EACH ROW EXECUTE FUNCTION
    rebalancing_revision_is_for_review();
ALTER TABLE rebalancing_revision ENABLE ALWAYS TRIGGER revision_is_for_review;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_skippedtrade FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays();
ALTER TABLE rebalancing_skippedtrade ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_skippedtrade FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_skippedtrade ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER revision_takes_no_more BEFORE INSERT ON rebalancing_skippedtrade FOR EACH ROW EXECUTE FUNCTION
    rebalancing_revision_takes_no_more();
ALTER TABLE rebalancing_skippedtrade ENABLE ALWAYS TRIGGER revision_takes_no_more;
CREATE TRIGGER approved_at_stays BEFORE UPDATE ON rebalancing_tradeerror FOR EACH ROW WHEN (((old.approved_at IS NOT
    NULL) AND (((((old.approved_at IS DISTINCT FROM new.approved_at) OR (old.approved_by_id IS DISTINCT FROM
    new.approved_by_id)) OR ((old.correction)::text IS DISTINCT FROM (new.correction)::text)) OR (old.effect IS
    DISTINCT FROM new.effect)) OR (old.corrected_by_id IS DISTINCT FROM new.corrected_by_id)))) EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_tradeerror ENABLE ALWAYS TRIGGER approved_at_stays;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_tradeerror FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('correction', 'corrected_on', 'effect', 'paid', 'paid_on', 'corrected_by_id',
    'corrected_at', 'approved_by_id', 'approved_at', 'withdrawn_at', 'withdrawn_by_id', 'withdraw_reason');
ALTER TABLE rebalancing_tradeerror ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_tradeerror FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_tradeerror ENABLE ALWAYS TRIGGER never_truncated;
CREATE TRIGGER history_stays BEFORE DELETE OR UPDATE ON rebalancing_tradingstop FOR EACH ROW EXECUTE FUNCTION
    rebalancing_history_stays('lifted_at', 'lifted_by_id', 'lift_reason');
ALTER TABLE rebalancing_tradingstop ENABLE ALWAYS TRIGGER history_stays;
CREATE TRIGGER lifted_at_stays BEFORE UPDATE ON rebalancing_tradingstop FOR EACH ROW WHEN (((old.lifted_at IS NOT
    NULL) AND (((old.lifted_at IS DISTINCT FROM new.lifted_at) OR (old.lifted_by_id IS DISTINCT FROM
    new.lifted_by_id)) OR ((old.lift_reason)::text IS DISTINCT FROM (new.lift_reason)::text)))) EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_tradingstop ENABLE ALWAYS TRIGGER lifted_at_stays;
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON rebalancing_tradingstop FOR EACH STATEMENT EXECUTE FUNCTION
    compliance_refuse_change();
ALTER TABLE rebalancing_tradingstop ENABLE ALWAYS TRIGGER never_truncated;
"""


class Migration(migrations.Migration):

    replaces = [('rebalancing', '0001_initial'), ('rebalancing', '0002_immutable'), ('rebalancing', '0003_rows_are_bound'), ('rebalancing', '0004_account_weights'), ('rebalancing', '0005_plain_labels'), ('rebalancing', '0006_model_versions'), ('rebalancing', '0007_model_impacts'), ('rebalancing', '0008_looked_at'), ('rebalancing', '0009_hold_overrides'), ('rebalancing', '0010_alarms'), ('rebalancing', '0011_blocks'), ('rebalancing', '0012_fills'), ('rebalancing', '0013_fix_sessions'), ('rebalancing', '0014_proposals_end'), ('rebalancing', '0015_summary_versions'), ('rebalancing', '0016_approval_batches'), ('rebalancing', '0017_fix_held_back'), ('rebalancing', '0018_slices_and_waves'), ('rebalancing', '0020_other_terms'), ('rebalancing', '0021_error_account_entries'), ('rebalancing', '0022_scans_at_firm_scale'), ('rebalancing', '0023_compared_when_opened'), ('rebalancing', '0024_settled_at_once'), ('rebalancing', '0028_latest_readings'), ('rebalancing', '0029_ended_stays_ended')]

    initial = True

    dependencies = [
        ('advisory', '__first__'),
        ('clients', '0001_squashed_0040_ended_stays_ended'),
        ('compliance', '0001_squashed_0009_saved_views'),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='al', unique=True)),
                ('monitor', clients.models.columns.ChoiceField(choices=[('never_rebalanced', 'Never rebalanced'), ('rebalanced_too_often', 'Rebalanced too often'), ('idle_cash', 'Idle cash'), ('cash_flow_ignored', 'Cash flow ignored'), ('accounts_alike', 'Accounts treated alike'), ('client_not_told', 'Client not told'), ('hold_outlived', 'Hold outlived its cause'), ('not_read', 'Read by no scan')], max_length=20)),
                ('about', models.CharField(blank=True, help_text='The id of what it is about; empty: the household.', max_length=40)),
                ('sentence', models.TextField(help_text='What was found, with its figures, as of the last day it was looked at.')),
                ('figures', models.JSONField(default=dict, help_text='The facts that the monitor compared, as text.')),
                ('first_on', models.DateField(help_text='The first day on which it was found.')),
                ('last_on', models.DateField(help_text='The last day on which it was found.')),
                ('ended_on', models.DateField(blank=True, help_text='Empty: its cause is still there.', null=True)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='alarms', to='clients.household')),
            ],
            options={
                'ordering': ('-first_on', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('monitor', 'household', 'about'), name='one_open_alarm_a_cause'), models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('first_on'))), name='alarm_is_found_in_order'), models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('first_on')), _connector='OR'), name='alarm_ends_after_it_was_found')],
            },
        ),
        migrations.CreateModel(
            name='Acknowledgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ak', unique=True)),
                ('reason', models.CharField(max_length=300)),
                ('until_on', models.DateField(help_text='The last day on which it counts.')),
                ('given_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdraw_reason', models.CharField(blank=True, max_length=200)),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('alarm', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acknowledgements', to='rebalancing.alarm')),
            ],
            options={
                'ordering': ('-given_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('alarm',), name='one_standing_acknowledgement'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='acknowledgement_gives_its_reason')],
            },
        ),
        migrations.CreateModel(
            name='ApprovalBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ab', unique=True)),
                ('started_at', models.DateTimeField()),
                ('text', models.TextField(blank=True)),
                ('acknowledges_notes', models.BooleanField()),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'approval batches',
                'ordering': ('-started_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='bl', unique=True)),
                ('reference', models.CharField(help_text="Our id of what is sent: FIX's ClOrdID.", max_length=40, unique=True)),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], max_length=10)),
                ('side', clients.models.columns.ChoiceField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('wave', models.PositiveSmallIntegerField(default=1, help_text="1 goes first; 2 are buys that wait for the proceeds of their accounts' sales.")),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('order_type', models.CharField(default='market', max_length=6)),
                ('limit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('time_in_force', models.CharField(default='day', max_length=3)),
                ('trade_on', models.DateField(help_text='The session it is for.')),
                ('settles_on', models.DateField(help_text='When its trades settle.')),
                ('route', models.CharField(default='file', help_text='`file`, or the name of a FIX session.', max_length=40)),
                ('state', clients.models.columns.ChoiceField(choices=[('gathering', 'Being put together'), ('held', 'Held'), ('ready', 'Ready to send'), ('exported', 'Exported'), ('sent', 'Sent'), ('working', 'Working'), ('partly_filled', 'Partly filled'), ('filled', 'Filled'), ('part_filled', 'Part filled, the rest is over'), ('rejected', 'Rejected'), ('canceled', 'Canceled'), ('expired', 'Expired')], default='gathering', max_length=13)),
                ('allocation_statement', models.TextField(blank=True, help_text='Accounts and quantities, before it is sent.')),
                ('allocation_sha256', models.CharField(blank=True, max_length=64)),
                ('allocation_written_at', models.DateTimeField(blank=True, null=True)),
                ('send_at', models.DateTimeField(help_text='Not before this moment.')),
                ('held_reason', models.CharField(blank=True, help_text='Why it has not left yet.', max_length=300)),
                ('asked_at', models.DateTimeField(blank=True, help_text='When a check of a later day failed, so that a trader is asked whether it still goes.', null=True)),
                ('agreed_at', models.DateTimeField(blank=True, help_text='When a trader said that it goes.', null=True)),
                ('agreed_reason', models.CharField(blank=True, max_length=300)),
                ('sent_at', models.DateTimeField(blank=True, help_text='Handed out, or given to the FIX session.', null=True)),
                ('cancel_asked_at', models.DateTimeField(blank=True, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=300)),
                ('filled_quantity', models.DecimalField(decimal_places=6, default=0, max_digits=20)),
                ('average_price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=300)),
                ('agreed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cancel_asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='clients.security')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='rebalancing.release')),
            ],
            options={
                'ordering': ('-trade_on', 'custodian', '-side', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'gathering')), fields=('release', 'custodian', 'security', 'side', 'wave', 'trade_on'), name='one_block_of_a_release'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='block_quantity_bounded'), models.CheckConstraint(condition=models.Q(('limit_price__isnull', True), models.Q(('limit_price__gte', 0), ('limit_price__lte', Decimal('100000000'))), _connector='OR'), name='block_limit_bounded'), models.CheckConstraint(condition=models.Q(('average_price__isnull', True), models.Q(('average_price__gte', 0), ('average_price__lte', Decimal('100000000'))), _connector='OR'), name='block_average_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('average_price', None), ('filled_quantity', 0)), models.Q(('average_price__isnull', False), ('filled_quantity__gt', 0), ('filled_quantity__lte', models.F('quantity'))), _connector='OR'), name='block_fills_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('filled_quantity', models.F('quantity')), ('state', 'filled')), models.Q(('filled_quantity__gt', 0), ('filled_quantity__lt', models.F('quantity')), ('state__in', ('partly_filled', 'part_filled'))), models.Q(('filled_quantity', 0), ('state__in', ('gathering', 'held', 'ready', 'exported', 'sent', 'working', 'rejected', 'canceled', 'expired'))), _connector='OR'), name='block_state_fits_its_fills'), models.CheckConstraint(condition=models.Q(('state__in', ('gathering', 'held', 'canceled')), models.Q(('allocation_sha256__length', 64), ('allocation_written_at__isnull', False)), _connector='OR'), name='block_has_its_statement'), models.CheckConstraint(condition=models.Q(('sent_at', None), ('allocation_written_at__lte', models.F('sent_at')), _connector='OR'), name='block_statement_is_written_first'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at', None), ('state__in', ('gathering', 'held', 'ready'))), ('state', 'canceled'), models.Q(models.Q(('state__in', ('gathering', 'held', 'ready', 'canceled')), _negated=True), ('sent_at__isnull', False)), _connector='OR'), name='block_is_sent_at'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ('filled', 'part_filled', 'rejected', 'canceled', 'expired'))), models.Q(models.Q(('state__in', ('filled', 'part_filled', 'rejected', 'canceled', 'expired')), _negated=True), ('ended_at', None)), _connector='OR'), name='block_is_ended_at'), models.CheckConstraint(condition=models.Q(('wave__in', (1, 2))), name='block_wave_known')],
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ln', unique=True)),
                ('number', models.PositiveIntegerField()),
                ('quantity', models.DecimalField(decimal_places=6, help_text='All that was filled, what is beyond the order too.', max_digits=20)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Paid or received for it, to the cent.', max_digits=18)),
                ('cost', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('average_price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('excess_quantity', models.DecimalField(decimal_places=6, default=0, help_text="Filled beyond the order: the firm's, not a client's.", max_digits=20)),
                ('excess_amount', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('minimum', models.DecimalField(decimal_places=6, default=0, help_text='Who would have got less got nothing.', max_digits=20)),
                ('reason', models.CharField(blank=True, help_text='Why it is not pro rata.', max_length=500)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('block', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='rebalancing.block')),
            ],
            options={
                'ordering': ('block', 'number'),
                'constraints': [models.UniqueConstraint(fields=('block', 'number'), name='one_allocation_a_number'), models.CheckConstraint(condition=models.Q(('minimum', 0), models.Q(('reason', ''), _negated=True), _connector='OR'), name='allocation_with_a_minimum_says_why'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('cost__gte', 0), ('excess_quantity__gte', 0), ('quantity__gte', 0)), name='allocation_is_of_something')],
            },
        ),
        migrations.CreateModel(
            name='ClientSummary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='su', unique=True)),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('stage', clients.models.columns.ChoiceField(choices=[('estimate', 'Estimate'), ('final', 'Final'), ('corrected', 'Corrected')], default='estimate', help_text='An estimate when it is approved, final once its orders have ended, corrected when that changed.', max_length=9)),
                ('difference', models.TextField(blank=True, help_text='What changed since the version before, as the client reads it.')),
                ('content', models.TextField(help_text='Canonical JSON of the frozen summary.')),
                ('digest', models.CharField(max_length=64)),
                ('published_at', models.DateTimeField()),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='summaries', to='clients.household')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='summaries', to='rebalancing.revision')),
            ],
            options={
                'verbose_name_plural': 'client summaries',
                'ordering': ('-published_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('digest__length', 64)), name='summary_digest_is_whole'), models.UniqueConstraint(fields=('revision', 'number'), name='one_summary_a_number'), models.CheckConstraint(condition=models.Q(models.Q(('difference', ''), ('number', 1), ('stage', 'estimate')), models.Q(('number__gt', 1), ('stage__in', ('final', 'corrected')), models.Q(('difference', ''), _negated=True)), _connector='OR'), name='later_summary_says_what_changed')],
            },
        ),
        migrations.CreateModel(
            name='FixHeartbeat',
            fields=[
                ('id', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('beat_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'FIX heartbeat',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_fix_heartbeat')],
            },
        ),
        migrations.CreateModel(
            name='FixSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fx', unique=True)),
                ('name', models.CharField(help_text='What the desk calls the broker.', max_length=40)),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], help_text='Whose accounts its orders are for.', max_length=10)),
                ('our_comp_id', models.CharField(max_length=40, verbose_name='our CompID')),
                ('their_comp_id', models.CharField(max_length=40, verbose_name='their CompID')),
                ('host', models.CharField(max_length=200)),
                ('port', models.PositiveIntegerField()),
                ('uses_tls', models.BooleanField(default=True, verbose_name='TLS')),
                ('block_account', clients.encryption.EncryptedTextField(blank=True, default='', help_text="The broker's account for blocks, before they are allocated.")),
                ('heartbeat_seconds', models.PositiveSmallIntegerField(default=30)),
                ('is_enabled', models.BooleanField(default=False, help_text='Blocks are sent here, and it may log on.')),
                ('is_wanted', models.BooleanField(default=True, help_text='Whether the desk wants it logged on.')),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('retire_reason', models.CharField(blank=True, max_length=200)),
                ('state', clients.models.columns.ChoiceField(choices=[('off', 'Off'), ('connecting', 'Connecting'), ('logged_on', 'Logged on'), ('refused', 'Cannot log on')], default='off', max_length=10)),
                ('state_at', models.DateTimeField(blank=True, null=True)),
                ('epoch', models.PositiveIntegerField(default=1)),
                ('epoch_began_at', models.DateTimeField()),
                ('next_out', models.PositiveIntegerField(default=1, verbose_name='next number out')),
                ('next_in', models.PositiveIntegerField(default=1, verbose_name='next number in')),
                ('is_reset_wanted', models.BooleanField(default=False, help_text='The next logon begins at number 1 again.')),
                ('heard_at', models.DateTimeField(blank=True, help_text='The last message of theirs, also heartbeats.', null=True)),
                ('last_error', models.CharField(blank=True, max_length=300)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'FIX session',
                'ordering': ('retired_at', 'name', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('name',), name='one_fix_session_a_name'), models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('our_comp_id', 'their_comp_id'), name='one_fix_session_a_pair'), models.UniqueConstraint(condition=models.Q(('is_enabled', True)), fields=('custodian',), name='one_enabled_fix_session_a_custodian'), models.CheckConstraint(condition=models.Q(('port__gte', 1), ('port__lte', 65535)), name='fix_port_is_a_port'), models.CheckConstraint(condition=models.Q(('heartbeat_seconds__gte', 5), ('heartbeat_seconds__lte', 300)), name='fix_heartbeat_is_sensible'), models.CheckConstraint(condition=models.Q(('epoch__gte', 1), ('next_in__gte', 1), ('next_out__gte', 1)), name='fix_numbers_begin_at_one'), models.CheckConstraint(condition=models.Q(('retired_at', None), ('is_enabled', False), _connector='OR'), name='retired_fix_session_is_off'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('our_comp_id', ''), _negated=True), models.Q(('their_comp_id', ''), _negated=True), models.Q(('host', ''), _negated=True)), name='fix_session_is_named')],
            },
        ),
        migrations.CreateModel(
            name='FixOutbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fo', unique=True)),
                ('kind', clients.models.columns.ChoiceField(choices=[('new', 'New order'), ('cancel', 'Cancel'), ('replace', 'Replace'), ('allocation', 'Allocation')], max_length=10)),
                ('block_reference', models.CharField(help_text='Of the block it is about.', max_length=40)),
                ('reference', models.CharField(help_text='ClOrdID or AllocID.', max_length=60)),
                ('message', clients.encryption.EncryptedTextField(help_text='The fields as they were decided; encrypted.')),
                ('trade_on', models.DateField(help_text='The market day it is for; an order is not sent after it.')),
                ('made_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('epoch', models.PositiveIntegerField(blank=True, null=True)),
                ('number', models.PositiveIntegerField(blank=True, help_text='MsgSeqNum.', null=True)),
                ('raw', clients.encryption.EncryptedTextField(blank=True, default='', help_text='As it was sent; encrypted.')),
                ('held_back_at', models.DateTimeField(blank=True, help_text='When the broker asked for it again and did not get it: whether it has the order is not known.', null=True)),
                ('held_back_reason', models.CharField(blank=True, max_length=200)),
                ('withheld_at', models.DateTimeField(blank=True, null=True)),
                ('withheld_reason', models.CharField(blank=True, max_length=200)),
                ('outcome_taken_at', models.DateTimeField(blank=True, help_text='When the order it holds was told that it never left, or was refused.', null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, help_text='To an allocation, or of a refusal.', max_length=300)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outbox', to='rebalancing.fixsession')),
            ],
            options={
                'verbose_name': 'FIX message to send',
                'verbose_name_plural': 'FIX messages to send',
                'ordering': ('session', 'id'),
                'indexes': [models.Index(condition=models.Q(('sent_at', None), ('withheld_at', None)), fields=['session', 'id'], name='fix_outbox_waiting')],
                'constraints': [models.UniqueConstraint(fields=('session', 'reference'), name='one_fix_outbox_a_reference'), models.UniqueConstraint(condition=models.Q(('number__isnull', False)), fields=('session', 'epoch', 'number'), name='one_fix_outbox_a_number'), models.CheckConstraint(condition=models.Q(models.Q(('epoch', None), ('number', None), ('sent_at', None)), models.Q(('epoch__isnull', False), ('number__isnull', False), ('sent_at__isnull', False)), _connector='OR'), name='fix_outbox_sent_with_its_number'), models.CheckConstraint(condition=models.Q(('sent_at', None), ('withheld_at', None), _connector='OR'), name='fix_outbox_is_sent_or_withheld'), models.CheckConstraint(condition=models.Q(('withheld_at', None), models.Q(('withheld_reason', ''), _negated=True), _connector='OR'), name='fix_outbox_withheld_for_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('held_back_at', None), ('held_back_reason', '')), models.Q(('held_back_at__isnull', False), ('sent_at__isnull', False), models.Q(('held_back_reason', ''), _negated=True)), _connector='OR'), name='fix_outbox_held_back_for_a_reason'), models.CheckConstraint(condition=models.Q(('sent_at', None), ('sent_at__gte', models.F('made_at')), _connector='OR'), name='fix_outbox_sent_after_made')],
            },
        ),
        migrations.CreateModel(
            name='FixInbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fi', unique=True)),
                ('epoch', models.PositiveIntegerField()),
                ('number', models.PositiveIntegerField(help_text='MsgSeqNum.')),
                ('kind', models.CharField(help_text='MsgType.', max_length=3)),
                ('raw', clients.encryption.EncryptedTextField(help_text='Encrypted: reports name account numbers.')),
                ('received_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('trouble', models.CharField(blank=True, help_text='Why it could not be taken; with done_at: set aside for a person.', max_length=300)),
                ('settled_at', models.DateTimeField(blank=True, help_text='When a person had dealt with it.', null=True)),
                ('settle_reason', models.CharField(blank=True, max_length=200)),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inbox', to='rebalancing.fixsession')),
            ],
            options={
                'verbose_name': 'FIX message received',
                'verbose_name_plural': 'FIX messages received',
                'ordering': ('session', 'epoch', 'number'),
                'indexes': [models.Index(condition=models.Q(('done_at', None)), fields=['session', 'epoch', 'number'], name='fix_inbox_waiting')],
                'constraints': [models.UniqueConstraint(fields=('session', 'epoch', 'number'), name='one_fix_inbox_a_number'), models.CheckConstraint(condition=models.Q(('epoch__gte', 1), ('number__gte', 1)), name='fix_inbox_numbered'), models.CheckConstraint(condition=models.Q(models.Q(('settle_reason', ''), ('settled_at', None), ('settled_by', None)), models.Q(('done_at__isnull', False), ('settled_at__isnull', False), ('settled_by__isnull', False), models.Q(('settle_reason', ''), _negated=True)), _connector='OR'), name='fix_inbox_settled_by_someone'), models.CheckConstraint(condition=models.Q(('done_at__isnull', True), ('received_at__isnull', True), ('done_at__gte', models.F('received_at')), _connector='OR'), name='fix_inbox_done_after_received')],
            },
        ),
        migrations.CreateModel(
            name='HoldOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ho', unique=True)),
                ('code', models.CharField(help_text='The reason that is set aside, by its code.', max_length=40)),
                ('reason', models.CharField(max_length=300)),
                ('sentence', models.TextField(help_text='What held the household back when this was decided.')),
                ('starts_on', models.DateField()),
                ('expires_on', models.DateField(help_text='The last day on which it counts.')),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hold_overrides', to='clients.household')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='rebalancing.holdoverride')),
            ],
            options={
                'ordering': ('-made_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_on__isnull', True), ('starts_on__isnull', True), ('expires_on__gte', models.F('starts_on')), _connector='OR'), name='hold_override_ends_after_it_starts'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='hold_override_gives_its_reason'), models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at', None), ('ended_by', None)), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='hold_override_says_why_it_ended')],
            },
        ),
        migrations.CreateModel(
            name='ImpactRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='im', unique=True)),
                ('fingerprint', models.CharField(help_text='Digest of the version as it was previewed.', max_length=64)),
                ('market_on', models.DateField(help_text='The market day whose closing prices are used.')),
                ('trade_on', models.DateField()),
                ('state', clients.models.columns.ChoiceField(choices=[('running', 'Running'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], default='running', max_length=9)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('heartbeat_at', models.DateTimeField()),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='impacts', to='clients.modelversion')),
            ],
            options={
                'ordering': ('-started_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('version',), name='one_running_impact_a_version'), models.CheckConstraint(condition=models.Q(('state', 'running'), ('finished_at__isnull', False), _connector='OR'), name='finished_impact_says_when')],
            },
        ),
        migrations.CreateModel(
            name='ImpactItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', clients.models.columns.ChoiceField(choices=[('waiting', 'Waiting'), ('leased', 'In progress'), ('done', 'Done'), ('failed', 'Failed'), ('skipped', 'Skipped')], default='waiting', max_length=7)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('leased_to', models.CharField(blank=True, max_length=80)),
                ('error', models.TextField(blank=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('outcome_before', clients.models.columns.ChoiceField(blank=True, choices=[('in_band', 'Inside its bands'), ('proposed', 'Proposal drafted'), ('pending', 'Proposal already open'), ('held', 'Held back'), ('data', 'Data needs attention'), ('no_policy', 'No policy in force'), ('not_due', 'Not due for review'), ('no_benefit', 'Trading would not help'), ('impossible', 'No plan within the rules'), ('failed', 'Could not be read')], max_length=10)),
                ('outcome_after', clients.models.columns.ChoiceField(blank=True, choices=[('in_band', 'Inside its bands'), ('proposed', 'Proposal drafted'), ('pending', 'Proposal already open'), ('held', 'Held back'), ('data', 'Data needs attention'), ('no_policy', 'No policy in force'), ('not_due', 'Not due for review'), ('no_benefit', 'Trading would not help'), ('impossible', 'No plan within the rules'), ('failed', 'Could not be read')], max_length=10)),
                ('reason', models.TextField(blank=True, help_text='What the version would call for, and why.')),
                ('value', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('outside_before', models.DecimalField(blank=True, decimal_places=2, help_text='Dollars outside the bands today.', max_digits=18, null=True)),
                ('outside_after', models.DecimalField(blank=True, decimal_places=2, help_text='Dollars outside the bands with it.', max_digits=18, null=True)),
                ('orders', models.PositiveIntegerField(blank=True, null=True)),
                ('traded_before', models.DecimalField(blank=True, decimal_places=2, help_text='Bought and sold without the version.', max_digits=18, null=True)),
                ('traded_after', models.DecimalField(blank=True, decimal_places=2, help_text='Bought and sold with the version.', max_digits=18, null=True)),
                ('tax_before', models.DecimalField(blank=True, decimal_places=2, help_text='Estimated tax without the version.', max_digits=18, null=True)),
                ('tax_after', models.DecimalField(blank=True, decimal_places=2, help_text='Estimated tax with the version.', max_digits=18, null=True)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.household')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='rebalancing.impactrun')),
            ],
            options={
                'ordering': ('run', 'id'),
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'leased'))), fields=['run', 'state', 'lease_until'], name='claimable_impact_items')],
                'constraints': [models.UniqueConstraint(fields=('run', 'household'), name='one_impact_a_run_and_household'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'leased'), _negated=True), models.Q(('lease_until__isnull', False), models.Q(('leased_to', ''), _negated=True)), _connector='OR'), name='leased_impact_has_a_lease'), models.CheckConstraint(condition=models.Q(('value__isnull', True), models.Q(('value__gte', Decimal('-1000000000000')), ('value__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_value_bounded'), models.CheckConstraint(condition=models.Q(('outside_before__isnull', True), models.Q(('outside_before__gte', 0), ('outside_before__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_outside_before_bounded'), models.CheckConstraint(condition=models.Q(('outside_after__isnull', True), models.Q(('outside_after__gte', 0), ('outside_after__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_outside_after_bounded'), models.CheckConstraint(condition=models.Q(('traded_before__isnull', True), models.Q(('traded_before__gte', 0), ('traded_before__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_traded_before_bounded'), models.CheckConstraint(condition=models.Q(('traded_after__isnull', True), models.Q(('traded_after__gte', 0), ('traded_after__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_traded_after_bounded'), models.CheckConstraint(condition=models.Q(('tax_before__isnull', True), models.Q(('tax_before__gte', Decimal('-1000000000000')), ('tax_before__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_tax_before_bounded'), models.CheckConstraint(condition=models.Q(('tax_after__isnull', True), models.Q(('tax_after__gte', Decimal('-1000000000000')), ('tax_after__lte', Decimal('1000000000000'))), _connector='OR'), name='impact_tax_after_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pdf', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('rendered_at', models.DateTimeField()),
                ('summary', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='letter', to='rebalancing.clientsummary')),
            ],
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='or', unique=True)),
                ('slice', models.PositiveSmallIntegerField(default=1, help_text='Which slice of what was approved.')),
                ('slices', models.PositiveSmallIntegerField(default=1, help_text='How many slices it was cut into; 1: not cut.')),
                ('reference', models.CharField(help_text='Our order id, the same in every file.', max_length=40, unique=True)),
                ('side', clients.models.columns.ChoiceField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('order_type', models.CharField(default='market', max_length=6)),
                ('limit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('time_in_force', models.CharField(default='day', max_length=3)),
                ('state', clients.models.columns.ChoiceField(choices=[('held', 'Held'), ('ready', 'Ready to send'), ('exported', 'Exported'), ('sent', 'Sent'), ('working', 'Working'), ('partly_filled', 'Partly filled'), ('filled', 'Filled'), ('part_filled', 'Part filled, the rest is over'), ('rejected', 'Rejected'), ('canceled', 'Canceled'), ('expired', 'Expired')], default='ready', max_length=13)),
                ('waits_for_sales', models.BooleanField(default=False, help_text="A purchase that leaves once its account's sales are over.")),
                ('cleared_at', models.DateTimeField(blank=True, help_text="When its account's sales were over and it was paid for.", null=True)),
                ('reduced_reason', models.CharField(blank=True, help_text='Why fewer shares are bought than were approved.', max_length=300)),
                ('clean_from', models.DateField(blank=True, help_text='A purchase paid with proceeds that settle this day is not sold before it (Regulation T).', null=True)),
                ('filled_quantity', models.DecimalField(decimal_places=6, default=0, help_text='Set by fills alone.', max_digits=20)),
                ('average_price', models.DecimalField(blank=True, decimal_places=6, help_text='Of its fills; empty while there are none.', max_digits=18, null=True)),
                ('fees', models.DecimalField(decimal_places=2, default=0, help_text='Its share of what the broker charged.', max_digits=18)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=300)),
                ('recommended_by', models.CharField(help_text='Everyone who shaped the revision.', max_length=200)),
                ('is_discretionary', models.BooleanField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='clients.account')),
                ('block', models.ForeignKey(blank=True, help_text='Empty only for orders of releases from before there were blocks.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='rebalancing.block')),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='clients.security')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='rebalancing.orderbatch')),
                ('proposed', models.ForeignKey(help_text='What was approved. Where it is cut into slices, each slice is an order.', on_delete=django.db.models.deletion.PROTECT, related_name='order', to='rebalancing.proposedorder')),
            ],
            options={
                'ordering': ('batch', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='order_quantity_bounded'), models.UniqueConstraint(fields=('proposed', 'slice'), name='one_order_a_slice'), models.CheckConstraint(condition=models.Q(('slice__gte', 1), ('slice__lte', models.F('slices'))), name='order_slice_is_one_of_them'), models.CheckConstraint(condition=models.Q(models.Q(('cleared_at', None), ('waits_for_sales', False)), models.Q(('side', 'buy'), ('waits_for_sales', True)), _connector='OR'), name='order_waits_as_a_purchase'), models.CheckConstraint(condition=models.Q(('limit_price__isnull', True), models.Q(('limit_price__gte', 0), ('limit_price__lte', Decimal('100000000'))), _connector='OR'), name='order_limit_bounded'), models.CheckConstraint(condition=models.Q(('average_price__isnull', True), models.Q(('average_price__gte', 0), ('average_price__lte', Decimal('100000000'))), _connector='OR'), name='order_average_bounded'), models.CheckConstraint(condition=models.Q(('fees__isnull', True), models.Q(('fees__gte', Decimal('-1000000000000')), ('fees__lte', Decimal('1000000000000'))), _connector='OR'), name='order_fees_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('average_price', None), ('filled_quantity', 0)), models.Q(('average_price__isnull', False), ('filled_quantity__gt', 0), ('filled_quantity__lte', models.F('quantity'))), _connector='OR'), name='order_fills_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('filled_quantity', models.F('quantity')), ('state', 'filled')), models.Q(('filled_quantity__gt', 0), ('filled_quantity__lt', models.F('quantity')), ('state__in', ('partly_filled', 'part_filled'))), models.Q(('filled_quantity', 0), ('state__in', ('held', 'ready', 'exported', 'sent', 'working', 'rejected', 'canceled', 'expired'))), _connector='OR'), name='order_state_fits_its_fills'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ('filled', 'part_filled', 'rejected', 'canceled', 'expired'))), models.Q(models.Q(('state__in', ('filled', 'part_filled', 'rejected', 'canceled', 'expired')), _negated=True), ('ended_at', None)), _connector='OR'), name='order_is_ended_at')],
            },
        ),
        migrations.CreateModel(
            name='Fill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='fl', unique=True)),
                ('broker', models.CharField(help_text='The name of the FIX session, or the custodian.', max_length=40)),
                ('account_ref', models.CharField(blank=True, help_text='Ours; empty: of the whole block.', max_length=32)),
                ('trade_on', models.DateField()),
                ('exec_id', models.CharField(max_length=120)),
                ('digest', models.CharField(max_length=64)),
                ('reference', models.CharField(blank=True, help_text='The order it names, as it names it.', max_length=120)),
                ('kind', clients.models.columns.ChoiceField(choices=[('acknowledged', 'Acknowledged'), ('fill', 'Fill'), ('done_for_day', 'Done for the day'), ('canceled', 'Canceled'), ('replaced', 'Replaced'), ('rejected', 'Rejected'), ('expired', 'Expired'), ('corrected', 'Correction'), ('busted', 'Bust'), ('cancel_rejected', 'Cancel refused')], max_length=15)),
                ('symbol', models.CharField(blank=True, max_length=40)),
                ('side', models.CharField(blank=True, max_length=10)),
                ('quantity', models.DecimalField(decimal_places=6, default=0, help_text='Of this execution.', max_digits=20)),
                ('price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('cumulative', models.DecimalField(blank=True, decimal_places=6, help_text="The broker's own count after it.", max_digits=20, null=True)),
                ('leaves', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('ordered', models.DecimalField(blank=True, decimal_places=6, help_text='What the broker then has on order, where it accepts other terms.', max_digits=20, null=True)),
                ('ordered_limit', models.DecimalField(blank=True, decimal_places=6, help_text='Its limit then.', max_digits=18, null=True)),
                ('corrects', models.CharField(blank=True, help_text='The execution id that it takes back.', max_length=120)),
                ('broker_order', models.CharField(blank=True, max_length=120)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('transacted_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('parked_because', models.CharField(blank=True, max_length=300)),
                ('matched_at', models.DateTimeField(blank=True, null=True)),
                ('block', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fills', to='rebalancing.block')),
                ('matched_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(blank=True, help_text='Where the broker knows single accounts.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fills', to='rebalancing.order')),
            ],
            options={
                'ordering': ('transacted_at', 'id'),
                'indexes': [models.Index(condition=models.Q(('block', None)), fields=['received_at'], name='parked_fills')],
                'constraints': [models.UniqueConstraint(fields=('broker', 'account_ref', 'trade_on', 'exec_id', 'digest'), name='one_fill_a_key'), models.CheckConstraint(condition=models.Q(('quantity__isnull', True), models.Q(('quantity__gte', Decimal('-1000000000000')), ('quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='fill_quantity_bounded'), models.CheckConstraint(condition=models.Q(('price__isnull', True), models.Q(('price__gte', Decimal('-100000000')), ('price__lte', Decimal('100000000'))), _connector='OR'), name='fill_price_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('block__isnull', False), ('matched_at__isnull', False)), models.Q(('block', None), ('matched_at', None), ('order', None), models.Q(('parked_because', ''), _negated=True)), _connector='OR'), name='fill_is_known_or_parked')],
            },
        ),
        migrations.CreateModel(
            name='ExecutedLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('traded_on', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('proceeds', models.DecimalField(decimal_places=2, max_digits=18)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Empty: unknown.', max_digits=18, null=True)),
                ('disallowed', models.DecimalField(decimal_places=2, default=0, help_text='Part of a loss that the wash-sale rule disallows; positive.', max_digits=18)),
                ('term', models.CharField(blank=True, max_length=7)),
                ('entered_at', models.DateTimeField()),
                ('allocation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='executed_lots', to='rebalancing.allocation')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='executed', to='clients.taxlot')),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='rebalancing.executedlot')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='executed_lots', to='rebalancing.order')),
            ],
            options={
                'ordering': ('order', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quantity__gt', 0), ('reverses', None)), models.Q(('quantity__lt', 0), ('reverses__isnull', False)), _connector='OR'), name='executed_lot_is_an_entry')],
            },
        ),
        migrations.CreateModel(
            name='Break',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='bk', unique=True)),
                ('queue', clients.models.columns.ChoiceField(choices=[('positions', 'Positions'), ('cash', 'Cash'), ('lots', 'Lots and basis'), ('fills', 'Fills')], max_length=9)),
                ('cause', models.CharField(help_text='What kind of difference, as a code.', max_length=40)),
                ('about', models.CharField(help_text='What it is about: the same difference has the same.', max_length=160)),
                ('sentence', models.TextField()),
                ('ours', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('theirs', models.DecimalField(blank=True, decimal_places=6, max_digits=20, null=True)),
                ('found_on', models.DateField()),
                ('last_on', models.DateField(help_text='The last day on which it was found.')),
                ('ending', clients.models.columns.ChoiceField(blank=True, choices=[('gone', 'The difference is gone'), ('matched', 'Matched'), ('split', 'Split'), ('reversed', 'Reversed'), ('explained', 'Explained')], max_length=9)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.CharField(blank=True, max_length=500)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='clients.account')),
                ('block', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='rebalancing.block')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='rebalancing.break')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.security')),
                ('fill', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='rebalancing.fill')),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='breaks', to='rebalancing.order')),
            ],
            options={
                'ordering': ('found_on', 'id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('queue', 'about'), name='one_open_break_a_difference'), models.CheckConstraint(condition=models.Q(('last_on__gte', models.F('found_on'))), name='break_is_found_in_order'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ending', '')), models.Q(('ended_at__isnull', False), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='break_ends_somehow')],
            },
        ),
        migrations.CreateModel(
            name='BlockReplacement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='bp', unique=True)),
                ('number', models.PositiveSmallIntegerField()),
                ('quantity', models.DecimalField(decimal_places=6, help_text='What is then ordered, what was filled before included.', max_digits=20)),
                ('limit_price', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('quantity_before', models.DecimalField(decimal_places=6, max_digits=20)),
                ('limit_before', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('allocation_statement', models.TextField()),
                ('allocation_sha256', models.CharField(max_length=64)),
                ('reason', models.CharField(max_length=300)),
                ('asked_at', models.DateTimeField()),
                ('state', clients.models.columns.ChoiceField(choices=[('asked', 'Asked of the broker'), ('accepted', 'Accepted by the broker'), ('refused', 'Not accepted')], default='asked', max_length=8)),
                ('accepted_quantity', models.DecimalField(blank=True, decimal_places=6, help_text='What the broker states that it has on order; empty where it states nothing.', max_digits=20, null=True)),
                ('accepted_limit', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, max_length=300)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('block', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='rebalancing.block')),
                ('without', models.ForeignKey(blank=True, help_text='The order that is taken out of the block; empty where all stay.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rebalancing.order')),
            ],
            options={
                'ordering': ('block', 'number'),
                'constraints': [models.UniqueConstraint(fields=('block', 'number'), name='one_replacement_a_number'), models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('block',), name='one_replacement_asked'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='replacement_quantity_bounded'), models.CheckConstraint(condition=models.Q(('limit_price__isnull', True), models.Q(('limit_price__gte', 0), ('limit_price__lte', Decimal('100000000'))), _connector='OR'), name='replacement_limit_bounded'), models.CheckConstraint(condition=models.Q(('accepted_quantity__isnull', True), models.Q(('accepted_quantity__gte', 0), ('accepted_quantity__lte', Decimal('1000000000000'))), _connector='OR'), name='replacement_accepted_quantity_bounded'), models.CheckConstraint(condition=models.Q(('accepted_limit__isnull', True), models.Q(('accepted_limit__gte', 0), ('accepted_limit__lte', Decimal('100000000'))), _connector='OR'), name='replacement_accepted_limit_bounded'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='replacement_is_answered_at'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='replacement_has_its_reason')],
            },
        ),
        migrations.CreateModel(
            name='AllocationPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=18)),
                ('cost', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
                ('allocation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='rebalancing.allocation')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocation_parts', to='rebalancing.order')),
            ],
            options={
                'ordering': ('allocation', 'order'),
                'constraints': [models.UniqueConstraint(fields=('allocation', 'order'), name='one_part_an_order'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('cost__gte', 0), ('quantity__gte', 0)), name='part_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='OrderBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ba', unique=True)),
                ('fingerprint', models.CharField(help_text="Equal to the approval's and to the revision's.", max_length=64)),
                ('state', clients.models.columns.ChoiceField(choices=[('released', 'Released'), ('canceled', 'Canceled'), ('done', 'Done'), ('partly_done', 'Partly done'), ('not_traded', 'Did not trade')], default='released', max_length=11)),
                ('allocation_statement', models.TextField(help_text='Accounts and quantities, written before release.')),
                ('allocation_written_at', models.DateTimeField()),
                ('released_at', models.DateTimeField()),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='batch', to='compliance.approval')),
                ('released_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='batch', to='rebalancing.revision')),
            ],
            options={
                'verbose_name_plural': 'order batches',
                'ordering': ('-released_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('allocation_written_at__lte', models.F('released_at'))), name='allocation_is_written_before_release'), models.CheckConstraint(condition=models.Q(('fingerprint__length', 64)), name='order_batch_fingerprint_is_whole')],
            },
        ),
        migrations.CreateModel(
            name='OrderLayout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ol', unique=True)),
                ('custodian', clients.models.columns.ChoiceField(choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], max_length=10)),
                ('kind', clients.models.columns.ChoiceField(choices=[('orders', 'Orders'), ('allocations', 'Allocations, with the orders'), ('filled', 'Allocations, of what was filled')], max_length=11)),
                ('name', models.CharField(max_length=80)),
                ('columns', models.TextField(help_text='One column a line: Caption = field.', max_length=4000)),
                ('has_captions', models.BooleanField(default=True, help_text='Whether the first line names the columns.')),
                ('delimiter', clients.models.columns.ChoiceField(choices=[(',', 'Comma'), (';', 'Semicolon'), ('\t', 'Tab'), ('|', 'Bar')], default=',', max_length=1)),
                ('source', models.CharField(help_text='Who says that the custodian takes this, and when.', max_length=300)),
                ('made_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('retire_reason', models.CharField(blank=True, max_length=300)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='rebalancing.orderlayout')),
                ('retired_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'order file layout',
                'ordering': ('custodian', 'kind', '-made_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('custodian', 'kind'), name='one_order_layout_in_force'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('columns', ''), _negated=True), models.Q(('source', ''), _negated=True)), name='order_layout_says_where_from'), models.CheckConstraint(condition=models.Q(models.Q(('retire_reason', ''), ('retired_at', None), ('retired_by', None)), models.Q(('retired_at__isnull', False), ('retired_by__isnull', False), models.Q(('retire_reason', ''), _negated=True)), _connector='OR'), name='order_layout_is_retired_by_someone')],
            },
        ),
        migrations.CreateModel(
            name='OrderLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('acquired_on', models.DateField(blank=True, null=True)),
                ('unit_cost', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('term', models.CharField(max_length=7)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_uses', to='clients.taxlot')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='rebalancing.order')),
            ],
            options={
                'ordering': ('order', 'id'),
                'constraints': [models.UniqueConstraint(fields=('order', 'lot'), name='one_order_use_a_lot'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='order_lot_quantity_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='pr', unique=True)),
                ('state', clients.models.columns.ChoiceField(choices=[('in_review', 'In review'), ('returned', 'Changes requested'), ('approved', 'Approved'), ('released', 'Released'), ('filled', 'Filled'), ('part_filled', 'Part filled'), ('not_traded', 'Nothing traded'), ('rejected', 'Rejected'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], default='in_review', max_length=11)),
                ('drafted_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('drafted_by', models.ForeignKey(blank=True, help_text='Empty: the scan.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='clients.household')),
                ('reading', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='rebalancing.reading')),
                ('run', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='rebalancing.scanrun')),
            ],
            options={
                'ordering': ('-drafted_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('in_review', 'returned', 'approved'))), fields=('household',), name='one_open_proposal_a_household'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state__in', ('in_review', 'returned', 'approved'))), models.Q(models.Q(('state__in', ('in_review', 'returned', 'approved')), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='open_proposal_is_not_closed')],
            },
        ),
        migrations.CreateModel(
            name='ApprovalBatchRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('seen', models.CharField(help_text='The fingerprint of the revision on the page.', max_length=64)),
                ('outcome', clients.models.columns.ChoiceField(choices=[('pending', 'Not yet looked at'), ('approved', 'Approved'), ('refused', 'Refused'), ('held_out', 'Drawn for a reading of its own')], default='pending', max_length=8)),
                ('code', models.CharField(blank=True, help_text='Why it was refused, as a code.', max_length=40)),
                ('sentence', models.TextField(blank=True, help_text='Why it was refused, in words.')),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('approval', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batch_row', to='compliance.approval')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='rebalancing.approvalbatch')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approval_batch_rows', to='rebalancing.proposal')),
            ],
            options={
                'ordering': ('batch', 'position'),
                'constraints': [models.UniqueConstraint(fields=('batch', 'proposal'), name='one_approval_batch_row_a_proposal'), models.CheckConstraint(condition=models.Q(models.Q(('approval', None), ('code', ''), ('outcome', 'pending'), ('settled_at', None)), models.Q(('approval__isnull', False), ('code', ''), ('outcome', 'approved'), ('settled_at__isnull', False)), models.Q(('approval', None), ('code', ''), ('outcome', 'held_out'), ('settled_at__isnull', False)), models.Q(('approval', None), ('outcome', 'refused'), ('settled_at__isnull', False), models.Q(('code', ''), _negated=True)), _connector='OR'), name='approval_batch_row_is_settled')],
            },
        ),
        migrations.CreateModel(
            name='ProposedOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(help_text='Order on the page, and of release.')),
                ('side', clients.models.columns.ChoiceField(choices=[('buy', 'Buy'), ('sell', 'Sell')], max_length=4)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('price', models.DecimalField(decimal_places=6, max_digits=18)),
                ('amount', models.DecimalField(decimal_places=2, help_text='Estimated proceeds or cost, spread included; always positive.', max_digits=18)),
                ('reason_code', models.CharField(max_length=40)),
                ('reason', models.TextField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposed_orders', to='clients.account')),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposed_orders', to='clients.security')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='rebalancing.revision')),
            ],
            options={
                'ordering': ('revision', 'position'),
                'constraints': [models.UniqueConstraint(fields=('revision', 'account', 'security', 'side'), name='one_proposed_order_a_side'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('amount__lte', Decimal('1000000000000')), ('price__gt', 0), ('price__lte', Decimal('100000000')), ('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='proposed_order_bounded')],
            },
        ),
        migrations.CreateModel(
            name='ProposedLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=20)),
                ('basis', models.DecimalField(blank=True, decimal_places=2, help_text='Of the shares used; empty means unknown.', max_digits=18, null=True)),
                ('gain', models.DecimalField(blank=True, decimal_places=2, help_text='Estimated; empty means unknown.', max_digits=18, null=True)),
                ('disallowed', models.DecimalField(decimal_places=2, default=0, help_text='Part of the loss that a wash sale disallows, positive.', max_digits=18)),
                ('term', clients.models.columns.ChoiceField(choices=[('short', 'Short-term'), ('long', 'Long-term'), ('untaxed', 'Not taxed')], max_length=7)),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposed_uses', to='clients.taxlot')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='rebalancing.proposedorder')),
            ],
            options={
                'ordering': ('order', 'id'),
                'constraints': [models.UniqueConstraint(fields=('order', 'lot'), name='one_proposed_use_a_lot'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0), ('quantity__lte', Decimal('1000000000000'))), name='proposed_lot_quantity_bounded'), models.CheckConstraint(condition=models.Q(('basis__isnull', True), models.Q(('basis__gte', 0), ('basis__lte', Decimal('1000000000000'))), _connector='OR'), name='proposed_lot_basis_bounded'), models.CheckConstraint(condition=models.Q(('gain__isnull', True), models.Q(('gain__gte', Decimal('-1000000000000')), ('gain__lte', Decimal('1000000000000'))), _connector='OR'), name='proposed_lot_gain_bounded'), models.CheckConstraint(condition=models.Q(('disallowed__isnull', True), models.Q(('disallowed__gte', 0), ('disallowed__lte', Decimal('1000000000000'))), _connector='OR'), name='proposed_lot_disallowed_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Reading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='re', unique=True)),
                ('outcome', clients.models.columns.ChoiceField(choices=[('in_band', 'Inside its bands'), ('proposed', 'Proposal drafted'), ('pending', 'Proposal already open'), ('held', 'Held back'), ('data', 'Data needs attention'), ('no_policy', 'No policy in force'), ('not_due', 'Not due for review'), ('no_benefit', 'Trading would not help'), ('impossible', 'No plan within the rules'), ('failed', 'Could not be read')], max_length=10)),
                ('reason', models.TextField(help_text='One or two sentences a client could read.')),
                ('value', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('worst_drift', models.DecimalField(blank=True, decimal_places=6, help_text='Signed drift of the class furthest off target.', max_digits=9, null=True)),
                ('worst_class', models.CharField(blank=True, max_length=80)),
                ('outside_value', models.DecimalField(blank=True, decimal_places=2, help_text='Dollars outside the bands.', max_digits=18, null=True)),
                ('measures', models.JSONField(blank=True, default=list, help_text='By class: weight, target, lower, upper, drift, all decimal strings.')),
                ('account_weights', models.JSONField(blank=True, default=list, help_text='What accounts weigh that no measure stands for, for information: their own weight by class.')),
                ('triggers', models.JSONField(blank=True, default=list, help_text='What called for action, with both numbers.')),
                ('holds', models.JSONField(blank=True, default=list, help_text='What held it back, with figures and what ends it.')),
                ('looked', models.JSONField(blank=True, default=dict, help_text="What was looked at and asked: policy, model, days of holdings, triggers, holds, the plan's figures. Empty in older readings.")),
                ('input_digest', models.CharField(blank=True, max_length=64)),
                ('prices_as_of_on', models.DateField(blank=True, null=True)),
                ('read_at', models.DateTimeField()),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='clients.household')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='rebalancing.scanrun')),
            ],
            options={
                'ordering': ('-run__market_on', 'household'),
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['triggers'], name='reading_trigger_codes', opclasses=['jsonb_path_ops']), django.contrib.postgres.indexes.GinIndex(fields=['holds'], name='reading_hold_codes', opclasses=['jsonb_path_ops']), models.Index(fields=['outcome', 'run'], name='readings_by_outcome'), models.Index(models.F('household'), models.OrderBy(models.F('read_at'), descending=True), models.OrderBy(models.F('id'), descending=True), name='latest_readings')],
                'constraints': [models.UniqueConstraint(fields=('run', 'household'), name='one_reading_a_run_and_household'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='reading_gives_its_reason'), models.CheckConstraint(condition=models.Q(('value__isnull', True), models.Q(('value__gte', Decimal('-1000000000000')), ('value__lte', Decimal('1000000000000'))), _connector='OR'), name='reading_value_bounded'), models.CheckConstraint(condition=models.Q(('worst_drift__isnull', True), models.Q(('worst_drift__gte', -100), ('worst_drift__lte', 100)), _connector='OR'), name='reading_drift_bounded'), models.CheckConstraint(condition=models.Q(('outside_value__isnull', True), models.Q(('outside_value__gte', 0), ('outside_value__lte', Decimal('1000000000000'))), _connector='OR'), name='reading_outside_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Reconciled',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of_on', models.DateField()),
                ('book', models.JSONField(default=dict)),
                ('breaks', models.PositiveIntegerField(default=0, help_text='How many were found on that day.')),
                ('reconciled_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciled_days', to='clients.account')),
            ],
            options={
                'ordering': ('account', '-as_of_on', '-id'),
                'indexes': [models.Index(fields=['account', '-as_of_on'], name='reconciled_days')],
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='rl', unique=True)),
                ('state', clients.models.columns.ChoiceField(choices=[('gathering', 'Being put together'), ('closed', 'Closed')], default='gathering', max_length=9)),
                ('started_at', models.DateTimeField()),
                ('send_at', models.DateTimeField(help_text="When the firm's delay is over and its blocks may leave.")),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-started_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state', 'gathering')), models.Q(('closed_at__isnull', False), ('state', 'closed')), _connector='OR'), name='release_is_closed_at'), models.CheckConstraint(condition=models.Q(('send_at__gte', models.F('started_at'))), name='release_is_sent_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='BatchFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(default=1, help_text='A cancel before sending makes the files anew; only the newest go out.')),
                ('kind', clients.models.columns.ChoiceField(choices=[('orders', 'Orders'), ('allocations', 'Allocations'), ('lots', 'Lot sheet'), ('basket', 'Custodian basket'), ('custodian', "In the custodian's layout"), ('custodian_allocations', "Allocations in the custodian's layout"), ('custodian_filled', "What was filled, in the custodian's layout")], max_length=21)),
                ('custodian', models.CharField(max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('content', clients.encryption.EncryptedTextField(help_text='Encrypted: order files carry whole account numbers.')),
                ('sha256', models.CharField(help_text='Of the plain content.', max_length=64)),
                ('made_at', models.DateTimeField()),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='own_files', to='rebalancing.orderbatch')),
                ('release', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='rebalancing.release')),
            ],
            options={
                'ordering': ('batch', 'kind', 'name'),
                'constraints': [models.UniqueConstraint(fields=('batch', 'name'), name='one_batch_file_a_name'), models.UniqueConstraint(fields=('release', 'name'), name='one_release_file_a_name'), models.CheckConstraint(condition=models.Q(models.Q(('batch', None), ('release__isnull', False)), models.Q(('batch__isnull', False), ('release', None)), _connector='OR'), name='file_is_of_a_release_or_a_batch')],
            },
        ),
        migrations.CreateModel(
            name='ReleaseRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(help_text='In the order drawn for this release, so that nobody is always first.')),
                ('seen', models.CharField(help_text='The fingerprint of the revision that the trader chose.', max_length=64)),
                ('outcome', clients.models.columns.ChoiceField(choices=[('pending', 'Not yet looked at'), ('released', 'Released'), ('refused', 'Refused')], default='pending', max_length=8)),
                ('code', models.CharField(blank=True, help_text='Why it was refused, as a code.', max_length=40)),
                ('sentence', models.TextField(blank=True, help_text='Why it was refused, in words.')),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='release_rows', to='rebalancing.proposal')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='rebalancing.release')),
            ],
            options={
                'ordering': ('release', 'position'),
                'constraints': [models.UniqueConstraint(fields=('release', 'proposal'), name='one_release_row_a_proposal'), models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('outcome', 'pending'), ('settled_at', None)), models.Q(('code', ''), ('outcome', 'released'), ('settled_at__isnull', False)), models.Q(('outcome', 'refused'), ('settled_at__isnull', False), models.Q(('code', ''), _negated=True)), _connector='OR'), name='release_row_is_settled')],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('triggers', models.JSONField(blank=True, default=list, help_text='What called for action when it was made, with both numbers.')),
                ('household_document', models.TextField(help_text="The engine's input, household/1, byte for byte.")),
                ('plan_document', models.TextField(help_text="The engine's answer, plan/1, byte for byte.")),
                ('input_digest', models.CharField(max_length=64)),
                ('plan_digest', models.CharField(max_length=64)),
                ('fingerprint', models.CharField(help_text='Digest of everything the reviewer is shown.', max_length=64)),
                ('engine_version', models.CharField(max_length=40)),
                ('verifier_signature', models.CharField(max_length=128)),
                ('prices_as_of_on', models.DateField()),
                ('trade_on', models.DateField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('model_version', models.ForeignKey(blank=True, help_text='The version of the model it was made with; empty in older revisions: the one the policy names.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='clients.modelversion')),
                ('policy', models.ForeignKey(help_text='The one it was made under; a later revision may follow another.', on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='clients.policy')),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='rebalancing.proposal')),
                ('review', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revision', to='compliance.review')),
            ],
            options={
                'ordering': ('proposal', '-number'),
                'constraints': [models.UniqueConstraint(fields=('proposal', 'number'), name='one_revision_a_number'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='revision_expires_later'), models.CheckConstraint(condition=models.Q(('fingerprint__length', 64), ('input_digest__length', 64), ('plan_digest__length', 64)), name='revision_digests_are_whole'), models.CheckConstraint(condition=models.Q(('verifier_signature', ''), _negated=True), name='revision_is_signed_by_the_verifier')],
            },
        ),
        migrations.CreateModel(
            name='FrontierPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=40)),
                ('tax', models.DecimalField(decimal_places=2, help_text="What it would add to this year's taxes; negative lowers them.", max_digits=18)),
                ('net_gain', models.DecimalField(decimal_places=2, max_digits=18)),
                ('drift', models.DecimalField(decimal_places=6, help_text='Half the sum of the distances from target that it leaves.', max_digits=9)),
                ('out_of_band', models.PositiveSmallIntegerField(help_text='Classes that it leaves outside their bands.')),
                ('turnover', models.DecimalField(decimal_places=6, help_text='One-way, as a fraction of the portfolio.', max_digits=9)),
                ('orders', models.PositiveSmallIntegerField()),
                ('cost', models.DecimalField(decimal_places=2, help_text='Estimated spread.', max_digits=18)),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='frontier', to='rebalancing.revision')),
            ],
            options={
                'ordering': ('revision', 'position'),
                'constraints': [models.UniqueConstraint(fields=('revision', 'position'), name='one_frontier_point_a_position'), models.CheckConstraint(condition=models.Q(('tax__isnull', True), models.Q(('tax__gte', Decimal('-1000000000000')), ('tax__lte', Decimal('1000000000000'))), _connector='OR'), name='frontier_tax_bounded'), models.CheckConstraint(condition=models.Q(('net_gain__isnull', True), models.Q(('net_gain__gte', Decimal('-1000000000000')), ('net_gain__lte', Decimal('1000000000000'))), _connector='OR'), name='frontier_gain_bounded'), models.CheckConstraint(condition=models.Q(('drift__isnull', True), models.Q(('drift__gte', 0), ('drift__lte', 100)), _connector='OR'), name='frontier_drift_bounded'), models.CheckConstraint(condition=models.Q(('turnover__isnull', True), models.Q(('turnover__gte', 0), ('turnover__lte', 100)), _connector='OR'), name='frontier_turnover_bounded'), models.CheckConstraint(condition=models.Q(('cost__isnull', True), models.Q(('cost__gte', 0), ('cost__lte', Decimal('1000000000000'))), _connector='OR'), name='frontier_cost_bounded')],
            },
        ),
        migrations.CreateModel(
            name='Comparison',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('engine_version', models.CharField(max_length=40)),
                ('removal_costs', models.JSONField(default=list, help_text='What leaving each order out would cost: order, tax, drift, objective, explanation.')),
                ('why_without', models.TextField(blank=True, help_text='Why something is missing from the comparison; empty where nothing is.')),
                ('revision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='comparison', to='rebalancing.revision')),
            ],
            options={
                'ordering': ('revision',),
            },
        ),
        migrations.CreateModel(
            name='ScanRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='sc', unique=True)),
                ('scan', clients.models.columns.ChoiceField(choices=[('daily', 'Daily drift scan'), ('requested', 'Requested drift scan')], max_length=9)),
                ('market_on', models.DateField(help_text='The market day whose closing prices are measured.')),
                ('sequence', models.PositiveSmallIntegerField(default=0, help_text='0 for the scheduled scan; requested scans of a day count from 1.')),
                ('state', clients.models.columns.ChoiceField(choices=[('running', 'Running'), ('completed', 'Completed'), ('cancelled', 'Cancelled')], default='running', max_length=9)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('code_version', models.CharField(max_length=40)),
                ('households', models.PositiveIntegerField(default=0, help_text='How many the run is over.')),
                ('tally', models.JSONField(blank=True, default=dict, help_text='Households by how they ended, counted once when the run is complete; empty until then.')),
                ('settled_at', models.DateTimeField(blank=True, help_text='When what needs no full reading was settled; before that, nothing is offered to workers.', null=True)),
                ('settle_attempt', models.PositiveSmallIntegerField(default=0)),
                ('settle_until', models.DateTimeField(blank=True, help_text='The lease of the worker that settles; empty while none does.', null=True)),
                ('started_by', models.ForeignKey(blank=True, help_text='Empty: the timetable.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-market_on', '-sequence'),
                'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='running_scans')],
                'constraints': [models.UniqueConstraint(fields=('scan', 'market_on', 'sequence'), name='one_run_a_scan_and_day'), models.CheckConstraint(condition=models.Q(('state', 'running'), ('finished_at__isnull', False), _connector='OR'), name='finished_scan_says_when'), models.CheckConstraint(condition=models.Q(('finished_at__isnull', True), ('started_at__isnull', True), ('finished_at__gte', models.F('started_at')), _connector='OR'), name='scan_finishes_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='ScanItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', clients.models.columns.ChoiceField(choices=[('waiting', 'Waiting'), ('leased', 'In progress'), ('done', 'Done'), ('failed', 'Failed'), ('skipped', 'Skipped')], default='waiting', max_length=7)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('leased_to', models.CharField(blank=True, max_length=80)),
                ('retry_at', models.DateTimeField(blank=True, help_text='Not before this moment, after a failure.', null=True)),
                ('error', models.TextField(blank=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scan_items', to='clients.household')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='rebalancing.scanrun')),
            ],
            options={
                'ordering': ('run', 'id'),
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['run', 'attempt', 'id'], name='waiting_scan_items'), models.Index(condition=models.Q(('state', 'leased')), fields=['run', 'lease_until', 'id'], name='leased_scan_items')],
                'constraints': [models.UniqueConstraint(fields=('run', 'household'), name='one_item_a_run_and_household'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'leased'), _negated=True), models.Q(('lease_until__isnull', False), models.Q(('leased_to', ''), _negated=True)), _connector='OR'), name='leased_item_has_a_lease'), models.CheckConstraint(condition=models.Q(('attempt__isnull', True), models.Q(('attempt__gte', 0), ('attempt__lte', 100)), _connector='OR'), name='scan_item_attempts_bounded')],
            },
        ),
        migrations.CreateModel(
            name='SkippedTrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('reason_code', models.CharField(max_length=40)),
                ('reason', models.TextField()),
                ('cost', models.DecimalField(blank=True, decimal_places=2, help_text='Estimated tax and spread it would have cost.', max_digits=18, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='skipped_trades', to='clients.account')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='skipped', to='rebalancing.revision')),
                ('security', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='skipped_trades', to='clients.security')),
            ],
            options={
                'ordering': ('revision', 'position'),
                'constraints': [models.CheckConstraint(condition=models.Q(('cost__isnull', True), models.Q(('cost__gte', Decimal('-1000000000000')), ('cost__lte', Decimal('1000000000000'))), _connector='OR'), name='skipped_trade_cost_bounded')],
            },
        ),
        migrations.CreateModel(
            name='SummaryDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('failed_because', models.CharField(blank=True, max_length=300)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='summaries_due', to='rebalancing.proposal')),
            ],
            options={
                'verbose_name_plural': 'summaries due',
                'ordering': ('asked_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='TradeError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='er', unique=True)),
                ('cause', clients.models.columns.ChoiceField(choices=[('wrong_security', 'Wrong security'), ('wrong_side', 'Bought instead of sold, or the reverse'), ('wrong_quantity', 'Wrong quantity'), ('wrong_account', 'Wrong account'), ('wrong_lot', 'Wrong lot'), ('late', 'Too late, or not at all'), ('twice', 'Twice'), ('other', 'Other')], max_length=14)),
                ('happened_on', models.DateField()),
                ('description', models.CharField(max_length=1000)),
                ('made_at', models.DateTimeField()),
                ('correction', models.CharField(blank=True, help_text='What was traded or booked to undo it.', max_length=1000)),
                ('corrected_on', models.DateField(blank=True, null=True)),
                ('effect', models.DecimalField(blank=True, decimal_places=2, help_text='On the client, once corrected; a loss is negative. Empty: not known.', max_digits=18, null=True)),
                ('paid', models.DecimalField(blank=True, decimal_places=2, help_text='By the firm, to make the client whole.', max_digits=18, null=True)),
                ('paid_on', models.DateField(blank=True, null=True)),
                ('corrected_at', models.DateTimeField(blank=True, null=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdraw_reason', models.CharField(blank=True, max_length=300)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trade_errors', to='clients.account')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrected_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trade_errors', to='rebalancing.order')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-happened_on', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('approved_at', None), models.Q(('effect__gte', 0), ('paid', 0)), models.Q(('effect__lt', 0), ('paid', django.db.models.expressions.CombinedExpression(models.F('effect'), '*', models.Value(-1))), ('paid_on__isnull', False)), _connector='OR'), name='trade_error_makes_the_client_whole'), models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('corrected_by')), _negated=True), _connector='OR'), name='trade_error_is_approved_by_another'), models.CheckConstraint(condition=models.Q(('approved_at', None), models.Q(('corrected_at__isnull', False), ('effect__isnull', False)), _connector='OR'), name='trade_error_is_corrected_first'), models.CheckConstraint(condition=models.Q(models.Q(('withdraw_reason', ''), ('withdrawn_at', None)), models.Q(('withdrawn_at__isnull', False), models.Q(('withdraw_reason', ''), _negated=True)), _connector='OR'), name='trade_error_withdrawn_says_why')],
            },
        ),
        migrations.CreateModel(
            name='ErrorAccountEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ee', unique=True)),
                ('error_account', models.CharField(help_text='What the firm calls its error account at the custodian.', max_length=60)),
                ('quantity', models.DecimalField(decimal_places=6, help_text="Out of the client's account; below zero: back into it.", max_digits=20)),
                ('price', models.DecimalField(decimal_places=6, help_text='Dollars a share at which they moved.', max_digits=18)),
                ('moved_on', models.DateField()),
                ('made_at', models.DateTimeField()),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('security', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clients.security')),
                ('error', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='rebalancing.tradeerror')),
            ],
            options={
                'verbose_name_plural': 'error account entries',
                'ordering': ('moved_on', 'id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity', 0), _negated=True), name='error_account_entry_moves_shares'), models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='error_account_entry_has_a_price')],
            },
        ),
        migrations.CreateModel(
            name='TradingStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', clients.models.columns.PublicIdField(editable=False, max_length=32, prefix='ks', unique=True)),
                ('scope', clients.models.columns.ChoiceField(choices=[('firm', 'The whole firm'), ('custodian', 'A custodian'), ('account', 'An account')], max_length=9)),
                ('custodian', clients.models.columns.ChoiceField(blank=True, choices=[('schwab', 'Schwab'), ('fidelity', 'Fidelity'), ('ibkr', 'Interactive Brokers'), ('vanguard', 'Vanguard'), ('house', 'House format')], max_length=10)),
                ('reason', models.CharField(max_length=300)),
                ('placed_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lift_reason', models.CharField(blank=True, max_length=300)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trading_stops', to='clients.account')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-placed_at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('custodian', ''), ('scope', 'firm')), models.Q(('account', None), ('scope', 'custodian'), models.Q(('custodian', ''), _negated=True)), models.Q(('account__isnull', False), ('custodian', ''), ('scope', 'account')), _connector='OR'), name='trading_stop_names_what_it_stops'), models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('scope', 'custodian', 'account'), name='one_trading_stop_in_force', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at', None), ('lifted_by', None)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='trading_stop_is_lifted_by_someone')],
            },
        ),
        ]),
        migrations.RunSQL(FUNCTIONS + TRIGGERS),
    ]
