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
  // Sections as the layout has them, of those cards whose name is looked for; the hidden ones apart, but for one that is
  // shown full screen.
  function arranged(cards, layout, filter, full) {
    const matches = matcher(filter);
    const hidden = new Set(layout.hidden || []);
    const out = (card) => hidden.has(card.key) && card.key !== full;
    return mx.arrange
      .sections(cards, layout)
      .map((section) => {
        const list = section.list
          .map((card) => ({ ...card, title: mx.arrange.own(layout.names, card.key) || card.title, logged: card.title }))
          .filter((card) => matches(card.title) || matches(card.logged));
        return { ...section, list: list.filter((card) => !out(card)), hidden: list.filter(out) };
      })
      .filter((section) => section.list.length || section.hidden.length);
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
      // Before anything is laid out it has no width: the cards would stand in one column first, and jump.
      const fit = () => box.current.offsetWidth && setColumns(Math.max(1, Math.min(MOST_COLUMNS, Math.floor((box.current.offsetWidth + GAP) / (LEAST_WIDTH + GAP)))));
      const sizes = new ResizeObserver(fit);
      sizes.observe(box.current);
      fit();
      return () => sizes.disconnect();
    }, []);
    return columns;
  }

  // Panels stand as their card's width asks: it is told once it rests, in steps too small to be seen.
  const STEP = 24;
  const RESTS = 250;
  function useWidth(box) {
    const [width, setWidth] = useState(0);
    useLayoutEffect(() => {
      let timer = 0;
      const fit = () => setWidth((now) => (box.current && box.current.offsetWidth ? Math.round(box.current.offsetWidth / STEP) : now));
      const sizes = new ResizeObserver(() => {
        clearTimeout(timer);
        timer = setTimeout(fit, RESTS);
      });
      sizes.observe(box.current);
      fit();
      return () => {
        clearTimeout(timer);
        sizes.disconnect();
      };
    }, []);
    return width;
  }

  function cell(element, columns) {
    const height = parseInt(getComputedStyle(element).getPropertyValue("--x-h-card"), 10);
    return { width: Math.max(100, Math.floor((element.offsetWidth - GAP * (columns - 1)) / columns)), height, columns };
  }

  const widthOf = (wish, columns) => (wish === mx.layout.COLUMNS ? columns : Math.min(wish, columns));
  // The cards that somebody has given a size, in pixels.
  function givenSizes(layout, cell) {
    const { width, height, columns } = cell;
    const over = (n, one) => n * one + (n - 1) * GAP;
    return Object.fromEntries(Object.entries(layout.size || {}).map(([key, [wide, high]]) => [key, { width: over(widthOf(wide, columns), width), height: over(high, height) }]));
  }

  // A card in full screen, without its border.
  const INSET = 17;
  const inside = () => ({ width: Math.max(100, innerWidth - 2 * INSET), height: Math.max(100, innerHeight - 2 * INSET) });

  // Columns that each card takes, of TRACKS: cards share what their row would leave empty, but for the last of several
  // rows of narrow cards, and where somebody has given one of them its width.
  function spans(wished, columns) {
    const rows = [];
    let room = 0;
    wished.forEach(({ columns: wish, rows: high, sized }) => {
      const wide = Math.min(columns, wish);
      if (wide > room) {
        rows.push([]);
        room = columns;
      }
      rows[rows.length - 1].push({ wide, high, sized });
      room -= wide;
    });
    return rows.flatMap((row, i) => {
      const used = row.reduce((sum, card) => sum + card.wide, 0);
      const shares = (i < rows.length - 1 || rows.length === 1 || row.some((card) => card.wide > 1)) && row.every((card) => card.high === row[0].high && !card.sized);
      // A single narrow plot over the whole width would be a ribbon: half is enough.
      const of = shares ? Math.max(used, Math.min(columns, 2)) : columns;
      return row.map((card) => (card.wide * TRACKS) / of);
    });
  }

  function Section({ section, collapsed, columns, full, layout, around, shared }) {
    const { name, list, system } = section;
    const open = !collapsed.has(name);
    const count = mx.count(list.length, "plot") + (system ? " from MLflow system metrics" : "");
    const heading = h(
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
    const head = h("div", { className: "x-section-bar" }, heading, h(mx.SectionTools, { section, around }));
    const sizes = useSyncExternalStore(mx.pictures.subscribeAll, () =>
      list.map((card) => (({ picture }) => (picture ? `${picture.columns} ${picture.rows}` : `${card.columns} 1`))(mx.pictures.get(card.key))).join(),
    );
    const usual = sizes.split(",").map((size) => size.split(" ").map(Number));
    const given = list.map((card) => mx.arrange.own(layout.size, card.key));
    const wished = list.map((card, i) => (([wide, high]) => ({ columns: widthOf(wide, columns), rows: high, sized: Boolean(given[i]) }))(given[i] || usual[i]));
    const wide = spans(wished, columns);
    const keys = list.map((card) => card.key);
    const place = (i) => ({ section: name, keys, at: i, ...around, size: [Math.min(given[i] ? given[i][0] : usual[i][0], columns), wished[i].rows], sized: given[i] });
    const cards =
      open && list.length
        ? h(
            "div",
            { className: "x-grid", style: { "--x-cols": TRACKS } },
            list.map((card, i) => h(mx.Card, { key: card.key, card, span: wide[i], place: place(i), full: full === card.key, ...shared })),
          )
        : null;
    return h("section", { className: "x-section", "aria-label": name, "data-section": name }, head, cards);
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
    const width = useWidth(box);
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    const theme = useSyncExternalStore(mx.theme.subscribe, mx.theme.current);
    // A chart of nothing would keep the dots of the runs that were taken off.
    const own = JSON.stringify((screen && screen.runs.length && screen.charts) || []);
    const cards = useMemo(() => [...JSON.parse(own), ...((plots && plots.cards) || [])], [plots, own]);
    const shown = Boolean(screen && screen.state.tab === "plots" && !mx.instead(screen.state));
    const full = mx.view.get("plot");
    const layout = useSyncExternalStore(mx.layout.subscribe, mx.layout.get);

    useLayoutEffect(() => {
      if (!screen) return;
      const { smoothing, x, log, clip, group, band, compare, ref, against, key, unit } = screen.state;
      mx.pictures.setup({ cell: () => cell(box.current, columns), url: urls.pictures, runs: screen.runs.map((run) => run.id), look: { smoothing, x, log, clip, group, band }, compared: { keys: compare, ref, against, key, unit }, theme, epoch: screen.refresh, columns, width, full: full && { key: full, ...inside() }, sizes: (cell) => givenSizes(layout, cell), given: layout.size || {} });
    }, [screen, theme, columns, width, full, layout.size]);
    useLayoutEffect(() => mx.arrange.board({ cards, columns, cell: () => cell(box.current, columns) }), [cards, columns]);
    useEffect(() => mx.own.board(cards), [cards]);
    useEffect(() => {
      if (screen) mx.insight.board({ shown, cards, runs: screen.runs.map((run) => [run.id, run.status]), refresh: screen.refresh });
    }, [screen, cards, shown]);
    useEffect(() => mx.tail.board({ urls, cards, held: (plots && plots.held) || {} }), [plots, urls]);

    const filter = mx.view.get("filter");
    const all = useMemo(() => mx.arrange.sections(cards, layout), [cards, layout]);
    const left = useMemo(() => arranged(cards, layout, filter, full), [cards, layout, filter, full]);
    const around = (i) => ({ above: i ? left[i - 1].name : null, below: i + 1 < left.length ? left[i + 1].name : null });
    const shared = { screen, urls, config };
    const content = !shown
      ? null
      : [
          h(Banner, { key: "banner", keys: cards.map((card) => card.key) }),
          ...left.map((section, i) => h(Section, { key: `section ${section.name}`, section, collapsed: collapsedNow(all), columns, full, layout, around: around(i), shared })),
          h(mx.Hearsay, { key: "hearsay" }),
          cards.length && !left.length ? h("p", { key: "none", className: "x-none" }, noMatch(filter)) : null,
        ];
    return h("div", { id, className: "x-board", ref: box }, content);
  };
})();
