"use strict";

/* Tables that may be long: a filter, an order by each column, and more rows on demand. */

const FIRST = 100; // rows drawn at once

/** A table of rows. `columns`: {title, text(row), element(row)?, order(a, b)?, class?, filter: bool?}. */
class Listing {
  constructor(name, columns, rows, { words = true, order = null, descending = false } = {}) {
    this.name = name;
    this.columns = columns;
    this.all = rows;
    this.words = "";
    this.choices = new Map();
    this.order = order;
    this.descending = descending;
    this.limit = FIRST;
    this.texts = new Map(rows.map((row) => [row, columns.map((column) => column.text(row)).join(" ")]));
    this.amount = el("p", { class: "amount", "aria-live": "polite" });
    this.body = el("tbody");
    this.heads = columns.map((column, index) => this.headElement(column, index));
    this.more = el("button", { type: "button", class: "more", on: { click: () => { this.limit *= 4; this.draw(); } } });
    this.element = el("div", { class: "listing" }, this.toolbar(words),
      el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": name },
        el("table", {}, el("caption", { class: "hidden", text: name }), el("thead", {}, el("tr", {}, ...this.heads)), this.body)),
      this.more);
    this.draw();
  }

  toolbar(words) {
    const parts = [];
    if (words) parts.push(searchBox("Search", (value) => { this.words = value; this.draw(); })[0]);
    for (const column of this.columns.filter((each) => each.filter)) {
      const values = [...new Set(this.all.map((row) => column.text(row)))].sort(byText);
      if (values.length < 2) continue;
      parts.push(selectBox(column.title, [["", "any"], ...values.map((value) => [`=${value}`, value || "none"])], (value) => {
        if (value) this.choices.set(column, value.slice(1));
        else this.choices.delete(column);
        this.draw();
      })[0]);
    }
    return el("div", { class: "toolbar", role: "group", "aria-label": `Filter of ${this.name}` }, ...parts, this.amount);
  }

  headElement(column, index) {
    const sort = () => {
      this.descending = this.order === index && !this.descending;
      this.order = index;
      this.draw();
    };
    return el("th", { scope: "col", class: column.class }, el("button", { type: "button", text: column.title, on: { click: sort } }));
  }

  chosen() {
    const rows = this.all.filter((row) => hasWords(this.texts.get(row), this.words) &&
      [...this.choices].every(([column, value]) => column.text(row) === value));
    if (this.order === null) return rows;
    const { text, order } = this.columns[this.order];
    const compare = order || ((a, b) => byText(text(a), text(b)));
    return rows.sort((a, b) => (this.descending ? compare(b, a) : compare(a, b)));
  }

  draw(limit = this.limit) {
    const rows = this.chosen();
    this.body.replaceChildren(...rows.slice(0, limit).map((row) => el("tr", {}, ...this.columns.map((column) =>
      el("td", { class: column.class }, ...(column.element ? [column.element(row)] : [column.text(row)]))))));
    if (!rows.length) this.body.append(el("tr", {}, el("td", { colspan: this.columns.length, class: "none", text: "Nothing matches the filters." })));
    this.amount.textContent = rows.length === this.all.length ? count(rows.length, "row") : `${count(rows.length, "row")} of ${this.all.length.toLocaleString("en")}`;
    this.more.hidden = rows.length <= limit;
    this.more.textContent = `Show more (${count(rows.length - limit, "row")} left)`;
    this.heads.forEach((head, index) =>
      head.setAttribute("aria-sort", index !== this.order ? "none" : this.descending ? "descending" : "ascending"));
  }
}

const SEVERITIES = ["error", "warning", "info"];

function findingsListing(findings) {
  const rank = (row) => SEVERITIES.indexOf(row.severity);
  return new Listing("Findings", [
    { title: "Severity", class: "tight", filter: true, text: (row) => row.severity, order: (a, b) => rank(a) - rank(b),
      element: (row) => el("span", { class: `severity ${row.severity}`, text: row.severity }) },
    { title: "Where", class: "place", text: (row) => row.line ? `${row.path}:${row.line}` : row.path,
      element: (row) => el("span", {}, pathElement(row.path), row.line ? el("span", { class: "line", text: `:${row.line}` }) : null) },
    { title: "What", text: (row) => `${row.message} ${row.hint}`,
      element: (row) => el("div", {}, el("p", { text: row.message }), el("p", { class: "hint", text: row.hint })) },
    { title: "Check", class: "tight", filter: true, text: (row) => row.id, element: (row) => el("code", { text: row.id }) },
  ], findings, { order: 0 });
}

