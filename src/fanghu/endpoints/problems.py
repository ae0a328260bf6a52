"""The faults of declared addresses and flows, each with its code and both sentences."""

from __future__ import annotations

from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-END-01": ("There is no such system; register it first.", "沒有這個系統；請先登錄。"),
    "FH-END-02": (
        "The host must be a name or an IP address, without https:// and path; correct it.",
        "主機須為名稱或 IP 位址，不含 https:// 與路徑；請修正。",
    ),
    "FH-END-03": ("A port is a number from 1 to 65535; correct it.", "連接埠須為 1 到 65535 的數字；請修正。"),
    "FH-END-04": (
        "This address is declared for this system already; change that one.",
        "此系統已登錄這個位址；請修改該筆資料。",
    ),
    "FH-END-05": (
        "This is read from what Fanghu itself runs with; change its configuration instead.",
        "此筆資料取自防護本身的執行設定；請改由設定變更。",
    ),
    "FH-END-06": ("This is not declared any more; load the page anew.", "此筆登錄已不存在；請重新載入頁面。"),
    "FH-END-07": ("The path begins with / and holds no spaces; correct it.", "路徑須以 / 開頭且不含空白；請修正。"),
    "FH-END-08": ("This system has a flow of that name already; choose another.", "此系統已有同名資料流；請改用其他名稱。"),
    "FH-END-09": (
        "The flow is carried by an address of another system; choose one of the same system.",
        "所選位址屬於其他系統；請選擇同一系統的位址。",
    ),
    "FH-END-10": ("Say why; a second person decides on it.", "請填寫理由；由第二人決定。"),
    "FH-END-11": ("Nothing would change; alter a value or go back.", "內容沒有變動；請修改後再送出，或返回。"),
})  # fmt: skip
fault = SENTENCES.fault
