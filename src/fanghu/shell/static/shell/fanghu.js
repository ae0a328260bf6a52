// j/k move through rows, Enter opens, Space ticks, / goes to the search field, the menu is open on wide screens.
"use strict";
const menu = document.querySelector("details.menu");
const narrow = window.matchMedia("(max-width: 760px)");
const fold = () => { if (menu) menu.open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
const summary = document.querySelector(".summary");
if (summary) summary.focus();
let row = null;
const rows = () => [...document.querySelectorAll("table.list tbody tr")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const all = rows();
  if (event.key === "/") {
    const search = document.querySelector("input[type=search], input[name=q]");
    if (search) { search.focus(); event.preventDefault(); }
  } else if ((event.key === "j" || event.key === "k") && all.length) {
    const at = all.indexOf(row) + (event.key === "j" ? 1 : -1);
    if (row) row.removeAttribute("aria-selected");
    row = all[Math.max(0, Math.min(at, all.length - 1))];
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
  } else if (row && event.key === "Enter" && event.target === document.body) {
    const link = row.querySelector("a");
    if (link) link.click();
  } else if (row && event.key === " ") {
    const box = row.querySelector("input[type=checkbox]");
    if (box) { box.click(); event.preventDefault(); }
  }
});
