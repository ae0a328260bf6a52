"""Failed tries between sign-ins are counted, so that the holder can be told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("signin", "0002_sources_and_proofs"),
    ]

    operations = [
        migrations.AddField("failurecount", "tries", models.PositiveIntegerField(default=0)),
        migrations.AddField("failurecount", "tries_before", models.PositiveIntegerField(default=0)),
    ]
