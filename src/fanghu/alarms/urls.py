"""Addresses of this app."""

from django.urls import URLPattern, path

from fanghu.alarms import views

urlpatterns: list[URLPattern] = [
    path("", views.alarms, name="alarms"),
    path("<int:pk>/", views.alarm, name="alarm"),
    path("<int:pk>/act/", views.handle, {"deed": "act"}, name="alarm_act"),
    path("<int:pk>/close/", views.handle, {"deed": "close"}, name="alarm_close"),
]
