"""The faults of retention, each with its code and both sentences."""

from __future__ import annotations

from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-RET-01": (
        "Nothing of this log may go yet: no whole part of it is older than its retention and free of holds.",
        "此日誌目前沒有可刪除的部分：尚無整段超過保存期限且未受保全的紀錄。",
    ),
    "FH-RET-02": ("Say why; a second person decides on it.", "請填寫理由；由第二人決定。"),
    "FH-RET-03": ("The hold ends before it begins; correct the days.", "保全的結束日早於起始日；請修正日期。"),
    "FH-RET-04": ("This hold is not in force any more; load the page anew.", "此保全已解除；請重新載入頁面。"),
    "FH-RET-05": ("There is no such log; choose one of those listed.", "沒有這個日誌；請從清單中選擇。"),
    "FH-RET-06": ("This waits for a second person already.", "此項已在等待第二人決定。"),
    "FH-RET-07": (
        "The folder is not empty and holds no archive of this log; name an empty one or the archive itself.",
        "資料夾並非空的，也不是此日誌的封存；請指定空資料夾或原封存。",
    ),
    "FH-RET-08": (
        "The copy does not verify against the pinned key, so it does not stand; see the findings of `fanghu log verify` on it.",
        "複本無法以既定金鑰驗證，因此不予採用；請對其執行 `fanghu log verify` 查看原因。",
    ),
    "FH-RET-09": (
        "A log stands here already and is not part of that archive; nothing was changed.",
        "此處已有日誌，且並非該封存的一部分；未變更任何資料。",
    ),
    "FH-RET-10": (
        "The store does not answer as an S3 store does; check its address, its certificate and the network, then go on: what lies there already stays.",
        "儲存服務未如 S3 般回應；請檢查位址、憑證與網路後再繼續，已上傳者不受影響。",
    ),
    "FH-RET-11": (
        "The store does not let us in; give its key in a file with --credentials, or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        "儲存服務拒絕存取；請以 --credentials 指定金鑰檔，或設定 AWS_ACCESS_KEY_ID 與 AWS_SECRET_ACCESS_KEY。",
    ),
    "FH-RET-12": (
        "There is no such bucket, or an object of the archive is missing from it; check the name, or archive again.",
        "找不到該儲存貯體，或其中缺少封存物件；請確認名稱，或重新封存。",
    ),
    "FH-RET-13": (
        "An object is not in the store as it was sent; do not rely on this archive, and look into it.",
        "儲存服務中的物件與送出的內容不同；請勿倚賴此封存並查明原因。",
    ),
    "FH-RET-14": (
        "There is not enough room on the disk; make room, then run the command again. Nothing stands half-done.",
        "磁碟空間不足；請清出空間後重新執行，不會留下不完整的結果。",
    ),
    "FH-RET-15": (
        "Write the place as s3://BUCKET/PREFIX, and --endpoint as https://HOST (http only on this machine).",
        "位置請寫成 s3://貯體/前綴，--endpoint 請寫成 https://主機（僅限本機可用 http）。",
    ),
    "FH-RET-16": (
        "Others may read the file with the store's key; run `chmod 600` on it first.",
        "他人可讀取儲存服務的金鑰檔；請先執行 `chmod 600`。",
    ),
    "FH-RET-17": (
        "A file or folder of the log or of the archive cannot be read or written; check that it is mounted and whose it is.",
        "無法讀寫日誌或封存的檔案或資料夾；請確認已掛載且權限正確。",
    ),
    "FH-RET-18": (
        "What is archived there is of another log, or of entries that this log does not hold: it may have been set back. "
        "Nothing was changed; archive to another place, and find out why.",
        "該處封存的是另一個日誌，或含有此日誌所沒有的項目（可能曾被換回較舊的副本）。未變更任何資料；請封存至他處並查明原因。",
    ),
    "FH-RET-19": ("There is no archive there; check the place.", "該處沒有封存；請確認位置。"),
    "FH-RET-20": (
        "The log does not verify, so the archive was left as it is; see the findings of `fanghu log verify` on the log.",
        "日誌無法通過驗證，因此封存維持原狀；請對該日誌執行 `fanghu log verify` 查看原因。",
    ),
})  # fmt: skip
fault = SENTENCES.fault
