"""Paths of the console's own pages."""

from django.urls import path

from fanghu.console import board, clause_sheet, system_sheet, work

urlpatterns = [
    path("", board.board, name="board"),
    path("clauses/", clause_sheet.clauses, name="clauses"),
    path("clause/<str:number>/", clause_sheet.clause, name="clause"),
    path("system/<slug:slug>/", system_sheet.system, name="system"),
    path("work/", work.my_work, name="my_work"),
]
