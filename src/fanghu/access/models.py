"""The condition that a drill's run gives its own canaries."""

from django.db import models


class RunCondition(models.Model):
    """Values of a condition for the canaries of one run, and for nobody else; gone with the run."""

    run = models.CharField(primary_key=True, max_length=36)
    value = models.JSONField()
