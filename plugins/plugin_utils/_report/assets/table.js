/* The table of a report page. Reads #table-data, draws into #list, and sets every value as text, never as HTML.
   A hundred rows stand in the page at a time; before printing, all rows that pass the filters. */
(() => {
  "use strict";
  const PAGE_ROWS = 100;
  const LONGEST_LINE = 40; // characters of a name that is not broken while there is room
  const data = JSON.parse(document.getElementById("table-data").textContent);
  const { columns, rows, details, pool } = data;
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const root = document.getElementById("list");
  const state = { sort: data.sort, descending: false, search: "", facets: new Map(), page: 0, open: new Set() };
  let shown = rows.map((_row, number) => number);

  /** An element with attributes and children; a child that is not an element becomes text. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  const text = (row, place) => {
    const value = row[place];
    if (value === null) return "";
    const { kind, values } = columns[place];
    if (kind === "facets") return value.map((one) => values[one]).join(", ");
    return kind === "facet" ? values[value] : String(value);
  };
  const has = (number, place, value) => {
    const cell = rows[number][place];
    return Array.isArray(cell) ? cell.includes(value) : cell === value;
  };
  const listed = columns.map((_column, place) => place).filter((place) => columns[place].listed);

  // Choosing and ordering rows.

  const haystacks = [];
  const haystack = (number) =>
    (haystacks[number] ??= columns.map((_column, place) => text(rows[number], place)).join("\n").toLowerCase());

  /** The place of each row in the order of a column; found once, since comparing text is slow. */
  const ranks = new Map();
  function rank(place) {
    if (!ranks.has(place)) {
      const compare = ["text", "time"].includes(columns[place].kind) ? collator.compare
        : (one, other) => one - other;
      const values = [...new Set(rows.map((row) => row[place]))].filter((value) => value !== null).sort(compare);
      const order = new Map(values.map((value, position) => [value, position]));
      ranks.set(place, rows.map((row) => (row[place] === null ? Infinity : order.get(row[place]))));
    }
    return ranks.get(place);
  }

  function choose() {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const facets = [...state.facets];
    shown = [];
    for (let number = 0; number < rows.length; number += 1) {
      if (facets.every(([place, value]) => has(number, place, value)) &&
          words.every((word) => haystack(number).includes(word))) shown.push(number);
    }
    if (state.sort !== null) {
      const order = rank(state.sort);
      const sign = state.descending ? -1 : 1;
      // Rows without a value stay last in either direction.
      shown.sort((one, other) => order[one] === order[other] ? one - other
        : order[one] === Infinity ? 1 : order[other] === Infinity ? -1 : sign * (order[one] - order[other]));
    }
  }

  // Drawing.

  function mark(pair) {
    return pair && make("span", { class: `mark tone-${pair[1]}`, "aria-hidden": "true" }, pair[0]);
  }

  function drawBlock(number) {
    const [title, headings, lines, toned, folded] = pool[number];
    const heading = make("h3", {}, title);
    if (folded) {
      return make("details", {}, make("summary", {}, title), make("ul", {}, ...lines.map((line) => make("li", {}, pool[line]))));
    }
    if (lines.length && typeof pool[lines[0]] === "string") {
      return make("div", {}, heading, make("ul", {}, ...lines.map((line) => make("li", {}, pool[line]))));
    }
    if (!headings.length) {
      return make("div", {}, heading, make("dl", { class: lines.length > 6 && "long" },
        ...lines.map((line) => make("div", {}, make("dt", {}, pool[line][0]), make("dd", {}, String(pool[line][1]))))));
    }
    const body = lines.map((line) => {
      const cells = [...pool[line]];
      const tone = toned ? cells.pop() : null;
      return make("tr", {}, ...cells.map((cell, place) => make(place ? "td" : "th",
        { scope: !place && "row", class: typeof cell === "number" && "number" },
        place === 0 && tone ? mark(["", tone]) : null, cell === null ? "–" : String(cell))));
    });
    const head = make("thead", {},
      make("tr", {}, ...headings.map((label) => make("th", { scope: "col" }, label))));
    return make("div", {}, heading, make("table", {}, head, make("tbody", {}, ...body)));
  }

  function drawDetail(number) {
    return make("tr", { class: "detail", id: `detail-${number}`, role: "row" },
      make("td", { colspan: listed.length, role: "cell" }, make("div", { class: "blocks" }, ...details[number].map(drawBlock))));
  }

  function toggle(number, button) {
    const opened = !state.open.has(number);
    button.setAttribute("aria-expanded", opened);
    if (opened) {
      state.open.add(number);
      button.closest("tr").after(drawDetail(number));
    } else {
      state.open.delete(number);
      document.getElementById(`detail-${number}`).remove();
    }
  }

  function drawRow(number) {
    const row = rows[number];
    const opened = state.open.has(number);
    const label = text(row, 0);
    const long = label.length > LONGEST_LINE && " long";
    const name = details.length
      ? make("button", { type: "button", class: `open${long || ""}`, "aria-expanded": opened, "aria-controls": `detail-${number}`,
          onclick: (event) => toggle(number, event.currentTarget) }, label)
      : label;
    // Cards are no table for the browser any more, so the roles say what the elements would have said.
    const line = make("tr", { class: "row", role: "row" }, make("th", { scope: "row", role: "rowheader" }, name));
    for (const place of listed.slice(1)) {
      const { kind, label: heading, marks, wide } = columns[place];
      const empty = row[place] === null;
      line.append(make("td", { class: wide ? "wide" : kind, role: "cell", "data-label": heading, "data-empty": empty && "" },
        make("span", { class: "value" }, kind === "facet" && !empty ? mark(marks[row[place]]) : null,
          make("span", {}, text(row, place)))));
    }
    return opened ? [line, drawDetail(number)] : [line];
  }

  const body = make("tbody", { role: "rowgroup" });
  const found = make("p", { class: "found", role: "status", "aria-live": "polite" });
  const pages = make("nav", { class: "pages", "aria-label": "Pages" });
  const heads = listed.map((place) =>
    make("th", { scope: "col", role: "columnheader", "aria-sort": "none" },
      make("button", { type: "button", onclick: () => sortBy(place) }, columns[place].label)));

  function drawRows(numbers) {
    body.replaceChildren(...numbers.flatMap(drawRow));
  }

  function describe() {
    const noun = data.noun[rows.length === 1 ? 0 : 1];
    const limits = [...state.facets].map(([place, value]) => `${columns[place].label}: ${columns[place].values[value]}`);
    if (state.search.trim()) limits.push(`text "${state.search.trim()}"`);
    return limits.length ? `${shown.length} of ${rows.length} ${noun} (${limits.join(", ")})` : `${rows.length} ${noun}`;
  }

  function drawPage() {
    const last = Math.max(0, Math.ceil(shown.length / PAGE_ROWS) - 1);
    state.page = Math.min(Math.max(state.page, 0), last);
    drawRows(shown.slice(state.page * PAGE_ROWS, (state.page + 1) * PAGE_ROWS));
    const go = (label, page) => make("button", {
      type: "button", class: "push", disabled: (page < 0 || page > last || page === state.page) && "",
      onclick: () => { state.page = page; drawPage(); pages.querySelector("button:enabled")?.focus(); root.scrollIntoView(); },
    }, label);
    pages.replaceChildren(...(last === 0 ? [] : [
      go("First", 0), go("Previous", state.page - 1), make("span", {}, `Page ${state.page + 1} of ${last + 1}`),
      go("Next", state.page + 1), go("Last", last),
    ]));
  }

  function refresh() {
    state.page = 0;
    said.textContent = "";
    choose();
    found.textContent = describe();
    heads.forEach((head, position) => head.setAttribute("aria-sort",
      listed[position] !== state.sort ? "none" : state.descending ? "descending" : "ascending"));
    sorting.value = state.sort === null ? "" : `${state.sort} ${Number(state.descending)}`;
    drawPage();
  }

  function sortBy(place) {
    state.descending = state.sort === place && !state.descending;
    state.sort = place;
    refresh();
  }

  /** A list that sorts too, for cards, which have no headings. */
  const sorting = make("select", { onchange: (event) => {
    const [place, descending] = event.currentTarget.value.split(" ").map(Number);
    state.sort = place;
    state.descending = descending === 1;
    refresh();
  } }, ...listed.flatMap((place) => [make("option", { value: `${place} 0` }, columns[place].label),
    make("option", { value: `${place} 1` }, `${columns[place].label}, reversed`)]));

  // Taking rows out of the page: those that pass the filters, in their order.

  const BYTE_ORDER_MARK = "\ufeff"; // without it Excel assumes the local code page
  /** A value as the inert text of a cell, as in the CSV report: no part of it starts a formula. */
  const csvCell = (value) => {
    const line = value.replace(/[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]/g, "").trim().replace(/\s+/g, " ");
    const inert = line.replace(/(^|[,;|])(\s*)(?=[=+\-@＝＋－＠])/g, "$1$2'");
    return `"${inert.replaceAll('"', '""')}"`;
  };

  function download() {
    const places = columns.map((_column, place) => place);
    const lines = [places.map((place) => columns[place].label),
      ...shown.map((number) => places.map((place) => text(rows[number], place)))];
    const csv = BYTE_ORDER_MARK + lines.map((line) => `${line.map(csvCell).join(",")}\r\n`).join("");
    const link = make("a", { href: URL.createObjectURL(new Blob([csv], { type: "text/csv" })), download: `${data.noun[1]}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
    said.textContent = `${shown.length} rows downloaded`;
  }

  async function copyNames() {
    const names = shown.map((number) => text(rows[number], 0)).join("\n");
    try {
      await navigator.clipboard.writeText(names);
    } catch { // a page from a plain web server has no clipboard, or the browser forbids it
      const area = make("textarea", { class: "spoken", "aria-hidden": "true" });
      area.value = names;
      root.append(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      if (!copied) {
        said.textContent = "The browser does not allow copying; download the rows instead.";
        return;
      }
    }
    said.textContent = `${shown.length} ${data.noun[shown.length === 1 ? 0 : 1]} copied`;
  }

  const said = make("span", { class: "said", role: "status" });

  // Filters.

  const selects = new Map();
  const filters = [...document.querySelectorAll("button.filter")].map((button) => {
    const place = columns.findIndex((column) => column.label === button.dataset.column);
    return { button, place, value: place < 0 ? -1 : columns[place].values.indexOf(button.dataset.value) };
  }).filter(({ button, value }) => {
    button.disabled = value < 0;
    return value >= 0;
  });

  function filterBy(place, value) {
    if (value === null) state.facets.delete(place);
    else state.facets.set(place, value);
    const select = selects.get(place);
    if (select) select.value = value === null ? "" : String(value);
    for (const filter of filters) filter.button.setAttribute("aria-pressed", state.facets.get(filter.place) === filter.value);
    refresh();
  }

  function drawTools() {
    const search = make("input", { type: "search", id: "search", autocomplete: "off",
      oninput: (event) => { state.search = event.currentTarget.value; refresh(); } });
    const tools = make("div", { class: "tools", role: "search" }, make("label", { class: "grow" }, "Search", search));
    columns.forEach((column, place) => {
      if (!column.offered || !column.values || column.values.length < 2) return;
      const select = make("select", { "data-column": column.label, onchange: (event) =>
          filterBy(place, event.currentTarget.value === "" ? null : Number(event.currentTarget.value)) },
        make("option", { value: "" }, "All"),
        ...column.values.map((value, number) => make("option", { value: number }, value)));
      selects.set(place, select);
      tools.append(make("label", {}, column.label, select));
    });
    tools.append(make("label", { class: "sorting" }, "Sort by", sorting));
    const clear = () => {
      search.value = state.search = "";
      for (const place of [...state.facets.keys()]) filterBy(place, null);
      refresh();
    };
    tools.append(make("button", { type: "button", class: "push", id: "clear", onclick: clear }, "Clear filters"),
      make("button", { type: "button", class: "push", id: "copy", onclick: copyNames }, `Copy ${data.noun[1]}`),
      make("button", { type: "button", class: "push", id: "download", onclick: download }, "Download CSV"),
      make("button", { type: "button", class: "push", id: "print", onclick: () => window.print() }, "Print"), said);
    return tools;
  }

  for (const { button, place, value } of filters) {
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      filterBy(place, state.facets.get(place) === value ? null : value);
      if (button.classList.contains("link")) root.scrollIntoView();
    });
  }
  root.append(drawTools(), found,
    make("div", { class: "scroll" },
      make("table", { class: "rows", role: "table", "aria-label": data.noun[1] },
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)), body)), pages);
  window.addEventListener("beforeprint", () => drawRows(shown));
  window.addEventListener("afterprint", drawPage);
  refresh();
})();
