"""Policies follow a model by its name or in one version; parts of a version may come from another model."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import clients.models.columns

# A part's source stays with the version it is a part of, as its classes, sleeves and members do.
TAKEN_PARTS_STAY = """
CREATE FUNCTION clients_taken_part_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM clients_modelversion WHERE id = parent AND state <> 'draft') THEN
        RAISE EXCEPTION 'model version % is published: make a new version instead', parent
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER taken_part_stays BEFORE INSERT OR UPDATE OR DELETE ON clients_takenpart
    FOR EACH ROW EXECUTE FUNCTION clients_taken_part_stays();
ALTER TABLE clients_takenpart ENABLE ALWAYS TRIGGER taken_part_stays;
"""
BACK = "DROP TRIGGER taken_part_stays ON clients_takenpart; DROP FUNCTION clients_taken_part_stays;"


class Migration(migrations.Migration):
    dependencies = (("clients", "0012_workbooks"),)

    operations = (
        migrations.CreateModel(
            name="TakenPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sleeve", models.CharField(blank=True, help_text="Empty: the whole class.", max_length=80)),
            ],
            options={
                "ordering": ("version", "asset_class__position", "sleeve"),
            },
        ),
        migrations.AddField(
            model_name="modelportfolio",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="note",
            field=models.TextField(blank=True, help_text="Why this version is made."),
        ),
        migrations.AddField(
            model_name="policy",
            name="follows",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("model", "The model, in the version in force"),
                    ("version", "One version of the model"),
                ],
                default="version",
                help_text="Whether later versions of the model reach this household without a new policy.",
                max_length=7,
            ),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="effective_on",
            field=models.DateField(
                blank=True,
                help_text="Of a draft: the day it should take effect; empty: when it is approved.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="model",
            field=models.ForeignKey(
                help_text="What is bought in each class: this version, or its model's version in force.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="policies",
                to="clients.modelversion",
            ),
        ),
        migrations.AlterField(
            model_name="sleevemember",
            name="use",
            field=clients.models.columns.ChoiceField(
                choices=[
                    ("primary", "First choice"),
                    ("alternate", "Alternate"),
                    ("legacy", "Not bought, sold as taxes allow"),
                ],
                default="primary",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("model",), name="one_draft_a_model"
            ),
        ),
        migrations.AddField(
            model_name="takenpart",
            name="asset_class",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_parts",
                to="clients.assetclass",
            ),
        ),
        migrations.AddField(
            model_name="takenpart",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="given_parts",
                to="clients.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="takenpart",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="taken_parts",
                to="clients.modelversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="takenpart",
            constraint=models.UniqueConstraint(
                fields=("version", "asset_class", "sleeve"), name="one_source_a_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="takenpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("version", models.F("source")), _negated=True),
                name="no_part_of_its_own_version",
            ),
        ),
        migrations.RunSQL(TAKEN_PARTS_STAY, BACK),
    )
