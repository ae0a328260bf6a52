"""Paths of the console's own pages."""

from django.urls import path

from fanghu.console import board, clause_sheet, first_run, system_sheet, work

urlpatterns = [
    path("", board.board, name="board"),
    path("clauses/", clause_sheet.clauses, name="clauses"),
    path("clause/<str:number>/", clause_sheet.clause, name="clause"),
    path("system/<slug:slug>/", system_sheet.system, name="system"),
    path("first-run/", first_run.first_run, name="first_run"),
    path("work/", work.my_work, name="my_work"),
]
