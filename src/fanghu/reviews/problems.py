"""The faults of reviews, each with its code and both sentences."""

from __future__ import annotations

from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-REV-01": (
        "There is nothing to review for this system and day; choose a day from the list.",
        "此系統在這一天沒有應覆核的項目；請由清單選擇日期。",
    ),
    "FH-REV-02": (
        "The day holds something else than the page showed; read it again, then sign.",
        "當日內容已與畫面所示不同；請重新檢視後再簽核。",
    ),
    "FH-REV-03": (
        "You did some of what this day holds; somebody else must review it.",
        "當日部分操作是您本人所為，須由他人覆核。",
    ),
    "FH-REV-04": ("This day is signed already, and nothing was added.", "這一天已簽核，且無新增紀錄。"),
    "FH-REV-05": (
        "A day that holds administrators' deeds is signed on a page of its own; load the list anew.",
        "有管理者操作的日子須個別檢視後簽核；請重新載入清單。",
    ),
    "FH-REV-06": ("Say what was found.", "請說明發現的事項。"),
    "FH-REV-07": ("Say what was found out and done.", "請說明查明的原因與處置。"),
    "FH-REV-08": ("This finding is closed already, or there is none.", "此發現事項已結案或不存在。"),
    "FH-REV-09": ("Only a person can sign; sign in with an account of your own.", "僅能由人員簽核；請以本人帳號登入。"),
    "FH-REV-10": (
        "Choose the systems whose logs were reviewed; only those in use can be chosen.",
        "請選擇已審查其稽核紀錄的系統；僅能選擇使用中的系統。",
    ),
    "FH-REV-11": (
        "The period ends before it begins, or has not ended yet; correct the dates.",
        "期間起訖顛倒，或期間尚未結束；請更正日期。",
    ),
    "FH-REV-12": ("Say what was looked at.", "請說明檢視了哪些內容。"),
})  # fmt: skip
fault = SENTENCES.fault
