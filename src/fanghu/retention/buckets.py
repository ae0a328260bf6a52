"""An archive in a bucket of an S3-compatible store: signed requests (SigV4), every object read back, locked where it can be.

The store is believed nothing: what it says it took is read again and compared, and what comes back is verified as a log
before it stands anywhere. Where the bucket locks objects (S3 Object Lock), nobody can remove a version of one early; what
was laid over it is passed by with ``as_of``.
"""

from __future__ import annotations

import base64
import configparser
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fanghu.retention.problems import fault
from fanghu.retention.stores import LAST, belongs, files, lasting, sync
from fanghu.tlog.note import Verifier
from fanghu.tlog.report import Report
from fanghu.tlog.verify import verify_folder

CHUNK = 1 << 20
MOST = 2_000_000  # objects of one archive: a hundred thousand million entries
DENIED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "Forbidden", "AuthFailure"}
MISSING = {"NoSuchBucket", "NoSuchKey", "404", "NotFound"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where: ``s3://name/prefix`` at ``endpoint``. ``authority`` is a PEM file of its own certificate authority."""

    name: str
    prefix: str
    endpoint: str | None = None
    authority: Path | None = None
    region: str = "us-east-1"

    @classmethod
    def read(cls, place: str, endpoint: str | None, authority: Path | None, region: str) -> Bucket:
        """Fault FH-RET-15 for an address that is none, or that is not https (loopback apart)."""
        parts = urlsplit(place)
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
            raise fault("FH-RET-15")
        if endpoint is not None:
            to = urlsplit(endpoint)
            if (
                not to.hostname
                or "@" in to.netloc
                or (to.scheme != "https" and not (to.scheme == "http" and _here(to.hostname)))
            ):
                raise fault("FH-RET-15")
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "", endpoint, authority, region)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks; never printed."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def credentials(path: Path | None, environment: Mapping[str, str]) -> Credentials:
    """From a file as the AWS tools keep it (``[default]``, readable by its owner only), else from the environment.

    Fault FH-RET-11 where there are none, FH-RET-16 for a file that others may read.
    """
    found: Mapping[str, str] = environment
    if path is not None:
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise fault("FH-RET-16")
            parsed = configparser.ConfigParser(interpolation=None)
            parsed.read_string(path.read_text())
            found = {name.upper(): value for name, value in parsed["default"].items()}
        except (OSError, UnicodeDecodeError, configparser.Error, KeyError):
            raise fault("FH-RET-11") from None
    key, secret = found.get("AWS_ACCESS_KEY_ID", ""), found.get("AWS_SECRET_ACCESS_KEY", "")
    if not key or not secret:
        raise fault("FH-RET-11")
    return Credentials(key, secret, found.get("AWS_SESSION_TOKEN"))


