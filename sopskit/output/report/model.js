"use strict";

/* What the data says. Levels: 0 nothing, 1 a share (opens it only with others), 2 alone. A cell is
   3 * (level by the rule) + (level by the stanzas). */

const MARKS = {
  both: "can read it, as its rule says",
  pending: "is to read it by its rule, and cannot yet",
  extra: "can read it, and no rule says so",
  share: "opens it only together with others",
};

/** The mark of a host in a row of the matrix, or null where there is no access. */
function markIn(row, host) {
  const mark = markOf(row.cells.get(host.number) || 0);
  return mark === "extra" && row.rule === null ? "both" : mark; // no rule claims it: that is what the state says
}

/** The mark of a cell, or null where there is no access. */
function markOf(code) {
  const rule = Math.floor(code / 3), stanza = code % 3;
  if (!code) return null;
  if (rule > stanza) return "pending";
  if (rule < stanza) return "extra";
  return rule === 1 ? "share" : "both";
}

/** The data of the page, with what is looked up often. */
function readModel() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const sets = data.sets.map((pairs) => new Map(pairs));
  data.files.forEach((file, number) => {
    file.number = number;
    file.cells = sets[file.set];
  });
  data.hosts.forEach((host, number) => {
    host.number = number;
    host.files = 0;
  });
  for (const file of data.files) for (const number of file.cells.keys()) data.hosts[number].files += 1;
  return data;
}

/** Files that the same hosts read by the same right, as rows: those of the first, with all as `members`. */
function groupAlike(files) {
  const groups = new Map();
  for (const file of files) {
    const key = `${file.set} ${file.state}`;
    if (groups.has(key)) groups.get(key).push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()].map((members) => ({ ...members[0], members, path: commonFolder(members) }));
}

function commonFolder(files) {
  if (files.length === 1) return files[0].path;
  let common = files[0].path.split("/").slice(0, -1);
  for (const { path } of files) {
    const parts = path.split("/").slice(0, -1);
    let same = 0;
    while (same < common.length && common[same] === parts[same]) same += 1;
    common = common.slice(0, same);
  }
  return common.length ? `${common.join("/")}/` : `${files[0].path}, …`;
}

const FILE_ORDERS = {
  path: ["path", (a, b) => byText(a.path, b.path)],
  most: ["most readers first", (a, b) => b.cells.size - a.cells.size || byText(a.path, b.path)],
  fewest: ["fewest readers first", (a, b) => a.cells.size - b.cells.size || byText(a.path, b.path)],
  state: ["what is wrong first", (a, b) => wrongness(b) - wrongness(a) || byText(a.path, b.path)],
};

const HOST_ORDERS = {
  given: ["as in .sops.yaml", (a, b) => a.number - b.number],
  name: ["name", (a, b) => byText(a.name, b.name)],
  most: ["most files first", (a, b) => b.files - a.files || byText(a.name, b.name)],
  role: ["people, then machines", (a, b) => roleRank(a) - roleRank(b) || byText(a.name, b.name)],
};

function wrongness(file) {
  const rank = { plaintext: 5, broken: 4, orphan: 3, empty: 2, drift: 1 };
  return rank[file.state] || 0;
}

function roleRank(host) {
  return host.role === "user" ? 0 : host.role === "machine" ? 1 : 2;
}

const STATES = {
  "in-sync": "in sync",
  drift: "drift",
  plaintext: "in clear",
  orphan: "no rule",
  broken: "broken",
  empty: "empty",
};
