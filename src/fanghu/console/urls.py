"""The URL map: every app's pages, under paths of their own."""

from django.urls import include, path

urlpatterns = [
    path("", include("fanghu.console.pages")),
    path("sign-in/", include("fanghu.signin.urls")),
    path("access/", include("fanghu.access.urls")),
    path("endpoints/", include("fanghu.endpoints.urls")),
    path("accounts/", include("fanghu.accounts.urls")),
    path("register/", include("fanghu.register.urls")),
    path("approvals/", include("fanghu.approvals.urls")),
    path("assurance/", include("fanghu.assurance.urls")),
    path("log/", include("fanghu.auditlog.urls")),
    path("sources/", include("fanghu.intake.urls")),
    path("retention/", include("fanghu.retention.urls")),
    path("reviews/", include("fanghu.reviews.urls")),
    path("alarms/", include("fanghu.alarms.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
handler400 = "fanghu.console.faults.malformed"
handler403 = "fanghu.console.faults.forbidden"
handler404 = "fanghu.console.faults.not_found"
handler500 = "fanghu.console.faults.broken"
