"""The faults of retention, each with its code and both sentences."""

from __future__ import annotations

from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-RET-01": (
        "Nothing of this log may go yet: no whole part of it is older than its retention and free of holds.",
        "此紀錄檔目前沒有可刪除的部分：尚無整段超過保存期限且未受保全的紀錄。",
    ),
    "FH-RET-02": ("Say why; a second person decides on it.", "請填寫理由；由第二人決定。"),
    "FH-RET-03": ("The hold ends before it begins; correct the days.", "保全的結束日早於起始日；請修正日期。"),
    "FH-RET-04": ("This hold is not in force any more; load the page anew.", "此保全已解除；請重新載入頁面。"),
    "FH-RET-05": ("There is no such log; choose one of those listed.", "沒有這個紀錄檔；請從清單中選擇。"),
    "FH-RET-06": ("This waits for a second person already.", "此項已在等待第二人決定。"),
    "FH-RET-07": (
        "The folder is not empty and holds no archive of this log; name an empty one or the archive itself.",
        "資料夾並非空的，也不是此紀錄檔的封存；請指定空資料夾或原封存。",
    ),
    "FH-RET-08": (
        "The copy does not verify against the pinned key, so it does not stand; see the findings of `fanghu log verify` on it.",
        "複本無法以既定金鑰驗證，因此不予採用；請對其執行 `fanghu log verify` 查看原因。",
    ),
    "FH-RET-09": (
        "A log stands here already and is not part of that archive; nothing was changed.",
        "此處已有紀錄檔，且並非該封存的一部分；未變更任何資料。",
    ),
})  # fmt: skip
fault = SENTENCES.fault
