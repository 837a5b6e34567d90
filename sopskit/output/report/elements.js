"use strict";

/* Making elements. Text enters the page here, as text: nothing is ever parsed as HTML. */

/** An element. `options`: `class`, `text`, `on` (listeners by event), and attributes; children follow. */
function el(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A labelled control, the label above it. */
function field(label, control) {
  return el("label", { class: "field" }, el("span", { text: label }), control);
}

function searchBox(label, onInput) {
  const input = el("input", { type: "search", placeholder: "any", autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => onInput(input.value.trim().toLowerCase()));
  return [field(label, input), input];
}

/** A choice; `choices` are [value, text]. */
function selectBox(label, choices, onChange) {
  const select = el("select", {}, ...choices.map(([value, text]) => el("option", { value, text })));
  select.addEventListener("change", () => onChange(select.value));
  return [field(label, select), select];
}

/** Whether every word stands in the text. */
function hasWords(text, words) {
  const low = text.toLowerCase();
  return words.split(/\s+/).every((word) => low.includes(word));
}

const byText = new Intl.Collator("en", { numeric: true }).compare;

function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/** A path: its folder, which may be cut off, and its name, which is not. */
function pathElement(path) {
  const at = path.lastIndexOf("/") + 1;
  return el("bdi", { class: "path", title: path },
    at ? el("span", { class: "folder", text: path.slice(0, at) }) : null,
    el("span", { class: "base", text: path.slice(at) }));
}
