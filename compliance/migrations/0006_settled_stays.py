"""Nothing is added to what is settled, nobody approves over their own override, and replica mode skips no guard."""

from __future__ import annotations

from django.db import migrations, models

# What belongs to one review, and is only added while it waits for a decision.
PARTS = ("reviewmaker", "examination", "override", "consent", "decision", "changerequest")
# Table, the column that says when a row was settled, and what is filled in with it.
SETTLED_ONCE = {
    "comment": ("resolved_at", "resolved_by_id"),
    "changerequest": ("lifted_at", "lifted_by_id", "lifted_how", "lifted_reason"),
    "restrictedissuer": ("lifted_at", "lifted_by_id", "lifted_reason"),
}
NEVER_DELETED = ("review", "comment", "changerequest", "restrictedissuer")
REVIEW_MOVES = ("state", "settled_at", "settled_by_label", "used_at")
# Until now these slept under session_replication_role = replica.
WOKEN = {
    "approval": "compliance_approval_has_four_eyes",
    "review": "compliance_review_keeps_its_course",
}

FUNCTIONS = """
CREATE FUNCTION compliance_settled_takes_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands text;
BEGIN
    IF TG_TABLE_NAME = 'compliance_findingrow' THEN
        SELECT review.state INTO stands FROM compliance_examination AS examination
        JOIN compliance_review AS review ON review.id = examination.review_id WHERE examination.id = NEW.examination_id;
    ELSE
        SELECT state INTO stands FROM compliance_review WHERE id = (to_jsonb(NEW) ->> 'review_id')::bigint;
    END IF;
    IF stands IS NULL OR stands NOT IN ('open', 'returned') THEN
        RAISE EXCEPTION 'A row of % is refused: its review is settled.', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_review_takes_no_more';
    END IF;
    RETURN NEW;
END $$;

-- The columns named are filled in once, the first of them says whether they are; nothing else ever changes.
CREATE FUNCTION compliance_settles_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) = to_jsonb(OLD)
        OR (to_jsonb(OLD) ->> TG_ARGV[0] IS NULL AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % is settled and never changes.', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'settled_row_stays';
END $$;

-- Only the columns named ever change.
CREATE FUNCTION compliance_stays_but_for() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% % stays as it was asked.', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'review_asks_one_thing';
END $$;

CREATE FUNCTION compliance_approver_overrode_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM compliance_override AS given
               WHERE given.review_id = NEW.review_id AND given.approver_id = NEW.approved_by_id) THEN
        RAISE EXCEPTION 'An approval is refused: its approver answered for a finding of it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approver_overrode_nothing';
    END IF;
    RETURN NEW;
END $$;
"""


def guard(table: str, name: str, when: str, each: str, function: str, *arguments: str) -> str:
    listed = ", ".join(f"'{argument}'" for argument in arguments)
    return (
        f"CREATE TRIGGER {name} BEFORE {when} ON compliance_{table} FOR EACH {each}"
        f" EXECUTE FUNCTION {function}({listed});"
        f"ALTER TABLE compliance_{table} ENABLE ALWAYS TRIGGER {name};"
    )


FORWARD = (
    FUNCTIONS
    + "".join(
        guard(table, "settled_takes_no_more", "INSERT", "ROW", "compliance_settled_takes_no_more")
        for table in (*PARTS, "findingrow")
    )
    + "".join(
        guard(table, "settles_once", "UPDATE", "ROW", "compliance_settles_once", *columns)
        for table, columns in SETTLED_ONCE.items()
    )
    + "".join(
        guard(table, "never_deleted", "DELETE OR TRUNCATE", "STATEMENT", "compliance_refuse_change")
        for table in NEVER_DELETED
    )
    + guard("review", "stays_but_for", "UPDATE", "ROW", "compliance_stays_but_for", *REVIEW_MOVES)
    + guard("approval", "approver_overrode_nothing", "INSERT", "ROW", "compliance_approver_overrode_nothing")
    + "".join(f"ALTER TABLE compliance_{table} ENABLE ALWAYS TRIGGER {name};" for table, name in WOKEN.items())
    + "ALTER TABLE compliance_review ENABLE ALWAYS TRIGGER compliance_review_starts_open;"
)
BACK = (
    "DROP FUNCTION compliance_settled_takes_no_more, compliance_settles_once, compliance_stays_but_for,"
    " compliance_approver_overrode_nothing CASCADE;"
    + "".join(f"DROP TRIGGER never_deleted ON compliance_{table};" for table in NEVER_DELETED)
    + "".join(f"ALTER TABLE compliance_{table} ENABLE TRIGGER {name};" for table, name in WOKEN.items())
    + "ALTER TABLE compliance_review ENABLE TRIGGER compliance_review_starts_open;"
)


class Migration(migrations.Migration):
    dependencies = (("compliance", "0005_clock"),)
    operations = (
        migrations.AddField(
            model_name="reviewmaker",
            name="done_at",
            field=models.DateTimeField(
                help_text="When a fact was entered that the revision rests on; empty: part of making it.",
                null=True,
            ),
        ),
        migrations.RunSQL(FORWARD, BACK),
    )
