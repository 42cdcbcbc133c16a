"use strict";
(() => {
  const table = document.getElementById("claims");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const waiting = document.getElementById("waiting");
  const open = Array.from(document.querySelectorAll("#open-claims tbody tr"));
  const controls = document.getElementById("controls");
  const boxes = Array.from(controls.querySelectorAll("input[name=verdict]"));
  const search = document.getElementById("search");
  const output = document.getElementById("shown");
  const texts = new Map([...rows, ...open].map((row) => [row, row.textContent.toLowerCase()]));

  function filter() {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = search.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      row.hidden = !(wanted.has(row.dataset.verdict) && texts.get(row).includes(words));
      if (!row.hidden) count += 1;
    }
    let found = 0;
    for (const row of open) {
      row.hidden = !texts.get(row).includes(words);
      if (!row.hidden) found += 1;
    }
    // What was searched for and found is unfolded.
    if (waiting && words) waiting.open = found > 0;
    output.textContent = `${count} of ${rows.length} statements`;
  }

  const columns = { statement: 0, published: 1, measured: 2 };
  function key(row, name) {
    if (name === "verdict") return row.dataset.order;
    return row.cells[columns[name]].textContent.trim();
  }
  function sort(header) {
    const ascending = header.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const name = header.dataset.key;
    const sorted = rows
      .map((row, index) => [key(row, name), index, row])
      .sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }) || a[1] - b[1])
      .map((entry) => entry[2]);
    if (!ascending) sorted.reverse();
    body.append(...sorted);
  }

  for (const header of table.querySelectorAll("th[data-key]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", () => sort(header));
  }
  // A link to a statement that is folded away unfolds it.
  function unfold() {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const part = row && row.closest("details");
    if (!part || part.open) return;
    part.open = true;
    row.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  controls.addEventListener("input", filter);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.hidden = false;
  filter();
  unfold();
  // Paper cannot be clicked: what is folded is printed open.
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
})();
