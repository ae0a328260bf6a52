"""The faults of approvals, each one sentence that says what to do."""

from __future__ import annotations

from fanghu.approvals.rules import Refusal
from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-APR-01": ("There is no such request; start from the list of approvals.", "查無此申請；請從簽核清單重新開始。"),
    "FH-APR-02": (
        "This request is no longer waiting; reload the list of approvals.",
        "此申請已非待簽核狀態；請重新載入簽核清單。",
    ),
    "FH-APR-03": (
        "Whoever asks cannot approve, under whatever account; a second person must decide.",
        "申請人不得簽核自己的申請，換用其他帳號亦同；請由第二人簽核。",
    ),
    "FH-APR-04": (
        "Your account belongs to no person; have an administrator tie it to one before deciding.",
        "您的帳號未對應任何人員；請管理者先將帳號對應至人員再簽核。",
    ),
    "FH-APR-05": (
        "The person who asked created your account or reset its sign-in; decide under another account, or let a third person.",
        "申請人曾建立您的帳號或重設您的登入設定；請改用其他帳號或由第三人簽核。",
    ),
    "FH-APR-06": (
        "This was asked on the machine by nobody known; someone must first ask for it in their own name.",
        "此申請由主機命令列提出，申請人不明；請先由一人以本人名義提出。",
    ),
    "FH-APR-07": ("Say in the note why you refuse.", "請在說明欄填寫退回的理由。"),
    "FH-APR-08": (
        "What was asked is not what you were shown; reload the page and read it again.",
        "申請內容與您所見不同；請重新載入頁面並再次閱讀。",
    ),
    "FH-APR-09": (
        "Approvals are decided in the console by a signed-in person, never by command line.",
        "簽核須由本人登入主控台辦理，不得以命令列為之。",
    ),
    "FH-APR-10": ("Only the person who asked can withdraw a request.", "僅申請人本人得撤回申請。"),
    "FH-APR-11": ("This request already has a person who asked for it.", "此申請已有申請人，無須另行具名提出。"),
    "FH-APR-12": (
        "Your role or account does not allow deciding; ask an officer, reviewer or administrator.",
        "您的角色或帳號狀態不得簽核；請洽資安長、審查人員或管理者。",
    ),
})  # fmt: skip
fault = SENTENCES.fault
REFUSALS: dict[Refusal, str] = {
    "same_person": "FH-APR-03",
    "no_person": "FH-APR-04",
    "made_by_asker": "FH-APR-05",
    "not_adopted": "FH-APR-06",
    "unable": "FH-APR-12",
}
