// Draws the charts and tables from the page's data; reads values out to mouse, touch and keyboard.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page-data").textContent);
  const tip = document.getElementById("tip");
  const minus = "\u2212";
  const monthNames = ["January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"];

  // Values are written from their decimal text: no number passes through floating point.
  const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");
  const decimalsOf = (text) => (text.split(".")[1] || "").replace(/0+$/, "").length;
  const amount = (value, decimals) => {
    const [, sign, whole, rest = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value));
    const shown = decimals ? "." + rest.slice(0, decimals).padEnd(decimals, "0") : "";
    return (sign ? minus : "") + grouped(whole) + shown;
  };
  const timesHundred = (value) => {
    const [whole, rest = ""] = String(value).split(".");
    const moved = (whole + rest.padEnd(2, "0").slice(0, 2)).replace(/^(-?)0+(?=\d)/, "$1");
    return `${moved}.${rest.slice(2)}`.replace(/\.$/, "");
  };
  const month = (date) => `${monthNames[date.slice(5, 7) - 1]} ${date.slice(0, 4)}`;
  const writers = {
    text: String,
    count: (value) => amount(value, 0),
    money: amount,
    decimal: amount,
    share: (value, decimals) => `${amount(timesHundred(value), decimals)}\u202f%`,
    day: (date) => `${Number(date.slice(8, 10))} ${month(date)}`,
    month,
  };
  const isNumber = (kind) => ["count", "money", "decimal", "share"].includes(kind);

  /** Return a function that writes a column's values, all with the decimals that the longest has. */
  function writer(column, rows) {
    let decimals = { money: 2, decimal: 2, share: 1 }[column.kind] || 0;
    for (const row of rows) {
      const value = row[column.name];
      if (value === null || !isNumber(column.kind)) continue;
      const exact = column.kind === "share" ? timesHundred(value) : String(value);
      decimals = Math.max(decimals, decimalsOf(exact));
    }
    return (value) => (value === null ? "\u2013" : writers[column.kind](value, decimals));
  }

  function rowsOf(option) {
    const { columns, rows } = page.data[option.rows];
    const records = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
    const wanted = Object.entries(option.where || {});
    return records
      .filter((record) => wanted.every(([name, value]) => record[name] === value))
      .slice(option.skip || 0);
  }

  function element(tag, text, attributes = {}) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  function table(caption, columns, rows) {
    const made = element("table");
    made.append(element("caption", caption, { class: "unseen" }));
    const head = made.createTHead().insertRow();
    for (const { label, kind } of columns) {
      head.append(element("th", label, { scope: "col", class: isNumber(kind) ? "number" : "" }));
    }
    const body = made.createTBody();
    const write = columns.map((column) => writer(column, rows));
    for (const row of rows) {
      const line = body.insertRow();
      columns.forEach(({ name, kind }, at) => {
        const cell = element(at ? "td" : "th", write[at](row[name]));
        if (!at) cell.scope = "row";
        if (isNumber(kind)) cell.className = "number";
        line.append(cell);
      });
    }
    return made;
  }

  // Vega takes its colours and type from the style sheet, by the names of the marks' styles.
  function look() {
    const styles = getComputedStyle(document.documentElement);
    const colour = (name) => styles.getPropertyValue(`--${name}`).trim();
    const font = getComputedStyle(document.body).fontFamily;
    const colours = (name) => ({ color: colour(name) });
    const point = (name) => ({ ...colours(name), filled: true, size: 40 });
    const words = { ...colours("ink"), font, fontSize: 13 };
    return {
      background: null,
      padding: 0,
      font,
      aria: false,
      view: { stroke: null },
      bar: { timeUnitBandSize: 0.8, binSpacing: 0 },
      axis: {
        labelColor: colour("muted"), labelFontSize: 12, labelPadding: 6, gridColor: colour("rule"),
        domain: false, ticks: false, titleColor: colour("muted"), titleFontSize: 12,
        titleFontWeight: "normal", titlePadding: 8,
      },
      axisBand: { grid: false, labelAngle: 0 },
      range: { heatmap: [colour("cell-low"), colour("cell-high")] },
      style: {
        ...Object.fromEntries(["gross", "cancelled", "net", "new", "returning"]
          .map((name) => [name, colours(name)])),
        "net-point": point("net"),
        "cancelled-point": point("cancelled"),
        rank: colours("net"),
        words,
        amount: words,
        cell: { stroke: colour("paper"), strokeWidth: 1 },
        "cell-text": { ...words, fontSize: 12 },
        "cell-size": { ...words, ...colours("muted"), fontSize: 12 },
        target: { ...colours("ink"), cursor: "crosshair" },
        "cell-target": { color: "transparent", stroke: colour("ink"), cursor: "crosshair" },
      },
    };
  }

  function setUp(id) {
    const { options, specs } = page.sections[id];
    const section = document.getElementById(id);
    const chart = section.querySelector(".chart");
    const readout = section.querySelector(".readout");
    const numbers = section.querySelector(".numbers");
    let option = options[0];
    let rows = [];
    let at = -1;

    const describe = (row) => option.columns
      .map((column) => [column.label, writer(column, [row])(row[column.name])]);
    const moveTo = (row) => {
      at = row;
      if (chart.view) chart.view.signal("cursor", row).runAsync();
    };
    const point = (event, item) => {
      const row = item && item.datum ? item.datum.row : undefined;
      if (row === undefined) return leave();
      if (row !== at) moveTo(row);
      tip.replaceChildren(...describe(rows[row]).flatMap(([label, value], place) =>
        (place ? [element("span", label), element("b", value)] : [element("strong", value)])));
      tip.hidden = false;
      const { innerWidth, scrollX, scrollY } = window;
      const left = Math.min(event.clientX + 16, innerWidth - tip.offsetWidth - 8);
      const above = event.clientY - tip.offsetHeight - 12;
      tip.style.left = `${Math.max(8, left) + scrollX}px`;
      tip.style.top = `${(above < 8 ? event.clientY + 20 : above) + scrollY}px`;
    };
    const leave = () => {
      tip.hidden = true;
      if (document.activeElement !== chart) moveTo(-1);
    };
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

    chart.addEventListener("keydown", (event) => {
      const last = rows.length - 1;
      let next;
      if (event.key === "Home") next = 0;
      else if (event.key === "End") next = last;
      else if (event.key in steps) {
        const from = at < 0 ? (steps[event.key] > 0 ? -1 : last + 1) : at;
        next = Math.min(last, Math.max(0, from + steps[event.key]));
      } else if (event.key === "Escape") {
        readout.textContent = "";
        return leave();
      } else return;
      event.preventDefault();
      tip.hidden = true;
      moveTo(next);
      readout.textContent = describe(rows[next])
        .map(([label, value], place) => (place ? `${label} ${value}` : value)).join(", ");
    });
    chart.addEventListener("blur", () => {
      readout.textContent = "";
      moveTo(-1);
    });

    const heightOf = ({ step, field, most }) => {
      const values = rows.map((row, place) => (field === "row" ? place : row[field]));
      return step * Math.min(most, new Set(values).size);
    };

    // One after another: a drawing that is overtaken by the next would be left beside it.
    let drawn = Promise.resolve();
    const draw = () => {
      drawn = drawn.then(drawNow);
      return drawn;
    };

    async function drawNow() {
      rows = rowsOf(option);
      at = -1;
      if (chart.view) chart.view.finalize();
      const { usermeta = {} } = specs[option.spec];
      const spec = {
        ...specs[option.spec],
        ...(usermeta.rows ? { height: heightOf(usermeta.rows) } : {}),
        datasets: { rows: rows.map((row, place) => ({ ...row, row: place })) },
      };
      const { view } = await vegaEmbed(chart, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false,
        tooltip: false, config: look(),
      });
      chart.view = view;
      chart.querySelector("svg").setAttribute("aria-hidden", "true");
      for (const kind of ["pointermove", "pointerdown"]) view.addEventListener(kind, point);
      chart.onpointerleave = leave;
      if (numbers.open) tabulate();
    }
    const tabulate = () => numbers.querySelector(".scroll")
      .replaceChildren(table(page.sections[id].title, option.columns, rows));

    numbers.addEventListener("toggle", () => numbers.open && tabulate());
    for (const choice of section.querySelectorAll("[data-choice]")) {
      choice.addEventListener("change", () => {
        option = options[Number(choice.value)];
        draw();
      });
    }
    document.addEventListener("themechange", draw);
    return draw();
  }

  for (const place of document.querySelectorAll("[data-table]")) {
    const name = place.dataset.table;
    const title = place.getAttribute("aria-label");
    place.replaceChildren(table(title, page.tables[name], rowsOf({ rows: name })));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tip.hidden = true;
  });
  Promise.all(Object.keys(page.sections).map(setUp)).then(() => {
    document.documentElement.dataset.drawn = "yes";
  });
})();
