"""A role grant is history: it may be revoked once, and is never deleted."""

from __future__ import annotations

from django.db import migrations

FORWARD = """
CREATE TRIGGER settles_once BEFORE UPDATE ON advisory_rolegrant
    FOR EACH ROW EXECUTE FUNCTION compliance_settles_once('revoked_at', 'revoked_by_id');
ALTER TABLE advisory_rolegrant ENABLE ALWAYS TRIGGER settles_once;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON advisory_rolegrant
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_refuse_change();
ALTER TABLE advisory_rolegrant ENABLE ALWAYS TRIGGER never_deleted;
"""
BACK = """
DROP TRIGGER settles_once ON advisory_rolegrant;
DROP TRIGGER never_deleted ON advisory_rolegrant;
"""


class Migration(migrations.Migration):
    dependencies = (
        ("advisory", "0002_sign_in_limits"),
        ("compliance", "0006_settled_stays"),
    )
    operations = (migrations.RunSQL(FORWARD, BACK),)
