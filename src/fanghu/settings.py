"""Django's settings, all from the data folder and a few environment variables."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from fanghu.faults import Fault
from fanghu.keys.custody import Custody

HOME = Path(os.environ.get("FANGHU_HOME") or Path(__file__).resolve().parents[2] / "var")
CUSTODY = Custody(HOME)
try:
    SECRET_KEY = CUSTODY.secret("django").hex()
except OSError as error:
    raise Fault(
        "FH-CFG-02",
        f"The data folder {HOME} cannot be written; choose another with FANGHU_HOME.",
        f"資料夾 {HOME} 無法寫入；請以 FANGHU_HOME 指定其他位置。",
    ) from error
DEBUG = False
ALLOWED_HOSTS = [*filter(None, os.environ.get("FANGHU_HOSTS", "").split(",")), "127.0.0.1", "localhost", "[::1]"]
BASE_URL = os.environ.get("FANGHU_BASE_URL", "https://127.0.0.1:8443")

INSTALLED_APPS = [
    "fanghu.console",
    "fanghu.clauses",
    "fanghu.assurance",
    "fanghu.endpoints",
    "fanghu.access",
    "fanghu.signin",
    "fanghu.reviews",
    "fanghu.accounts",
    "fanghu.retention",
    "fanghu.intake",
    "fanghu.auditlog",
    "fanghu.alarms",
    "fanghu.keys",
    "fanghu.register",
    "fanghu.approvals",
    "fanghu.jobs",
    "fanghu.events",
    "fanghu.shell",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
MIDDLEWARE = [
    "fanghu.signin.deadline.DeadlineMiddleware",  # outermost: waits when everything else is done
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads at random against BREACH; CSRF tokens are masked anew each time
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fanghu.signin.gate.GateMiddleware",  # refuses robots and locked ids before anything costs
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "fanghu.console.faults.BareErrors",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fanghu.signin.ledger.LedgerMiddleware",
    "fanghu.access.middleware.ConditionMiddleware",
    "fanghu.shell.uploads.UploadLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "fanghu.signin.greeting.GreetingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "fanghu.shell.access.RightsMiddleware",
]
ROOT_URLCONF = "fanghu.console.urls"
WSGI_APPLICATION = "fanghu.console.wsgi.application"
FANGHU_CLAUSES = "fanghu.clauses"
FANGHU_EDITION = "2022-12-30"
FANGHU_SAMPLE = False  # the demo's settings say True, and every page then says that it is made up
FANGHU_LIMITS = "fanghu.assurance.law.limits_in_force"  # asked by mechanisms, which stand below
FANGHU_OPEN_RUNS = "fanghu.assurance.drilling.is_open"  # whether a drill's run is under way, asked by accounts
FANGHU_VIEW_RIGHTS: dict[str, str] = {  # views of libraries, which cannot carry @asks
    "set_language": "public",
    "jsi18n": "public",
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "fanghu.console.navigation.shown",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"


def _database() -> dict[str, object]:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME / "fanghu.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
            },
        }
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise Fault(
            "FH-CFG-01",
            "DATABASE_URL cannot be read; write postgres://user@host/database, or leave it empty for SQLite.",
            "無法解讀 DATABASE_URL；請寫成 postgres://user@host/database，或留空以使用 SQLite。",
        ) from error
    own = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        **{ours: str(parts[theirs]) for theirs, ours in own.items() if theirs in parts},
        "OPTIONS": {key: value for key, value in parts.items() if key not in own},
    }


DATABASES = {"default": {**_database(), "CONN_MAX_AGE": None, "ATOMIC_REQUESTS": False}}

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["fanghu.signin.backend.LedgerBackend"]
FANGHU_PROOF_COST = 200_000  # hashes at most before a first attempt: a tenth of a second or two for a browser
FANGHU_SIGNIN_DEADLINE = 0.4  # seconds from arrival to the answer of an attempt: above all but the slowest hashes
PASSWORD_HASHERS = ["fanghu.signin.hashers.OwaspArgon2"]
ACCOUNT_USER_MODEL_USERNAME_FIELD, ACCOUNT_USER_MODEL_EMAIL_FIELD = "login_id", None
ACCOUNT_LOGIN_METHODS, ACCOUNT_SIGNUP_FIELDS = {"username"}, ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # the lock ledger answers for 6.5; allauth's sliding windows break it
ACCOUNT_ADAPTER, MFA_ADAPTER = "fanghu.signin.adapter.Adapter", "fanghu.signin.factor.SealedSeeds"
ACCOUNT_FORMS = {"login": "fanghu.signin.forms.SignInForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-fanghu", "__Host-fanghu-csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ENGINE = "fanghu.signin.cookie"
SESSION_COOKIE_AGE = 86_400  # the longest use a condition can allow
SECURE_HSTS_SECONDS = 31_536_000
SECURE_SSL_REDIRECT = False  # nothing listens in clear text
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # under "no-referrer" browsers send Origin: null, and every form is refused
CSRF_FAILURE_VIEW = "fanghu.console.faults.forged"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}


def _mail_port() -> int:
    given = os.environ.get("FANGHU_MAIL_PORT", "587")
    if not given.isdecimal():
        raise Fault(
            "FH-CFG-03",
            "FANGHU_MAIL_PORT is no port; give a number such as 587.",
            "FANGHU_MAIL_PORT 不是連接埠；請填數字，例如 587。",
        )
    return int(given)


EMAIL_HOST = os.environ.get("FANGHU_MAIL_HOST", "")  # none: nothing is sent
EMAIL_PORT, EMAIL_USE_TLS, EMAIL_TIMEOUT = _mail_port(), True, 20
EMAIL_HOST_USER = os.environ.get("FANGHU_MAIL_USER", "")
EMAIL_HOST_PASSWORD = CUSTODY.handed("mail-password")
DEFAULT_FROM_EMAIL = os.environ.get("FANGHU_MAIL_FROM", "fanghu@localhost")

LANGUAGE_CODE = "zh-hant"
LANGUAGES = [("zh-hant", _("Traditional Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_SECURE = LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Taipei"
DATETIME_FORMAT, DATE_FORMAT = "Y-m-d H:i", "Y-m-d"
USE_L10N = False

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["security.W008"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "fanghu.signin.masking.Mask"}, "hush": {"()": "fanghu.endpoints.provoked.Hush"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["mask", "hush"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "ERROR"}},  # every refused page of every drill would be a line
}
