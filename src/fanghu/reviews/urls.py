"""Addresses of this app."""

from django.urls import URLPattern, path

from fanghu.reviews import views

urlpatterns: list[URLPattern] = [
    path("", views.reviews, name="reviews"),
    path("empty/", views.sign_empty, name="review_empty"),
    path("period/", views.period, name="review_period"),
    path("findings/<int:pk>/close/", views.close, name="review_finding_close"),
    path("<slug:system>/<str:day>/", views.day, name="review_day"),
    path("<slug:system>/<str:day>/sign/", views.sign, name="review_sign"),
    path("<slug:system>/<str:day>/finding/", views.note, name="review_finding"),
]
