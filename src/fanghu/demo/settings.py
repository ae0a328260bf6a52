"""The settings of the sample: the product's own, with the one-time links; refused outside the sample's folder."""

from fanghu.demo.folder import require_loopback, require_sample
from fanghu.settings import *  # noqa: F403
from fanghu.settings import BASE_URL, HOME, INSTALLED_APPS

require_sample(HOME)
require_loopback(BASE_URL)
INSTALLED_APPS = ["fanghu.demo", *INSTALLED_APPS]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ROOT_URLCONF = "fanghu.demo.urls"
FANGHU_SAMPLE = True
