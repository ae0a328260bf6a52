"""Addresses of this app."""

from django.urls import path

from fanghu.access import views

urlpatterns = [path("", views.conditions, name="conditions")]
