// The board: cards by section. React keeps a card while its plot stays, so a new selection changes figures only.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore, useMemo, useLayoutEffect } = React;
  const LEAST_WIDTH = 320;
  const GAP = 12;
  const MOST_COLUMNS = 4;
  const TRACKS = 12; // divides by any number of columns

  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  function expression(text) {
    try {
      return new RegExp(text, "i");
    } catch (error) {
      return null;
    }
  }
  function matcher(text) {
    if (!text) return () => true;
    const pattern = expression(text);
    // Half a pattern, while it is being typed, is looked for as it stands.
    return (title) => (pattern ? pattern.test(title) : title.toLowerCase().includes(text.toLowerCase()));
  }
  const noMatch = (text) =>
    expression(text) ? "No plot has this in its name." : "This regular expression is not complete, and no plot has it in its name as it stands.";
  function sections(cards) {
    const found = new Map();
    cards.forEach((card) => {
      if (!found.has(card.section)) found.set(card.section, []);
      found.get(card.section).push(card);
    });
    return [...found].map(([name, list]) => ({ name, list, system: list.every((card) => card.origin === "system") }));
  }
  function collapsedNow(all) {
    const params = mx.view.params();
    if (!params.has("collapsed")) return new Set(all.filter((section) => section.system).map((section) => section.name));
    return new Set(params.getAll("collapsed").filter(Boolean));
  }
  function fold(name, collapsed) {
    const next = new Set(collapsed);
    if (!next.delete(name)) next.add(name);
    mx.view.change({ collapsed: next.size ? [...next] : "" });
  }
  function useColumns(box) {
    const [columns, setColumns] = useState(3);
    useLayoutEffect(() => {
      const fit = () => setColumns(Math.max(1, Math.min(MOST_COLUMNS, Math.floor((box.current.offsetWidth + GAP) / (LEAST_WIDTH + GAP)))));
      const sizes = new ResizeObserver(fit);
      sizes.observe(box.current);
      fit();
      return () => sizes.disconnect();
    }, []);
    return columns;
  }

  function cell(element, columns) {
    const height = parseInt(getComputedStyle(element).getPropertyValue("--x-h-card"), 10);
    return { width: Math.max(100, Math.floor((element.offsetWidth - GAP * (columns - 1)) / columns)), height, columns };
  }

  // A card in full screen, without its border.
  const INSET = 17;
  const inside = () => ({ width: Math.max(100, innerWidth - 2 * INSET), height: Math.max(100, innerHeight - 2 * INSET) });

  // Columns that each card takes, of TRACKS: cards share what their row would leave empty, but for the last of several
  // rows of narrow cards.
  function spans(wished, columns) {
    const rows = [];
    let room = 0;
    wished.forEach(({ columns: wish, rows: high }) => {
      const wide = Math.min(columns, wish);
      if (wide > room) {
        rows.push([]);
        room = columns;
      }
      rows[rows.length - 1].push({ wide, high });
      room -= wide;
    });
    return rows.flatMap((row, i) => {
      const used = row.reduce((sum, card) => sum + card.wide, 0);
      const shares = (i < rows.length - 1 || rows.length === 1 || row.some((card) => card.wide > 1)) && row.every((card) => card.high === row[0].high);
      // A single narrow plot over the whole width would be a ribbon: half is enough.
      const of = shares ? Math.max(used, Math.min(columns, 2)) : columns;
      return row.map((card) => (card.wide * TRACKS) / of);
    });
  }

  function Section({ section, collapsed, columns, full, shared }) {
    const { name, list, system } = section;
    const open = !collapsed.has(name);
    const count = mx.count(list.length, "plot") + (system ? " from MLflow system metrics" : "");
    const head = h(
      "h2",
      null,
      h(
        "button",
        { type: "button", className: "x-section-head", "aria-expanded": open, onClick: () => fold(name, collapsed) },
        icon(open ? "chevron-down" : "chevron-right", "x-t3"),
        h("span", { className: "x-name" }, name),
        h("span", { className: "x-n" }, count),
      ),
    );
    const sizes = useSyncExternalStore(mx.pictures.subscribeAll, () =>
      list.map((card) => (({ picture }) => (picture ? `${picture.columns} ${picture.rows}` : `${card.columns} 1`))(mx.pictures.get(card.key))).join(),
    );
    const wished = sizes.split(",").map((size) => (([wide, high]) => ({ columns: wide, rows: high }))(size.split(" ").map(Number)));
    const wide = spans(wished, columns);
    const cards = open
      ? h(
          "div",
          { className: "x-grid", style: { "--x-cols": TRACKS } },
          list.map((card, i) => h(mx.Card, { key: card.key, card, span: wide[i], full: full === card.key, ...shared })),
        )
      : null;
    return h("section", { className: "x-section", "aria-label": name }, head, cards);
  }

  function Banner({ keys }) {
    const failed = useSyncExternalStore(mx.pictures.subscribeAll, () => mx.pictures.failures(keys).join("\n"));
    const list = failed ? failed.split("\n") : [];
    if (list.length < 2) return null;
    const failures = list.map((key) => mx.pictures.get(key).failure);
    const again = list.filter((key, i) => failures[i].retry);
    const details = failures.map((failure) => `${failure.title}\n${failure.why}\n${failure.details || ""}`).join("\n\n");
    return h(
      "div",
      { className: "x-banner", role: "alert" },
      icon("triangle-alert", "x-bad"),
      h(
        "div",
        { className: "x-grow" },
        h("div", { className: "x-medium" }, `${list.length} of ${mx.count(keys.length, "plot")} could not be shown`),
        h("div", { className: "x-t2" }, [...new Set(failures.map((failure) => failure.why))].slice(0, 2).join(" ")),
      ),
      again.length ? h("button", { type: "button", className: "x-btn x-small", onClick: () => mx.pictures.again(again) }, icon("rotate-ccw"), "Try again") : null,
      h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => mx.copy(details) }, "Copy details"),
    );
  }

  mx.Board = function Board({ id, plots, screen, urls, config, gridTheme }) {
    mx.gridTheme = gridTheme;
    const box = useRef(null);
    const columns = useColumns(box);
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    const theme = useSyncExternalStore(mx.theme.subscribe, mx.theme.current);
    const own = JSON.stringify((screen && screen.charts) || []);
    const cards = useMemo(() => [...JSON.parse(own), ...((plots && plots.cards) || [])], [plots, own]);
    const shown = Boolean(screen && screen.state.tab === "plots" && !mx.instead(screen.state));
    const full = mx.view.get("plot");

    useLayoutEffect(() => {
      if (!screen) return;
      const { smoothing, x, log, clip, group, band, compare, ref, against, key, unit } = screen.state;
      mx.pictures.setup({ cell: () => cell(box.current, columns), url: urls.pictures, runs: screen.runs.map((run) => run.id), look: { smoothing, x, log, clip, group, band }, compared: { keys: compare, ref, against, key, unit }, theme, epoch: screen.refresh, columns, full: full && { key: full, ...inside() } });
    }, [screen, theme, columns, full]);
    useEffect(() => mx.own.board(cards), [cards]);
    useEffect(() => mx.tail.board({ urls, cards, held: (plots && plots.held) || {} }), [plots, urls]);

    const filter = mx.view.get("filter");
    const all = useMemo(() => sections(cards), [cards]);
    const matches = matcher(filter);
    const left = all.map((section) => ({ ...section, list: section.list.filter((card) => matches(card.title)) })).filter((section) => section.list.length);
    const shared = { screen, urls, config };
    const content = !shown
      ? null
      : [
          h(Banner, { key: "banner", keys: cards.map((card) => card.key) }),
          ...left.map((section) => h(Section, { key: `section ${section.name}`, section, collapsed: collapsedNow(all), columns, full, shared })),
          cards.length && !left.length ? h("p", { key: "none", className: "x-none" }, noMatch(filter)) : null,
        ];
    return h("div", { id, className: "x-board", ref: box }, content);
  };
})();
