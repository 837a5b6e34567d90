"use strict";

/* What every page has: its head, its sections and the theme, and lists that are whole on paper. */

const LISTED = 5000; // rows of a table on paper

function section(id, title, lead, ...content) {
  return el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title`, text: title }),
    lead ? el("p", { class: "lead", text: lead }) : null, ...content);
}

function absent(text) {
  return el("p", { class: "absent", text });
}

/** A section of a list: what is not there says why, and what is empty that it is. */
function listSection(id, title, lead, part, empty, make) {
  if (!part) return null;
  if (part.rows === null) return [section(id, title, null, absent(part.reason)), "not read", null];
  const notes = (part.notes || []).map((note) => el("p", { class: "note", text: note }));
  if (!part.rows.length) return [section(id, title, null, el("p", { class: "well", text: empty }), ...notes), "none", null];
  const listing = make(part.rows);
  const bars = id === "timeline" ? timelineBars(part.rows) : null;
  return [section(id, title, lead, bars, ...notes, listing.element), part.rows.length.toLocaleString("en"), listing];
}

function tile(number, label, kind = "") {
  return el("li", { class: `tile ${kind}` }, el("strong", { text: number.toLocaleString("en") }), el("span", { text: label }));
}

/** The head of the page, from its data. */
function fillHead({ title, when, made }) {
  for (const [id, text] of Object.entries({ title, when, made })) document.getElementById(id).textContent = text;
  const theme = document.getElementById("theme");
  theme.addEventListener("change", () => { document.documentElement.dataset.theme = theme.value; });
}

/** Put the page together; `sections` are [element, number, listing or null], as `listSection` makes them. */
function showSections(overview, sections) {
  document.getElementById("main").replaceChildren(overview, ...sections.map(([element]) => element));
  if (sections.length > 1) {
    document.getElementById("sections").append(...sections.map(([element, number]) => el("a", { href: `#${element.id}` },
      element.querySelector("h2").textContent, el("span", { class: "number", text: number }))));
  }
  addEventListener("beforeprint", () => { for (const [, , listing] of sections) listing?.draw(LISTED); });
  addEventListener("afterprint", () => { for (const [, , listing] of sections) listing?.draw(); });
}