function exposuresListing(exposures) {
  return new Listing("Exposures", [
    { title: "Who", filter: true, text: (row) => row.host || "everyone with the repository",
      element: (row) => el("bdi", { class: "who", text: row.host || "everyone with the repository" }) },
    { title: "File", class: "place", text: (row) => row.path, element: (row) => pathElement(row.path) },
    { title: "Values", text: (row) => row.keys.join(" "),
      element: (row) => el("ul", { class: "values" }, ...row.keys.map((key) => el("li", {}, el("bdi", { text: key })))) },
    { title: "Since", class: "tight", text: (row) => row.since || "", element: (row) => dateElement(row.since, row.commit) },
    { title: "Until", class: "tight", text: (row) => row.until || "still", element: (row) => row.until ? dateElement(row.until) : el("strong", { text: "still" }) },
    { title: "Certainty", class: "tight", filter: true, text: (row) => row.certainty },
  ], exposures, { order: 0 });
}

function consumersListing(consumers) {
  const words = new Map([[true, "yes"], [false, "no"], [null, "cannot tell"]]);
  return new Listing("Consumers", [
    { title: "Kind", class: "tight", filter: true, text: (row) => row.kind },
    { title: "Consumer", text: (row) => row.namespace ? `${row.namespace}/${row.name}` : row.name },
    { title: "Host", text: (row) => row.host || "" },
    { title: "Reads its files", class: "tight", filter: true, text: (row) => words.get(row.readable),
      element: (row) => el("span", { class: row.readable === false ? "severity error" : "", text: words.get(row.readable) }) },
    { title: "Files", text: (row) => row.paths.join(" "), element: (row) => el("ul", { class: "values" }, ...row.paths.map((path) => el("li", {}, pathElement(path)))) },
  ], consumers, { order: 3 });
}

function dateElement(time, commit) {
  if (!time) return el("span", { text: "" });
  return el("span", {}, el("time", { datetime: time, text: time.slice(0, 10) }),
    commit ? el("code", { class: "commit", title: commit, text: commit.slice(0, 9) }) : null);
}

const EVENTS = {
  new: "new file",
  in: "let in",
  out: "taken out",
  rekey: "new data keys",
  plaintext: "committed in clear",
};

function timelineListing(events) {
  events.forEach((row, number) => { row.number = number; });
  return new Listing("Time line", [
    { title: "When", class: "tight", text: (row) => row.time, order: (a, b) => a.number - b.number,
      element: (row) => row.commit ? dateElement(row.time, row.commit) : el("span", { text: "not committed yet" }) },
    { title: "What", class: "tight", filter: true, text: (row) => EVENTS[row.kind],
      element: (row) => el("span", { class: `event ${row.kind}`, text: EVENTS[row.kind] }) },
    { title: "Who", text: (row) => row.host || "", element: (row) => el("bdi", { text: row.host || "" }) },
    { title: "Files", text: (row) => `${row.files} ${row.paths.join(" ")}`, order: (a, b) => a.files - b.files,
      element: (row) => el("span", {}, `${count(row.files, "file")}`, row.paths.length ? ": " : "",
        ...row.paths.flatMap((path, index) => (index ? [", ", pathElement(path)] : [pathElement(path)])),
        row.files > row.paths.length && row.paths.length ? ", …" : "") },
  ], events, { order: 0, descending: true });
}

/** Events by month, as bars: a picture of what the table below says, so that readers of the screen skip it. */
function timelineBars(events) {
  const months = new Map();
  for (const { time, kind, files } of events) {
    const month = time.slice(0, 7);
    if (!months.has(month)) months.set(month, {});
    months.get(month)[kind] = (months.get(month)[kind] || 0) + files;
  }
  if (months.size < 2) return null;
  const all = monthsBetween([...months.keys()].sort());
  const most = Math.max(...all.map((month) => Object.values(months.get(month) || {}).reduce((a, b) => a + b, 0)));
  const bars = all.map((month) => {
    const parts = months.get(month) || {};
    const bar = el("div", { class: "bar", title: [month, ...Object.entries(parts).map(([kind, files]) => `${EVENTS[kind]}: ${count(files, "file")}`)].join("\n") });
    for (const kind of Object.keys(EVENTS)) {
      if (!parts[kind]) continue;
      const part = el("div", { class: `part ${kind}` });
      part.style.height = `${(100 * parts[kind]) / most}%`;
      bar.append(part);
    }
    return bar;
  });
  const chart = el("div", { class: "chart" }, el("div", { class: "columns" }, ...bars),
    el("div", { class: "axis" }, el("span", { text: all[0] }), el("span", { text: all[all.length - 1] })));
  chart.style.maxWidth = `${5 * all.length}rem`;
  return el("div", { class: "bars", "aria-hidden": "true" }, chart,
    el("ul", { class: "legend" }, ...Object.entries(EVENTS).map(([kind, text]) =>
      el("li", {}, el("span", { class: `swatch part ${kind}` }), text))));
}

function monthsBetween(months) {
  if (months.length < 2) return months;
  let [year, month] = months[0].split("-").map(Number);
  const last = months[months.length - 1], all = [];
  for (let text = months[0]; text <= last && all.length < 240; text = `${year}-${String(month).padStart(2, "0")}`) {
    all.push(text);
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  return all;
}
