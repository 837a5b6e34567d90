"use strict";

/* The page of who can read what: the matrix, what stands below it, and what is printed instead. */

function overview(model) {
  const number = (state) => model.files.filter((file) => file.state === state).length;
  const tiles = [
    tile(model.hosts.filter((host) => host.named).length, "hosts"),
    tile(model.files.length, "secret files"),
    tile(number("in-sync"), "as their rules say", "good"),
  ];
  const wrong = [["drift", "with drift", "warning"], ["plaintext", "in clear", "error"], ["orphan", "without a rule", "warning"],
    ["broken", "broken", "error"], ["empty", "empty", "warning"]];
  for (const [state, label, kind] of wrong) if (number(state)) tiles.push(tile(number(state), label, kind));
  const unnamed = model.hosts.filter((host) => !host.named).length;
  if (unnamed) tiles.push(tile(unnamed, unnamed === 1 ? "key without a name" : "keys without a name", "warning"));
  return el("ul", { class: "tiles", "aria-label": "Overview" }, ...tiles);
}

function printed(model) {
  const rows = groupAlike(model.files).sort(FILE_ORDERS.path[1]).map((row) => {
    const readers = [...row.cells.keys()].map((number) => [model.hosts[number].name, markIn(row, model.hosts[number])]);
    const signs = { both: "", pending: "+", extra: "−", share: "*" };
    const text = readers.map(([name, mark]) => signs[mark] + name).sort(byText).join(", ") || "nobody";
    const files = row.members.length > 1 ? `${row.path} (${count(row.members.length, "file")})` : row.path;
    return el("tr", {}, el("td", { text: files }), el("td", { text: STATES[row.state] }), el("td", { text }));
  });
  const heads = ["Files", "State", "Readers"].map((text) => el("th", { scope: "col", text }));
  return el("div", { class: "printed" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)),
    el("p", { text: "+ by its rule, not yet in the file; − in the file, not by its rule; * only together with others" }));
}

function start() {
  const model = readModel();
  fillHead(model);
  const matrix = new MovableMatrix(model);
  const access = section("access", "Access", "Which host can read which secret file: by the rule that claims it, and by the stanzas in it.",
    model.hosts.length && model.files.length ? matrix.element : absent("There is no secret file, or nobody who could read one."));
  const lists = [
    listSection("consumers", "Consumers", "What reads secrets at run time, and whether its host can.",
      model.consumers, "No consumer was found.", consumersListing),
    listSection("findings", "Findings", "What the checks have found, the worst first.",
      model.findings, "Nothing was found.", findingsListing),
    listSection("exposures", "Exposures", "Values that somebody who should no longer read them could have read, and that have not changed since. Values are never shown.",
      model.exposures, "No value is exposed, as far as the history tells.", exposuresListing),
    listSection("timeline", "Time line", "Who was let in and taken out, and when data keys changed, the latest first.",
      model.timeline, "Nothing has happened yet.", timelineListing),
  ].filter(Boolean);
  showSections(overview(model), [[access, model.files.length.toLocaleString("en"), null], ...lists]);
  matrix.draw(true);

  let paper = null;
  addEventListener("beforeprint", () => {
    paper ??= printed(model);
    access.append(paper);
  });
  addEventListener("afterprint", () => paper?.remove());
  document.documentElement.dataset.ready = "";
}

start();
