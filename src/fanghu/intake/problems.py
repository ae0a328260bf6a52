"""The faults of sources, each with its code and both sentences."""

from __future__ import annotations

from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-SRC-01": ("There is no such system; register it first.", "沒有這個系統；請先登錄。"),
    "FH-SRC-02": ("There is no such source any more; load the list anew.", "此來源已不存在；請重新載入清單。"),
    "FH-SRC-03": (
        "A source's name is lower-case letters, digits and dashes; correct it.",
        "來源名稱須為小寫英文字母、數字與連字號；請修正。",
    ),
    "FH-SRC-04": ("A source of this name is declared already; choose another name.", "已有同名來源；請改用其他名稱。"),
    "FH-SRC-05": (
        "This is no address or network: {what}; write it such as 192.0.2.7 or 192.0.2.0/24.",
        "「{what}」不是位址或網段；請寫成 192.0.2.7 或 192.0.2.0/24。",
    ),
    "FH-SRC-06": ("Choose at least one way in.", "請至少選擇一種傳入方式。"),
    "FH-SRC-07": (
        "For syslog name the addresses it comes from, so that nobody else can write in its name.",
        "使用 syslog 時請填寫來源位址，以免他人冒名寫入。",
    ),
    "FH-SRC-08": (
        "A record is expected at least once in a number of minutes from 1 to 44,640; correct it.",
        "應有紀錄的間隔須為 1 至 44,640 分鐘；請修正。",
    ),
    "FH-SRC-09": (
        "Give both hours as HH:MM, or leave both empty for around the clock.",
        "時段起訖請以 HH:MM 填寫，或兩者皆留空表示全天。",
    ),
    "FH-SRC-10": ("Say why; a second person decides on it.", "請填寫理由；由第二人決定。"),
    "FH-SRC-11": ("Nothing would change; alter a value or go back.", "內容沒有變動；請修改後再送出，或返回。"),
    "FH-SRC-12": (
        "This is no SHA-256 fingerprint: {what}; copy its 64 hexadecimal digits.",
        "「{what}」不是 SHA-256 指紋；請複製完整的 64 個十六進位字元。",
    ),
    "FH-SRC-13": (
        "A token ends within a year at the latest and not in the past; choose another date.",
        "權杖效期至長一年且不得早於今日；請改選日期。",
    ),
    "FH-SRC-14": (
        "A listener is written as an address and port, such as 127.0.0.1:6514; correct {what}.",
        "接收位址須寫成位址與連接埠，例如 127.0.0.1:6514；請修正 {what}。",
    ),
    "FH-SRC-15": (
        "A file to follow is named by its whole path; correct {what}.",
        "要跟隨的檔案須寫出完整路徑；請修正 {what}。",
    ),
    "FH-SRC-16": (
        "For following a file name its path; for journald say what to match, such as _SYSTEMD_UNIT=sshd.service.",
        "跟隨檔案時請填寫路徑；讀取 journald 時請填寫比對條件，例如 _SYSTEMD_UNIT=sshd.service。",
    ),
    "FH-SRC-17": (
        "Syslog from other machines must come over TLS; keep unencrypted listeners on this machine itself.",
        "其他主機的 syslog 須經 TLS 傳送；未加密的接收位址只能限於本機。",
    ),
    "FH-SRC-18": ("There is no such time zone; write it such as Asia/Taipei.", "沒有這個時區；請寫成 Asia/Taipei 等名稱。"),
    "FH-SRC-19": ("There is no such format; choose one of the list.", "沒有這種格式；請由清單選擇。"),
    "FH-SRC-20": (
        "The authority of client certificates is no PEM certificate; copy the whole file.",
        "用戶端憑證的發行者不是 PEM 憑證；請複製整個檔案內容。",
    ),
})  # fmt: skip
fault = SENTENCES.fault
