"""The faults of alarms, each with its code and both sentences."""

from __future__ import annotations

from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-ALM-01": ("There is no such alarm; load the list anew.", "沒有這筆告警；請重新載入清單。"),
    "FH-ALM-02": ("Say what was done; it is kept as the record.", "請填寫處理情形；內容會留存為紀錄。"),
    "FH-ALM-03": (
        "The failure still goes on; put it right first, then close the alarm.",
        "失效仍在持續；請先排除，再行結案。",
    ),
    "FH-ALM-04": (
        "Nobody has recorded yet what was done about it; record that, then close the alarm.",
        "尚未記錄處理情形；請先記錄，再行結案。",
    ),
    "FH-ALM-05": ("This alarm is closed already.", "此告警已經結案。"),
    "FH-ALM-06": (
        "An alarm is acted on and closed by a person who is signed in.",
        "告警須由已登入的人員處理與結案。",
    ),
    "FH-ALM-10": (
        "The address must begin with https:// and name a host, without a user name or fragment; correct it.",
        "網址須以 https:// 開頭並包含主機名稱，不得含使用者名稱或片段；請修正。",
    ),
})  # fmt: skip
fault = SENTENCES.fault
