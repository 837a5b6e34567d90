"use strict";

/* Moving in the matrix, by key and by mouse, and what a key or a click does there. */

class MovableMatrix extends Matrix {
  build() {
    super.build();
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.grid.addEventListener("focus", () => this.moveTo(...this.active));
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("mousemove", (event) => this.hover(event));
    this.grid.addEventListener("mouseleave", () => this.rest());
    this.grid.addEventListener("blur", () => this.rest());
  }

  key(event) {
    const [row, column] = this.active;
    const page = Math.max(1, Math.floor((this.scroller.clientHeight - this.size.head) / this.size.row) - 1);
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      PageUp: [row - page, column], PageDown: [row + page, column],
      Home: [far ? 0 : row, 0], End: [far ? this.rows.length : row, this.hosts.length],
    };
    if (event.key in moves && !event.altKey) this.moveTo(...moves[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.act(row, column);
    else return;
    event.preventDefault();
  }

  moveTo(row, column) {
    this.active = [Math.min(Math.max(row, 0), this.rows.length), Math.min(Math.max(column, 0), this.hosts.length)];
    const { row: height, column: width, head, left } = this.size;
    const top = (this.active[0] - 1) * height, start = (this.active[1] - 1) * width;
    const { scroller } = this;
    if (this.active[0]) {
      scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, top + height - (scroller.clientHeight - head)), top);
    }
    if (this.active[1]) {
      scroller.scrollLeft = Math.min(Math.max(scroller.scrollLeft, start + width - (scroller.clientWidth - left)), start);
    }
    this.draw();
    this.describe(this.active);
  }

  /** Mark the active cell; one without access is made for it. */
  showActive() {
    const [row, column] = this.active;
    const id = `cell-${row}-${column}`;
    this.grid.querySelector(".active")?.classList.remove("active");
    this.grid.querySelector(".empty")?.remove();
    let cell = document.getElementById(id);
    if (!cell && row && column && this.drawn.has(row - 1)) {
      cell = this.cell(row - 1, column - 1, null);
      cell.classList.add("empty");
      this.drawn.get(row - 1).append(cell);
    }
    cell?.classList.add("active");
    if (cell) this.grid.setAttribute("aria-activedescendant", id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  act(row, column) {
    if (row === 0 && column > 0) this.sortBy(this.hosts[column - 1].number);
    else if (row > 0 && column === 0) this.toggle(this.rows[row - 1]);
  }

  sortBy(number) {
    this.order.host = this.order.host === number ? null : number;
    this.choose();
  }

  toggle(row) {
    if (!(row.members?.length > 1)) return;
    const key = `${row.set} ${row.state}`;
    if (!this.open.delete(key)) this.open.add(key);
    this.choose();
  }

  /** Row and column under the mouse. */
  placeOf(event) {
    const box = this.scroller.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const { row, column, head, left } = this.size;
    const at = [y < head ? 0 : Math.floor((y - head + this.scroller.scrollTop) / row) + 1,
      x < left ? 0 : Math.floor((x - left + this.scroller.scrollLeft) / column) + 1];
    return at[0] <= this.rows.length && at[1] <= this.hosts.length ? at : null;
  }

  hover(event) {
    const place = this.placeOf(event);
    if (place) this.describe(place);
  }

  click(event) {
    const place = this.placeOf(event);
    if (!place) return;
    this.moveTo(...place);
    this.act(...place);
  }
}
