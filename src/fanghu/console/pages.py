"""Paths of the console's own pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
