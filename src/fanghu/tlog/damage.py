"""What can go wrong with a log, as faults a person can act on."""

from __future__ import annotations

from fanghu.faults import Exit, Fault


class LogBusy(Fault):
    """Another process holds the log's lock."""

    def __init__(self) -> None:
        super().__init__(
            "FH-TLG-01",
            "Another process is writing this log; try again when it has finished.",
            "另一個程序正在寫入此日誌；請待其結束後再試。",
            exit_code=Exit.BUSY,
        )


class LogDamaged(Fault):
    """Bytes the log vouched for are missing or changed; nothing was altered by finding this out."""

    def __init__(self, en: str, zh_hant: str, *, code: str = "FH-TLG-02") -> None:
        super().__init__(code, en, zh_hant, exit_code=Exit.NO)


class LogMissing(Fault):
    """There is no log in this folder."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            "FH-TLG-03",
            f"There is no log in {folder}; check the path.",
            f"{folder} 之中沒有日誌；請檢查路徑。",
        )


class LogRefuses(Fault):
    """The log could not make entries durable and accepts nothing until it is opened again."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "FH-TLG-04",
            f"The log could not be written ({reason}); nothing was accepted. Free space or mend the disk, then open it again.",
            f"日誌無法寫入（{reason}）；未接受任何內容。請釋出空間或修復磁碟後重新開啟。",
        )


class LogOvertaken(LogRefuses):
    """Checkpoint or tail are not as this writer left them: somebody else writes here, or put another state back."""

    def __init__(self) -> None:
        Fault.__init__(
            self,
            "FH-TLG-07",
            "The log on disk is not as this process left it; it writes no more. See who else writes there, then open it again.",
            "磁碟上的日誌已非此程序上次寫入的狀態；此程序停止寫入。請查明還有誰在寫入，再重新開啟。",
        )


class LogPruned(Fault):
    """What was asked for is of entries that the log was allowed to let go."""

    def __init__(self, first: int) -> None:
        super().__init__(
            "FH-TLG-08",
            f"The log holds entries from {first} on; those before were let go after the time they had to be kept.",
            f"日誌自第 {first} 筆起保存；之前的項目已於保存期滿後刪除。",
            exit_code=Exit.NO,
        )


class BadEntry(Fault):
    """An entry that is not in the frozen format, or too long for it."""

    def __init__(self, en: str, zh_hant: str) -> None:
        super().__init__("FH-TLG-05", en, zh_hant, exit_code=Exit.NO)


class BadNote(Fault):
    """A note, key or checkpoint that is not well formed or not signed by a pinned key."""

    def __init__(self, en: str, zh_hant: str) -> None:
        super().__init__("FH-TLG-06", en, zh_hant, exit_code=Exit.NO)
