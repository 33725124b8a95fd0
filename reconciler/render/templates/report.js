"use strict";
(() => {
  const rows = [...document.querySelectorAll(".row")];
  const filter = document.querySelector("form.filter");
  if (!filter) return;
  const shown = document.getElementById("shown");
  const noun = rows.length === 1 ? filter.dataset.noun.replace(/s$/, "") : filter.dataset.noun;
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const apply = () => {
    const words = filter.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = [...filter.querySelectorAll("select")].map((select) => [select.name, select.value]);
    let count = 0;
    for (const row of rows) {
      const fits = wanted.every(([name, value]) => !value || row.dataset[name] === value)
        && words.every((word) => textOf(row).includes(word));
      row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    for (const chunk of document.querySelectorAll(".chunk")) {
      const left = [...chunk.children].filter((row) => !row.hidden).length;
      chunk.hidden = !left;
      chunk.style.containIntrinsicSize = `auto ${left * 3.1}rem`;
    }
    shown.textContent = `${count} of ${rows.length} ${noun} shown`;
  };
  const open = (state) => rows.forEach((row) => { if (!row.hidden) row.querySelector("details").open = state; });
  filter.addEventListener("input", apply);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("open").addEventListener("click", () => open(true));
  document.getElementById("close").addEventListener("click", () => open(false));
  addEventListener("beforeprint", () => open(true));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      filter.elements.text.focus();
    }
  });
  apply();
})();
