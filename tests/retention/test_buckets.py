"""A log archived to an S3 store that checks every signature over the wire, and restored from it."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from fanghu.faults import Fault
from fanghu.retention.archive import copy, restore
from fanghu.retention.buckets import Bucket, BucketStore, Credentials, credentials
from fanghu.tlog import frames
from tests.retention.certificates import server_certificate
from tests.tlog.stage import KEYS, NOW, Stage, entries

UNTIL = datetime.now(UTC) + timedelta(days=1_096)


@dataclass
class S3:
    """The server, who may use it, and a client of the test's own."""

    endpoint: str
    authority: Path
    who: Credentials
    client: Any
    made: int = 0

    def bucket(self, *, locks: bool = False) -> str:
        self.made += 1
        name = f"archive-{self.made}"
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
        return name

    def store(self, bucket: str, who: Credentials | None = None, **asked: Any) -> BucketStore:
        at = Bucket.read(f"s3://{bucket}/fanghu", self.endpoint, self.authority, "us-east-1")
        return BucketStore(at, who or self.who, **{"until": UNTIL} | asked)


@pytest.fixture(scope="module", params=["moto", "seaweedfs"])
def s3(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """moto's server; and SeaweedFS, which keeps things for good, where its program ``weed`` is at hand."""
    folder = tmp_path_factory.mktemp(request.param)
    with _moto(folder) if request.param == "moto" else _seaweedfs(folder) as found:
        yield found


@contextmanager
def _moto(folder: Path) -> Iterator[S3]:
    authority, certificate, key_file = server_certificate(folder / "tls")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0", "-c", certificate, "-k", key_file]
    with _server(folder, command, INITIAL_NO_AUTH_ACTION_COUNT="3") as told:
        endpoint = told(rb"Running on (https://127.0.0.1:[1-9]\d*)")
        said = {"endpoint_url": endpoint, "region_name": "us-east-1", "verify": str(authority)}
        iam = boto3.client("iam", aws_access_key_id="anyone", aws_secret_access_key="anyone", **said)
        iam.create_user(UserName="archivist")
        key = iam.create_access_key(UserName="archivist")["AccessKey"]
        allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.put_user_policy(UserName="archivist", PolicyName="all", PolicyDocument=json.dumps(allowed))
        who = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        yield S3(endpoint, authority, who, _client(endpoint, authority, who))


@contextmanager
def _seaweedfs(folder: Path) -> Iterator[S3]:
    program = shutil.which("weed")
    if program is None:
        pytest.skip("no SeaweedFS on this machine")
    authority, certificate, key_file = server_certificate(folder / "tls")
    who = Credentials("archivist", secrets.token_hex(16))
    may = {"name": "archivist", "credentials": [{"accessKey": who.key, "secretKey": who.secret}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [may]}))
    master, volume, filer, plain, https = (_free() for _port in range(5))
    command = [
        program, "server", f"-dir={folder}", "-ip=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}",
        *(f"-{part}.port.grpc={_free()}" for part in ("master", "volume", "filer", "s3")),
        "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-filer", f"-filer.port={filer}", "-s3", f"-s3.port={plain}", f"-s3.port.https={https}",
        f"-s3.config={folder / 's3.json'}", f"-s3.cert.file={certificate}", f"-s3.key.file={key_file}",
        "-master.volumeSizeLimitMB=64", "-volume.max=200",
    ]  # fmt: skip
    with _server(folder, command):
        endpoint = f"https://127.0.0.1:{https}"
        client, until = _client(endpoint, authority, who), time.monotonic() + 120
        while True:
            try:
                client.create_bucket(Bucket="archive-0")
                break
            except (BotoCoreError, ClientError):
                assert time.monotonic() < until
                time.sleep(0.2)
        yield S3(endpoint, authority, who, client)


@contextmanager
def _server(folder: Path, command: list[Any], **environment: str) -> Iterator[Callable[[bytes], str]]:
    """A server that runs; waits for what it says."""
    with (folder / "told").open("wb") as told:
        server = subprocess.Popen(command, env=os.environ | environment, stdout=told, stderr=told)

    def says(what: bytes) -> str:
        until = time.monotonic() + 120
        while not (said := re.search(what, (folder / "told").read_bytes())):
            assert time.monotonic() < until
            assert server.poll() is None
            time.sleep(0.05)
        return said[1].decode()

    try:
        yield says
    finally:
        server.terminate()
        server.wait(60)


