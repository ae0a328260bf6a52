// j/k move the focus through rows, Enter opens, Space ticks, / goes to the search field; the menu is open on wide screens;
// on narrow ones a cell says its column's head.
"use strict";
const menu = document.querySelector("details.menu");
const narrow = window.matchMedia("(max-width: 760px)");
const fold = () => { if (menu) menu.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
for (const row of document.querySelectorAll(".list > tbody > tr")) {
  let at = 0;
  for (const cell of row.cells) {
    const head = row.closest("table").tHead?.rows[0].cells[at]?.textContent;
    if (at && head && cell.colSpan === 1) cell.dataset.head = head;
    at += cell.colSpan;
  }
}
document.querySelector(".summary")?.focus();
const rows = () => [...document.querySelectorAll("table:is(.list, .map) tbody tr")].filter((row) => row.offsetParent);
const enter = (row) => {
  if (!row) return;
  row.tabIndex = -1;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
};
const move = (by) => {
  const all = rows();
  enter(all[Math.max(0, Math.min(all.indexOf(document.activeElement.closest("tr")) + by, all.length - 1))]);
};
const typing = (target) => target.matches("select, textarea, input:not([type=checkbox], [type=radio])");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const row = event.target.matches("tr") ? event.target : null;
  const found = { "/": "input[type=search], input[name=q]", Enter: "a", " ": "input[type=checkbox]" }[event.key];
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "/") {
    const search = document.querySelector(found);
    if (search) { search.focus(); event.preventDefault(); }
  } else if (row && found) {
    const target = row.querySelector(found) ?? (event.key === " " && row.parentElement.querySelector("input.fold"));
    if (!target) return;
    event.preventDefault();
    enter(target.closest("tr"));
    target.click();
  }
});
