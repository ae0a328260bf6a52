"""Every answer that takes nothing, with its code and its HTTP status."""

from __future__ import annotations

from fanghu.edge.taker import Refused

STATUS = {
    "FH-IN-01": 401, "FH-IN-02": 503, "FH-IN-03": 503, "FH-IN-04": 503, "FH-IN-05": 413, "FH-IN-06": 415,
    "FH-IN-07": 429, "FH-IN-08": 409, "FH-IN-09": 409, "FH-IN-10": 400, "FH-IN-11": 408, "FH-IN-12": 503,
    "FH-IN-13": 404, "FH-IN-14": 405, "FH-IN-15": 403,
}  # fmt: skip
"""HTTP status by code."""


def stranger() -> Refused:
    """No credentials, or none that are known: nothing more is said."""
    return Refused("FH-IN-01", "A valid token or client certificate is needed.", "需要有效的權杖或用戶端憑證。")


def away() -> Refused:
    """The sequencer does not answer."""
    return Refused(
        "FH-IN-02",
        "The log takes nothing just now; send the same batch again.",
        "日誌目前無法接收；請稍後重送同一批。",
        retry=True,
    )


def full() -> Refused:
    """More waits than may wait."""
    return Refused(
        "FH-IN-03",
        "Too much is waiting to be written; send the same batch again later.",
        "等待寫入的資料過多；請稍後重送同一批。",
        retry=True,
    )


def unwritten(why_en: str = "", why_zh: str = "") -> Refused:
    """The disk did not take it."""
    return Refused(
        "FH-IN-04",
        why_en or "The log could not be written; send the same batch again later.",
        why_zh or "日誌無法寫入；請稍後重送同一批。",
        retry=True,
    )


def oversized(position: int, longest: int) -> Refused:
    """One line is longer than an entry can hold; ``position`` counts from 1."""
    return Refused(
        "FH-IN-05",
        f"Line {position} is longer than {longest} bytes; nothing of the batch was taken. Shorten or split the record.",
        f"第 {position} 行超過 {longest} 位元組；整批未收。請縮短或分割該筆紀錄。",
    )


def too_large(most_bytes: int, most_lines: int) -> Refused:
    """The whole batch is too large."""
    return Refused(
        "FH-IN-05",
        f"A batch holds at most {most_bytes} bytes and {most_lines} lines; send smaller ones.",
        f"每批至多 {most_bytes} 位元組、{most_lines} 行；請縮小批次。",
    )


def unknown_form(what: str) -> Refused:
    """A content type or encoding that is not read here."""
    return Refused(
        "FH-IN-06",
        f"{what} is not read here; send NDJSON, text lines or OTLP, plain or packed with gzip or zstd.",
        f"不支援 {what}；請以 NDJSON、文字行或 OTLP 傳送，可用 gzip 或 zstd 壓縮。",
    )


def too_fast(most: int) -> Refused:
    """More records a second than the source may send."""
    return Refused(
        "FH-IN-07",
        f"This source may send {most} records a second; wait, then send the same batch again.",
        f"此來源每秒至多 {most} 筆；請稍候再重送同一批。",
        retry=True,
    )


def other_content(number: int) -> Refused:
    """A number that was used for something else."""
    return Refused(
        "FH-IN-08",
        f"Batch {number} was taken with other content; give each batch a number of its own, rising.",
        f"第 {number} 批先前已以不同內容收下；每批請使用各自遞增的編號。",
    )


def too_old(number: int, floor: int) -> Refused:
    """A number so old that nobody can say whether it was taken."""
    return Refused(
        "FH-IN-09",
        f"Batch {number} is too old to be told from one taken before; use numbers above {floor}.",
        f"第 {number} 批過舊，無法判斷是否已收；請使用大於 {floor} 的編號。",
    )


def malformed(en: str, zh_hant: str) -> Refused:
    """A request that cannot be read."""
    return Refused("FH-IN-10", en, zh_hant)


def slow() -> Refused:
    """The sender took too long."""
    return Refused(
        "FH-IN-11",
        "The request did not arrive in time; send it again, in smaller batches if the line is slow.",
        "請求未於時限內送達；請重送，線路較慢時請縮小批次。",
        retry=True,
    )


def reserve_reached() -> Refused:
    """The disk is nearly full."""
    return Refused(
        "FH-IN-12",
        "The disk is nearly full; free space, then send the same batch again.",
        "磁碟空間將滿；請先釋出空間，再重送同一批。",
        retry=True,
    )


def nowhere() -> Refused:
    """An address that does not exist."""
    return Refused("FH-IN-13", "Send to /v1/records or /v1/logs.", "請送至 /v1/records 或 /v1/logs。")


def wrong_method() -> Refused:
    """Not a POST."""
    return Refused("FH-IN-14", "Send with POST.", "請以 POST 傳送。")


def closed_way() -> Refused:
    """The source may not use this way in."""
    return Refused("FH-IN-15", "This way in is closed to the source.", "此來源未開放此接收方式。")