def _free() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _client(endpoint: str, authority: Path, who: Credentials) -> Any:
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", verify=str(authority),
        aws_access_key_id=who.key, aws_secret_access_key=who.secret,
    )  # fmt: skip


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole segment and a rest."""
    stage = Stage(tmp_path_factory.mktemp("grown"))
    with stage.writer() as writer:
        writer.append(entries(0, frames.SEGMENT + 300))
        writer.seal(NOW)
    return stage.base


@pytest.fixture
def stage(grown: Path, tmp_path: Path) -> Stage:
    return Stage(Path(shutil.copytree(grown, tmp_path / "house")))


def test_a_log_goes_there_and_comes_back_whole(s3: S3, stage: Stage, tmp_path: Path) -> None:
    store = s3.store(s3.bucket())
    first = copy(stage.folder, store, KEYS)
    assert first.report.ok and first.report.size == frames.SEGMENT + 300
    assert not store.locks
    with stage.writer() as writer:
        writer.append(entries(writer.size, writer.size + 700))
        writer.seal(NOW)
    second = copy(stage.folder, store, KEYS)
    assert second.report.size == frames.SEGMENT + 1_000
    assert second.size < first.size / 4, "what lasts is sent once"
    back = restore(store, tmp_path / "elsewhere" / "log", KEYS)
    assert back.report.size == frames.SEGMENT + 1_000
    assert {p.name: p.read_bytes() for p in (tmp_path / "elsewhere" / "log").rglob("*.blocks")} == {
        p.name: p.read_bytes() for p in stage.folder.rglob("*.blocks")
    }
    (stage.folder / "frames" / frames.segment_name(0)).unlink()
    assert restore(store, stage.folder, KEYS).files == 1
    assert stage.verify().ok


def test_where_the_bucket_locks_nobody_removes_what_lasts(s3: S3, stage: Stage) -> None:
    bucket = s3.bucket(locks=True)
    store = s3.store(bucket)
    assert store.locks
    copy(stage.folder, store, KEYS)
    key = f"fanghu/frames/{frames.segment_name(0)}"
    held = s3.client.head_object(Bucket=bucket, Key=key)
    assert held["ObjectLockMode"] == "COMPLIANCE"
    assert abs(held["ObjectLockRetainUntilDate"] - UNTIL) < timedelta(seconds=2)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.client.delete_object(Bucket=bucket, Key=key, VersionId=held["VersionId"])
    for each in s3.client.list_object_versions(Bucket=bucket)["Versions"]:
        held = s3.client.head_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
        assert held["ObjectLockMode"] == "COMPLIANCE", each["Key"]


def test_what_is_laid_over_a_locked_archive_is_passed_by(s3: S3, stage: Stage, tmp_path: Path) -> None:
    bucket = s3.bucket(locks=True)
    copy(stage.folder, s3.store(bucket), KEYS)
    good = max(each["LastModified"] for each in s3.client.list_object_versions(Bucket=bucket)["Versions"])
    key, until = f"fanghu/frames/{frames.segment_name(0)}", time.monotonic() + 60
    later = good
    while later <= good:  # the store tells whole seconds
        assert time.monotonic() < until
        s3.client.put_object(Bucket=bucket, Key="clock", Body=b"")
        later = s3.client.head_object(Bucket=bucket, Key="clock")["LastModified"]
    s3.client.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.client.delete_object(Bucket=bucket, Key="fanghu/checkpoint")
    with pytest.raises(Fault, match="FH-RET-08"):
        restore(s3.store(bucket), tmp_path / "elsewhere" / "log", KEYS)
    back = restore(s3.store(bucket, as_of=good), tmp_path / "elsewhere" / "log", KEYS)
    assert back.report.size == frames.SEGMENT + 300
    with pytest.raises(Fault, match="FH-RET-08"):
        restore(s3.store(bucket, as_of=good - timedelta(days=1)), tmp_path / "third" / "log", KEYS)


def test_what_was_altered_later_is_found_by_reading_all_of_it_again(s3: S3, stage: Stage) -> None:
    bucket = s3.bucket()
    copy(stage.folder, s3.store(bucket), KEYS)
    assert copy(stage.folder, s3.store(bucket, reread=True), KEYS).report.ok
    key = f"fanghu/frames/{frames.segment_name(0)}"
    s3.client.put_object(
        Bucket=bucket, Key=key, Body=bytes(s3.client.head_object(Bucket=bucket, Key=key)["ContentLength"])
    )
    with pytest.raises(Fault, match="FH-RET-13"):
        copy(stage.folder, s3.store(bucket, reread=True), KEYS)


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "FH-RET-14"), (errno.EACCES, "FH-RET-17")])
def test_a_disk_that_refuses_leaves_nothing_half_done(
    s3: S3, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    store = s3.store(s3.bucket())
    copy(stage.folder, store, KEYS)

    def refuses(_handle: int) -> None:
        raise OSError(number, "no")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuses)
        with pytest.raises(Fault, match=code):
            restore(store, tmp_path / "elsewhere" / "log", KEYS)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_store_that_does_not_show_the_declared_certificate_is_not_spoken_to(s3: S3, tmp_path: Path) -> None:
    other, *_ = server_certificate(tmp_path / "tls")
    with pytest.raises(Fault, match="FH-RET-10"):
        BucketStore(Bucket.read("s3://archive-1", s3.endpoint, other, "us-east-1"), s3.who)


def test_what_was_altered_or_lost_there_never_becomes_a_log(s3: S3, stage: Stage, tmp_path: Path) -> None:
    bucket = s3.bucket()
    store = s3.store(bucket)
    copy(stage.folder, store, KEYS)
    key = f"fanghu/frames/{frames.segment_name(0)}"
    good = s3.client.get_object(Bucket=bucket, Key=key)["Body"].read()
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-1], good + b"x"):
        s3.client.put_object(Bucket=bucket, Key=key, Body=bad)
        with pytest.raises(Fault, match="FH-RET-08"):
            restore(store, tmp_path / "elsewhere" / "log", KEYS)
        assert list((tmp_path / "elsewhere").iterdir()) == []
    s3.client.delete_object(Bucket=bucket, Key=key)
    with pytest.raises(Fault, match="FH-RET-08"):
        restore(store, tmp_path / "elsewhere" / "log", KEYS)
    assert copy(stage.folder, store, KEYS).report.ok, "archiving again mends it"
    try:
        s3.client.put_object(Bucket=bucket, Key="fanghu/../escape", Body=b"x")
    except s3.client.exceptions.InvalidRequest:
        return  # SeaweedFS takes no such name
    with pytest.raises(Fault, match="FH-RET-13"):
        restore(store, tmp_path / "elsewhere" / "log", KEYS)


def test_a_copy_cut_short_goes_on_where_it_stopped(
    s3: S3, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = s3.store(s3.bucket())
    put, sent = BucketStore.put, list[str]()

    def dies(self: BucketStore, name: str, data: Path | bytes) -> int:
        if name.endswith("tail"):
            raise KeyboardInterrupt
        sent.append(name)
        return put(self, name, data)

    with monkeypatch.context() as broken:
        broken.setattr(BucketStore, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            copy(stage.folder, store, KEYS)
    assert any(name.endswith(".blocks") for name in sent)
    with pytest.raises(Fault, match="FH-RET-08"):
        restore(store, tmp_path / "elsewhere" / "log", KEYS)
    rest = copy(stage.folder, store, KEYS)
    assert rest.report.ok
    assert rest.files < len(list(stage.paths()))


def test_a_store_that_keeps_something_else_is_found_out(s3: S3, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3.store(s3.bucket())
    monkeypatch.setattr(BucketStore, "_digest", lambda _self, _name: bytes(32))
    with pytest.raises(Fault, match="FH-RET-13"):
        copy(stage.folder, store, KEYS)


def test_each_trouble_is_one_sentence_and_names_no_secret(s3: S3, stage: Stage, tmp_path: Path) -> None:
    bucket = s3.bucket()
    with pytest.raises(Fault, match="FH-RET-11") as found:
        s3.store(bucket, Credentials(s3.who.key, "wrong-secret"))
    assert "wrong-secret" not in str(found.value) and s3.who.key not in str(found.value)
    with pytest.raises(Fault, match="FH-RET-12"):
        s3.store("no-such-bucket")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = Bucket.read("s3://archive/x", f"http://127.0.0.1:{nobody.getsockname()[1]}", None, "us-east-1")
        with pytest.raises(Fault, match="FH-RET-10"):
            BucketStore(away, s3.who)
    s3.client.put_object(Bucket=bucket, Key="fanghu/holiday.jpg", Body=b"x")
    with pytest.raises(Fault, match="FH-RET-07"):
        copy(stage.folder, s3.store(bucket), KEYS)
    assert s3.who.secret not in repr(s3.who)


@pytest.mark.parametrize(
    ("place", "endpoint"),
    [("s3:///x", None), ("s3://key:secret@b/x", None), ("s3://b/x?y", None), ("s3://b", "http://store.example"),
     ("s3://b", "ftp://store.example"), ("s3://b", "https://a:b@store.example")],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(place: str, endpoint: str | None) -> None:
    with pytest.raises(Fault, match="FH-RET-15"):
        Bucket.read(place, endpoint, None, "us-east-1")


def test_credentials_come_from_a_file_of_the_owner_s_alone_or_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("[default]\naws_access_key_id = one\naws_secret_access_key = two%\n")
    path.chmod(0o644)
    with pytest.raises(Fault, match="FH-RET-16"):
        credentials(path, {})
    path.chmod(0o600)
    assert credentials(path, {}) == Credentials("one", "two%")
    assert credentials(None, {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}) == Credentials("a", "b")
    for text in ("", "[other]\nx = y\n", "[default]\naws_access_key_id = one\n", "nonsense"):
        path.write_text(text)
        with pytest.raises(Fault, match="FH-RET-11"):
            credentials(path, {})
    with pytest.raises(Fault, match="FH-RET-11"):
        credentials(None, {})
