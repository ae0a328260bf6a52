"""The faults of the register: file, row, staging and form, each with its code and both sentences."""

from __future__ import annotations

from dataclasses import dataclass

from fanghu.faults import Exit, Fault
from fanghu.faults.sentences import Sentences

SENTENCES = Sentences({
    "FH-REG-01": (
        "Only .csv and .xlsx files can be read; save the file as one of these.",
        "只能讀取 .csv 與 .xlsx 檔；請另存為其中一種格式。",
    ),
    "FH-REG-02": ("The file is larger than {limit} MB; split it.", "檔案超過 {limit} MB；請分割後再匯入。"),
    "FH-REG-03": (
        "The file holds no rows; put the column names in the first row and the data below.",
        "檔案沒有資料；請在第一列放欄位名稱，資料列在其下。",
    ),
    "FH-REG-04": (
        "The characters cannot be read as UTF-8 or Big5; save the file as “CSV UTF-8”.",
        "文字無法以 UTF-8 或 Big5 讀取；請另存為「CSV UTF-8」。",
    ),
    "FH-REG-05": (
        "The file holds NUL bytes, so it is not a text file; save it as CSV again.",
        "檔案含有 NUL 位元組，並非文字檔；請重新另存為 CSV。",
    ),
    "FH-REG-06": (
        "This row has {seen} cells where the header has {wanted}; give it as many.",
        "此列有 {seen} 格，欄位名稱有 {wanted} 格；請補齊或刪除多餘的格。",
    ),
    "FH-REG-07": ("The file has more than {limit} rows; split it.", "檔案超過 {limit} 列；請分割後再匯入。"),
    "FH-REG-08": (
        "The workbook carries macros or active content; save it as plain .xlsx without them.",
        "活頁簿含有巨集或主動式內容；請另存為不含巨集的 .xlsx。",
    ),
    "FH-REG-09": (
        "The workbook is damaged or is not .xlsx; open it in the spreadsheet program and save it again.",
        "活頁簿毀損或不是 .xlsx；請用試算表軟體開啟後重新儲存。",
    ),
    "FH-REG-10": (
        "The workbook unpacks to far more than its size allows; save only the data into a new workbook.",
        "活頁簿解壓縮後大小異常；請只將資料另存到新的活頁簿。",
    ),
    "FH-REG-11": (
        "The workbook links to other files; paste the values and save it again.",
        "活頁簿連結到其他檔案；請改貼上值後重新儲存。",
    ),
    "FH-REG-12": (
        "Cell {cell} holds a formula or an error value; replace it with its value.",
        "儲存格 {cell} 是公式或錯誤值；請改成其值。",
    ),
    "FH-REG-13": (
        "“{name}” is not a column of this import; use the names of the exported file.",
        "「{name}」不是本匯入的欄位；請使用匯出檔的欄位名稱。",
    ),
    "FH-REG-14": ("The column “{name}” is missing; add it.", "缺少欄位「{name}」；請補上。"),
    "FH-REG-15": ("The column “{name}” appears twice; remove one.", "欄位「{name}」重複；請刪除其一。"),
    "FH-REG-16": (
        "The file cannot be opened ({why}); give the path of a readable file.",
        "無法開啟檔案（{why}）；請指定可讀取的檔案。",
    ),
    "FH-REG-17": (
        "The quotation marks do not match; save the file as CSV again.",
        "引號不成對；請重新另存為 CSV。",
    ),
    "FH-REG-20": ("A value is needed here.", "此欄必填。"),
    "FH-REG-21": ("“{value}” is neither yes nor no.", "「{value}」不是「是」或「否」。"),
    "FH-REG-22": ("“{value}” is none of: {choices}.", "「{value}」不在可用的值之中：{choices}。"),
    "FH-REG-23": (
        "“{value}” is not a date; write 2026-11-22 or 115/11/22.",
        "「{value}」不是日期；請寫成 2026-11-22 或 115/11/22。",
    ),
    "FH-REG-24": (
        "“{value}” is not a code: lower-case letters, digits and hyphens, beginning with a letter or digit, 60 at most.",
        "「{value}」不是代碼：限小寫英文、數字與連字號，以英文或數字開頭，最多 60 字。",
    ),
    "FH-REG-25": ("The text is longer than {limit} characters; shorten it.", "文字超過 {limit} 字；請縮短。"),
    "FH-REG-26": ("“{value}” also stands in line {line}; keep one.", "「{value}」與第 {line} 列重複；請保留其一。"),
    "FH-REG-27": (
        "No person has the number “{value}”; import or add the person first.",
        "沒有編號「{value}」的人員；請先新增或匯入人員。",
    ),
    "FH-REG-28": (
        "A system of this kind is core by the regulation and cannot be made non-core.",
        "此類系統依自律規範為核心資通系統，不得列為非核心。",
    ),
    "FH-REG-29": ("A system that is not core needs the reason why.", "非核心系統須填寫理由。"),
    "FH-REG-30": ("“{value}” is not an e-mail address.", "「{value}」不是電子郵件地址。"),
    "FH-REG-31": (
        "Fanghu itself stays a core system in use; it cannot be retired, deleted or made non-core.",
        "防護本身恆為使用中的核心系統，不得停用、刪除或改列非核心。",
    ),
    "FH-REG-32": ("The end lies before the beginning.", "迄日早於起日。"),
    "FH-REG-33": ("The text holds control characters; remove them.", "文字含有控制字元；請移除。"),
    "FH-REG-34": ("The day lies in the future; give today or an earlier day.", "日期在未來；請填今天或更早的日期。"),
    "FH-REG-35": ("“{value}” is not a host name or address.", "「{value}」不是主機名稱或位址。"),
    "FH-REG-40": (
        "The checked file is no longer held; choose the file again.",
        "已檢核的檔案已不再保留；請重新選擇檔案。",
    ),
    "FH-REG-41": (
        "The register has changed since the file was checked; look at the new check below.",
        "檔案檢核後名冊已有變動；請查看新的檢核結果。",
    ),
    "FH-REG-42": (
        "{count} rows are wrong, so nothing was saved; mend them and import again.",
        "有 {count} 處錯誤，未儲存任何資料；請修正後重新匯入。",
    ),
    "FH-REG-50": (
        "There is no such system in the register; start from the register.",
        "名冊中查無此系統；請從名冊重新開始。",
    ),
    "FH-REG-51": (
        "There is no such person in the register; start from the register.",
        "名冊中查無此人員；請從名冊重新開始。",
    ),
    "FH-REG-52": ("The code “{value}” is already taken; choose another.", "代碼「{value}」已被使用；請改用其他代碼。"),
    "FH-REG-53": (
        "The number “{value}” is already taken; choose another.",
        "編號「{value}」已被使用；請改用其他編號。",
    ),
    "FH-REG-54": ("Say why; the second person decides by it.", "請填寫理由，供第二人簽核時判斷。"),
    "FH-REG-55": (
        "The basis of the class needs its evidence and its date.",
        "期貨商分類的依據須填寫佐證及日期。",
    ),
    "FH-REG-56": (
        "The same change already waits for a second person's decision.",
        "相同的變更已在等候第二人簽核。",
    ),
    "FH-REG-57": (
        "Records hang on this system; retire it instead of deleting it.",
        "此系統尚有相關紀錄；請改以停用代替刪除。",
    ),
    "FH-REG-58": (
        "Your account may not change the register; ask the security officer.",
        "您的帳號不得變更名冊；請洽資安長。",
    ),
    "FH-REG-60": (
        "There is nothing of this name to define here; start from the list of definitions.",
        "此處沒有這個自訂項目；請從自訂項目清單重新開始。",
    ),
    "FH-REG-61": (
        "This very value already waits for a second person's decision.",
        "相同的內容已在等候第二人簽核。",
    ),
    "FH-REG-62": (
        "This very value is approved already; there is nothing to confirm.",
        "相同的內容已經核准，無須再次確認。",
    ),
    "FH-REG-63": (
        "“{value}” names no hours; write for instance 1-5 07:00-19:00 (Monday to Friday).",
        "「{value}」不是時段；請寫成例如 1-5 07:00-19:00（週一至週五）。",
    ),
    "FH-REG-64": ("“{value}” is not a number.", "「{value}」不是數字。"),
    "FH-REG-65": (
        "No shipped default is left to confirm; define or change the values one by one.",
        "沒有尚待確認的預設值；請逐項訂定或變更。",
    ),
    "FH-REG-66": (
        "Give a value, or tick that there is no limit.",
        "請填寫數值，或勾選不設限制。",
    ),
    "FH-REG-67": (
        "A limit is given and “no limit” is ticked; keep one of them.",
        "既填寫了限制又勾選不設限制；請保留其一。",
    ),
}, exit_code=Exit.CANNOT, whole=frozenset({"choices"}))  # fmt: skip
fault = SENTENCES.fault
sentences = SENTENCES.filled


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one cell or row: ``line`` counts from 1 with the header, ``column`` is its name ("" = row)."""

    line: int
    column: str
    code: str
    en: str
    zh_hant: str


class CellFault(ValueError):
    """A value that cannot be read, before it is known where it stands."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values_ = values

    def at(self, line: int, column: str) -> RowFault:
        """The fault of the cell in this line and column."""
        en, zh_hant = sentences(self.code, **self.values_)
        return RowFault(line, column, self.code, en, zh_hant)

    def told(self) -> Fault:
        """The same as a Fault of its own."""
        return Fault(self.code, *SENTENCES.filled(self.code, **self.values_))
