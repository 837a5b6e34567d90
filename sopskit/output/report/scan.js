"use strict";

/* The page of a scan: what was found, what was accepted, and what was not read. */

const rank = (row) => SEVERITIES.indexOf(row.severity);

const SEVERITY = { title: "Severity", class: "tight", filter: true, text: (row) => row.severity, order: (a, b) => rank(a) - rank(b),
  element: (row) => el("span", { class: `severity ${row.severity}`, text: row.severity }) };
const SURE = { title: "How sure", class: "tight", filter: true, text: (row) => row.confidence };
const WHERE = { title: "Where", class: "place", text: (row) => row.line ? `${row.path}:${row.line}:${row.column}` : row.path,
  order: (a, b) => a.number - b.number,
  element: (row) => el("span", {}, pathElement(row.path), row.line ? el("span", { class: "line", text: `:${row.line}:${row.column}` }) : null) };
const RULE = { title: "Rule", class: "tight", filter: true, text: (row) => row.id, element: (row) => el("code", { text: row.id }) };
const COMMIT = { title: "Commit", class: "tight", filter: true, text: (row) => row.at_head ? "still there" : "gone since",
  element: (row) => el("span", {}, row.at_head ? "still there" : "gone since", el("code", { class: "commit", title: row.commit, text: row.commit.slice(0, 9) })) };

function leaksListing(findings) {
  const what = { title: "What it is, and what to do", text: (row) => `${row.message} ${row.why} ${row.hint}`,
    element: (row) => el("div", {}, el("p", { text: row.message }), el("p", { class: "hint", text: `Why: ${row.why}` }),
      el("p", { class: "hint", text: `What to do: ${row.hint}` })) };
  const commits = findings.every((row) => row.commit) ? [COMMIT] : [];
  return new Listing("Findings", [SEVERITY, SURE, WHERE, what, RULE, ...commits], numbered(findings), { order: 0 });
}

function acceptedListing(accepted) {
  return new Listing("Accepted", [
    SEVERITY, WHERE,
    { title: "What it is", text: (row) => row.message },
    { title: "Accepted by", filter: true, text: (row) => row.by },
    RULE,
  ], numbered(accepted), { order: 1 });
}

function unreadListing(unread) {
  return new Listing("Not read", [
    { title: "File", class: "place", text: (row) => row.path, element: (row) => pathElement(row.path) },
    { title: "Why", text: (row) => row.reason },
  ], unread);
}

/** Rows that know their place in the order of paths and lines. */
function numbered(rows) {
  rows.forEach((row, number) => { row.number = number; });
  return rows;
}

function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  fillHead(data);
  const { findings, accepted, unread } = data;
  const tiles = [tile(data.files, "files read"), tile(findings.rows.length, "findings", findings.rows.length ? "" : "good")];
  for (const severity of SEVERITIES) {
    const number = findings.rows.filter((row) => row.severity === severity).length;
    if (number) tiles.push(tile(number, severity, severity));
  }
  if (unread.rows.length) tiles.push(tile(unread.rows.length, "not read", "error"));
  const sections = [
    listSection("findings", "Findings", "The worst first. Of a secret no more than its beginning is shown.",
      findings, unread.rows.length ? "Nothing was found in what was read." : "Nothing was found.", leaksListing),
    unread.rows.length ? listSection("unread", "Not read", "There may be more in these.", unread, "", unreadListing) : null,
    listSection("accepted", "Accepted", "Found, and not reported: somebody has said that it may stay.",
      accepted, "Nothing was left out.", acceptedListing),
  ].filter(Boolean);
  showSections(el("ul", { class: "tiles", "aria-label": "Overview" }, ...tiles), sections);
  document.documentElement.dataset.ready = "";
}

start();
