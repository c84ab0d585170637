"""The facts of the tax ledger are rows of registers: their columns say who entered them, as those of all others do."""

from __future__ import annotations

from django.db import migrations, models


FACTS = ("statedgains", "estimatedtax", "outsideaccount", "basiselection", "lotorigin")
STANDS = models.DateTimeField(blank=True, help_text="Empty: it stands.", null=True)


class Migration(migrations.Migration):

    dependencies = [("clients", "0030_market_facts_in_one_place")]

    operations = [
        migrations.RemoveConstraint(model_name="lotorigin", name="lot_origin_is_of_two_people"),
        migrations.AlterModelOptions(name="lotorigin", options={"ordering": ("lot", "-id")}),
        *(
            operation
            for fact in FACTS
            for operation in (
                migrations.RenameField(model_name=fact, old_name="made_by", new_name="entered_by"),
                migrations.RenameField(model_name=fact, old_name="made_at", new_name="entered_at"),
                migrations.AlterField(model_name=fact, name="ended_at", field=STANDS.clone()),
            )
        ),
        migrations.AlterModelOptions(name="lotorigin", options={"ordering": ("lot", "-entered_at", "-id")}),
        migrations.AddConstraint(
            model_name="lotorigin",
            constraint=models.CheckConstraint(
                name="lot_origin_is_of_two_people",
                condition=~models.Q(asked_by=models.F("entered_by")),
            ),
        ),
    ]
