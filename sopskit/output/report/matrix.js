"use strict";

/* The matrix: a row for each file (or group of files that the same hosts read), a column for each host.
   Only what is visible is in the document. The grid has the focus, and says by aria-activedescendant which
   cell is meant, so that drawing anew never loses it. Row and column 0 are the headers. */

const MARGIN = 4; // rows and columns drawn beyond the edge
const GROUPED_FROM = 60; // files
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

class Matrix {
  constructor(model) {
    this.model = model;
    this.filter = { files: "", hosts: "", state: "" };
    this.order = { files: "path", hosts: "given", host: null };
    this.grouped = model.files.length >= GROUPED_FROM;
    this.open = new Set();
    this.active = [1, 1];
    this.drawn = new Map();
    this.build();
    this.choose();
  }

  build() {
    this.status = el("p", { class: "status", "aria-hidden": "true" }); // a screen reader says it of the cell
    this.amount = el("p", { class: "amount", "aria-live": "polite" });
    this.head = el("div", { class: "row head", role: "row", "aria-rowindex": "1" });
    this.columnBand = el("div", { class: "band column", role: "presentation" });
    this.grid = el("div", { class: "grid", role: "grid", tabindex: "0", "aria-label": "Files by hosts",
      "aria-describedby": "matrix-keys" });
    this.scroller = el("div", { class: "scroller" }, this.grid);
    this.grid.append(this.head, this.columnBand);
    this.scroller.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.later(true)).observe(this.scroller);
    this.element = el("div", { class: "matrix" }, this.toolbar(), this.legend(), this.scroller, this.status,
      el("p", { class: "keys", id: "matrix-keys",
        text: "Arrow keys, Page Up, Page Down, Home and End move; Enter on a host sorts by it, on a group opens it." }));
  }

  toolbar() {
    const change = (part, name) => (value) => { this[part][name] = value; this.choose(); };
    const pick = (orders) => Object.entries(orders).map(([value, [text]]) => [value, text]);
    const states = [...new Set(this.model.files.map((file) => file.state))];
    const [fileSearch] = searchBox("Files", change("filter", "files"));
    const [hostSearch] = searchBox("Hosts", change("filter", "hosts"));
    const [state] = selectBox("State", [["", "any"], ...states.map((each) => [each, STATES[each]])],
      change("filter", "state"));
    const [fileOrder] = selectBox("Order of files", pick(FILE_ORDERS), (value) => {
      this.order.files = value;
      this.order.host = null;
      this.choose();
    });
    const [hostOrder] = selectBox("Order of hosts", pick(HOST_ORDERS), change("order", "hosts"));
    const group = el("input", { type: "checkbox", checked: this.grouped });
    group.addEventListener("change", () => { this.grouped = group.checked; this.open.clear(); this.choose(); });
    const grouping = el("label", { class: "check" }, group, el("span", { text: "Files read alike as one" }));
    return el("div", { class: "toolbar", role: "group", "aria-label": "Filter and order of the matrix" },
      fileSearch, hostSearch, state, fileOrder, hostOrder, grouping, this.amount);
  }

  legend() {
    const items = Object.entries(MARKS).map(([mark, text]) =>
      el("li", {}, el("span", { class: `mark ${mark}`, "aria-hidden": "true" }), text));
    return el("ul", { class: "legend", "aria-label": "Marks" }, ...items);
  }

  /** Choose and order rows and columns anew. */
  choose() {
    const { filter, order, model } = this;
    this.hosts = model.hosts.filter((host) => hasWords(host.name, filter.hosts)).sort(HOST_ORDERS[order.hosts][1]);
    const files = model.files.filter((file) =>
      hasWords(file.path, filter.files) && (!filter.state || file.state === filter.state) &&
      (!filter.hosts || this.hosts.some((host) => file.cells.has(host.number))));
    const compare = FILE_ORDERS[order.files][1];
    const first = order.host;
    const reads = (row) => (first === null ? 0 : row.cells.get(first) ? 0 : 1);
    const sort = (rows) => rows.sort((a, b) => reads(a) - reads(b) || compare(a, b));
    this.rows = [];
    for (const row of sort(this.grouped ? groupAlike(files) : files.slice())) {
      this.rows.push(row);
      if (row.members?.length > 1 && this.open.has(`${row.set} ${row.state}`)) {
        this.rows.push(...row.members.sort(compare).map((file) => ({ ...file, inside: true })));
      }
    }
    this.amount.textContent = `${count(files.length, "file")}${this.grouped ? ` in ${count(this.rows.filter((row) => !row.inside).length, "row")}` : ""}, ${count(this.hosts.length, "host")}`;
    this.grid.setAttribute("aria-rowcount", this.rows.length + 1);
    this.grid.setAttribute("aria-colcount", this.hosts.length + 1);
    this.active = [Math.min(this.active[0], this.rows.length), Math.min(this.active[1], this.hosts.length)];
    this.draw(true);
    this.rest();
  }

  /** Nothing is pointed at. */
  rest() {
    const none = !this.rows.length || !this.hosts.length;
    this.status.textContent = none ? "Nothing matches the filters." : "";
    this.columnBand.hidden = true;
    this.drawn.forEach((element) => element.classList.remove("lit"));
    if (!none && document.activeElement === this.grid) this.describe(this.active);
  }

  later(anew = false) {
    this.anew ||= anew;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const again = this.anew;
      this.anew = false;
      this.draw(again);
    });
  }

  measure() {
    const style = getComputedStyle(this.element);
    const pixels = (name) => parseFloat(style.getPropertyValue(name));
    this.size = { row: pixels("--row"), column: pixels("--column"), head: pixels("--head"), left: pixels("--left") };
  }

  /** Draw the visible part; `anew` where rows, columns or sizes are others. */
  draw(anew = false) {
    if (anew) {
      this.measure();
      const { row, column, head, left } = this.size;
      this.grid.style.width = `${left + this.hosts.length * column}px`;
      this.grid.style.height = `${head + this.rows.length * row}px`;
      this.columnBand.style.width = `${column}px`;
    }
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.scroller;
    const { row, column, head, left } = this.size;
    const range = (start, length, total) =>
      [Math.max(0, Math.floor(start) - MARGIN), Math.min(total, Math.ceil(start + length) + MARGIN)];
    const rows = range(scrollTop / row, (clientHeight - head) / row, this.rows.length);
    const columns = range(scrollLeft / column, (clientWidth - left) / column, this.hosts.length);
    if (anew || String(columns) !== String(this.columns)) {
      this.columns = columns;
      this.drawn.forEach((element) => element.remove());
      this.drawn.clear();
      this.drawHead();
    }
    for (const [index, element] of this.drawn) {
      if (index < rows[0] || index >= rows[1]) {
        element.remove();
        this.drawn.delete(index);
      }
    }
    for (let index = rows[0]; index < rows[1]; index += 1) {
      if (!this.drawn.has(index)) {
        const element = this.rowElement(index);
        this.drawn.set(index, element);
        this.grid.append(element);
      }
    }
    this.showActive();
  }

  drawHead() {
    const sorted = this.order.host;
    const cells = [el("div", { class: "corner", role: "columnheader", id: "cell-0-0", "aria-colindex": "1", text: "File" })];
    for (let index = this.columns[0]; index < this.columns[1]; index += 1) {
      const host = this.hosts[index];
      const cell = el("div", { class: `host${host.named ? "" : " unnamed"}${sorted === host.number ? " sorted" : ""}`,
        role: "columnheader", id: `cell-0-${index + 1}`, "aria-colindex": index + 2,
        "aria-sort": sorted === host.number ? "descending" : "none",
        "aria-label": hostText(host), title: `${hostText(host)}\n${host.keys.join("\n")}` },
      el("bdi", { class: "name", text: host.name }), el("span", { class: "number", text: COMPACT.format(host.files) }));
      cell.style.left = `${this.size.left + index * this.size.column}px`;
      cells.push(cell);
    }
    this.head.replaceChildren(...cells);
  }

  rowElement(index) {
    const row = this.rows[index];
    const many = row.members?.length > 1;
    const opened = many && this.open.has(`${row.set} ${row.state}`);
    const header = el("div", { class: "file", role: "rowheader", id: `cell-${index + 1}-0`, "aria-colindex": "1",
      "aria-expanded": many ? String(opened) : null, "aria-label": this.rowText(row) },
    many ? el("span", { class: "turn", "aria-hidden": "true" }) : null,
    pathElement(row.path),
    many ? el("span", { class: "many", text: row.members.length.toLocaleString("en") }) : null,
    row.state === "in-sync" ? null : el("span", { class: `state ${row.state}`, text: STATES[row.state] }));
    const cells = [header];
    for (let column = this.columns[0]; column < this.columns[1]; column += 1) {
      const mark = markIn(row, this.hosts[column]);
      if (mark) cells.push(this.cell(index, column, mark));
    }
    const element = el("div", { class: `row${row.inside ? " inside" : ""}${index % 2 ? " odd" : ""}`, role: "row",
      "aria-rowindex": index + 2 }, ...cells);
    element.style.top = `${this.size.head + index * this.size.row}px`;
    return element;
  }

  cell(row, column, mark) {
    const cell = el("div", { class: "cell", role: "gridcell", id: `cell-${row + 1}-${column + 1}`,
      "aria-colindex": column + 2, "aria-label": this.sentence(row, column) },
    mark ? el("span", { class: `mark ${mark}` }) : null);
    cell.style.left = `${this.size.left + column * this.size.column}px`;
    return cell;
  }

  rowText(row) {
    const what = row.members?.length > 1 ? `${count(row.members.length, "file")}: ${row.path}` : row.path;
    const rule = row.rule === null ? "no rule" : `rule ${row.rule}`;
    return `${what}, ${STATES[row.state]}, ${rule}, ${count(row.cells.size, "reader")}`;
  }

  sentence(row, column) {
    const file = this.rows[row], host = this.hosts[column];
    const mark = markIn(file, host);
    const what = file.members?.length > 1 ? `${file.path} (${count(file.members.length, "file")})` : file.path;
    if (file.state === "plaintext") return `${host.name}: ${what} is in clear, everyone who has the repository reads it`;
    if (mark === "both" && file.rule === null) return `${host.name}: ${what}: can read it; no rule claims the file`;
    return `${host.name}: ${what}: ${mark ? MARKS[mark] : "cannot read it"}`;
  }

  describe([row, column]) {
    const text = row && column ? this.sentence(row - 1, column - 1)
      : row ? this.rowText(this.rows[row - 1])
        : column ? hostText(this.hosts[column - 1]) : "";
    this.status.textContent = text;
    this.columnBand.hidden = !column;
    this.columnBand.style.left = `${this.size.left + (column - 1) * this.size.column}px`;
    this.drawn.forEach((element) => element.classList.remove("lit"));
    this.drawn.get(row - 1)?.classList.add("lit");
  }
}

function hostText(host) {
  const role = { user: "a person", machine: "a machine" }[host.role] || "role unknown";
  return `${host.name}${host.named ? "" : " (a key without a name)"}, ${role}, reads ${count(host.files, "file")}`;
}
