"""Paths of this app's pages."""

from django.urls import path

from fanghu.approvals import views

urlpatterns = [
    path("", views.listing, name="approvals"),
    path("<uuid:approval_id>/", views.sheet, name="approval"),
    path("<uuid:approval_id>/withdraw/", views.withdraw, name="approval_withdraw"),
    path("<uuid:approval_id>/adopt/", views.adopt, name="approval_adopt"),
]
