"""Attempts under way are counted, so that parallel guesses cannot outrun the lock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("signin", "0001_initial")]

    operations = [
        migrations.AddField("failurecount", "in_flight", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("failurecount", "in_flight_since", models.DateTimeField(null=True)),
    ]