class BucketStore:
    """See `stores.Store`.

    ``until``: what is sent is locked till then, where the bucket can. ``as_of``: comes back as it lay there then (aware).
    ``reread``: what lasts is read back and compared each time, not only when it is sent.
    """

    def __init__(
        self, bucket: Bucket, who: Credentials, *,
        until: datetime | None = None, as_of: datetime | None = None, reread: bool = False,
    ) -> None:  # fmt: skip
        import boto3
        from botocore.config import Config

        self.bucket, self._until, self._as_of, self._reread = bucket, until, as_of, reread
        settings = Config(
            signature_version="s3v4", ignore_configured_endpoint_urls=True, connect_timeout=10, read_timeout=60,
            retries={"total_max_attempts": 3, "mode": "standard"},
            s3={"payload_signing_enabled": True, "addressing_style": "path" if bucket.endpoint else "auto"},
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
        )  # fmt: skip
        with _told():
            self._s3: Any = boto3.session.Session().client(
                "s3", endpoint_url=bucket.endpoint, region_name=bucket.region, config=settings,
                verify=str(bucket.authority) if bucket.authority else True,
                aws_access_key_id=who.key, aws_secret_access_key=who.secret, aws_session_token=who.token,
            )  # fmt: skip
        self.locks = self._locking()

    def sizes(self) -> Mapping[str, int]:
        """See `Store`."""
        found: dict[str, int] = {}
        with _told():
            pages = self._s3.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket.name, Prefix=self.bucket.prefix):
                for each in page.get("Contents", ()):
                    found[each["Key"].removeprefix(self.bucket.prefix)] = int(each["Size"])
                if len(found) > MOST:
                    raise fault("FH-RET-13")
        return found

    def _lay(self, then: datetime) -> Mapping[str, tuple[int, str]]:
        """Sizes and versions of what lay there at a time, whatever was laid over it or taken away since."""
        newest: dict[str, tuple[datetime, int, str]] = {}
        with _told():
            pages = self._s3.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=self.bucket.name, Prefix=self.bucket.prefix):
                for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    name, at = each["Key"].removeprefix(self.bucket.prefix), each["LastModified"]
                    if at <= then and (name not in newest or newest[name][0] < at):
                        newest[name] = (at, int(each.get("Size", -1)), each["VersionId"])
                if len(newest) > MOST:
                    raise fault("FH-RET-13")
        return {name: (size, version) for name, (_at, size, version) in newest.items() if size >= 0}

    def put(self, name: str, data: Path | bytes) -> int:
        """See `Store`; Fault FH-RET-13 when what lies there then is something else."""
        with tempfile.TemporaryFile() as held:  # the log goes on growing: what is sent is what is hashed
            if isinstance(data, Path):
                with data.open("rb") as source:
                    shutil.copyfileobj(source, held, CHUNK)
            else:
                held.write(data)
            size = held.tell()
            held.seek(0)
            digest = sha256()
            while some := held.read(CHUNK):
                digest.update(some)
            held.seek(0)
            locked: dict[str, Any] = {}
            if self.locks and self._until is not None:
                locked = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": self._until}
            with _told():
                self._s3.put_object(
                    Bucket=self.bucket.name,
                    Key=self._key(name),
                    Body=held,
                    ContentLength=size,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                    **locked,
                )
        if self._digest(name) != digest.digest():
            raise fault("FH-RET-13")
        return size

    def checkpoint(self) -> bytes:
        """See `Store`."""
        return next(self._read(LAST), b"")  # a checkpoint is far shorter than one piece

    def drop(self, name: str) -> None:
        """See `Store`."""
        with _told():
            self._s3.delete_object(Bucket=self.bucket.name, Key=self._key(name))

    def local(self, scratch: Path) -> Path:
        """See `Store`; Fault FH-RET-13 for what no log has, FH-RET-14 when it is more than the disk has room for."""
        there = self._lay(self._as_of) if self._as_of else {name: (size, "") for name, size in self.sizes().items()}
        if not all(map(belongs, there)):
            raise fault("FH-RET-13")
        if sum(size for size, _version in there.values()) > shutil.disk_usage(scratch.parent).free:
            raise fault("FH-RET-14")
        for name, (size, version) in there.items():
            self._fetch(name, size, scratch / name, version)
        return scratch

    def _fetch(self, name: str, most: int, to: Path, version: str = "") -> None:
        """Bring an object back, not more of it than was told."""
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with to.open("wb") as file:
            for some in self._read(name, version):
                if file.tell() + len(some) > most:
                    raise fault("FH-RET-13")
                file.write(some)
        sync(to)

    def verified(self, log: Path, keys: Sequence[Verifier]) -> Report:
        """The changing files as they lie in the store, with the lasting ones, compared when they were sent (or now)."""
        there = self.sizes()
        with tempfile.TemporaryDirectory(dir=log.parent, prefix=f".{log.name}.archived-") as folder:
            view = Path(folder)
            for name in there:
                if lasting(name) and (log / name).exists() and (log / name).stat().st_size == there[name]:
                    if self._reread and self._digest(name) != sha256((log / name).read_bytes()).digest():
                        raise fault("FH-RET-13")
                    (view / name).parent.mkdir(parents=True, exist_ok=True)
                    os.link(log / name, view / name)
                elif name in (*files(log), LAST):
                    self._fetch(name, there[name], view / name)
            return verify_folder(view, keys=keys)

    def _key(self, name: str) -> str:
        return self.bucket.prefix + name

    def _read(self, name: str, version: str = "") -> Iterator[bytes]:
        which = {"VersionId": version} if version else {}
        with _told():
            body = self._s3.get_object(Bucket=self.bucket.name, Key=self._key(name), **which)["Body"]
            while some := body.read(CHUNK):
                yield some

    def _digest(self, name: str) -> bytes:
        digest = sha256()
        for some in self._read(name):
            digest.update(some)
        return digest.digest()

    def _locking(self) -> bool:
        from botocore.exceptions import ClientError

        with _told():
            try:
                said = self._s3.get_object_lock_configuration(Bucket=self.bucket.name)
            except ClientError as why:
                if _code(why) in DENIED | {"NoSuchBucket"}:
                    raise
                return False  # a bucket, or a whole store, that knows no locks
            return bool(said.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with the store, in one sentence without what it said, which may hold names and keys."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as why:
        code = _code(why)
        raise fault("FH-RET-11" if code in DENIED else "FH-RET-12" if code in MISSING else "FH-RET-10") from None
    except BotoCoreError:
        raise fault("FH-RET-10") from None


def _code(why: Any) -> str:
    return str(why.response.get("Error", {}).get("Code", ""))


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
