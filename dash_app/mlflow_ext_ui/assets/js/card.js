// A card: its head, its menu, and in its body a graph, a table, a sentence or what went wrong.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore } = React;
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  const square = (glyph, label, props) =>
    h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": label, title: label, ...props }, icon(glyph));

  function Trouble({ failure, onRetry }) {
    const details = `${failure.title}\n${failure.why}\n${failure.details || ""}`;
    return h(
      "div",
      { className: "x-trouble", role: "alert" },
      icon("triangle-alert", "x-s16 x-warn"),
      h("strong", null, failure.title),
      h("p", null, failure.why),
      h(
        "div",
        { className: "x-row" },
        failure.retry ? h("button", { type: "button", className: "x-btn x-small", onClick: onRetry }, icon("rotate-ccw"), "Try again") : null,
        h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => mx.copy(details) }, "Copy details"),
      ),
    );
  }

  // The end of a name tells runs apart: it stays, the middle gives way.
  const END = 6;
  const ends = (name) => h("span", { className: "x-ends" }, h("span", { className: "x-name" }, name.slice(0, -END)), h("span", null, name.slice(-END)));
  // The runs of lines that share one plot: in full screen the run list, their legend, is out of sight.
  function lines(picture) {
    const runs = picture.figure.data.filter((trace) => trace.meta && trace.meta.role === "line").map((trace) => trace.meta.run);
    return [...new Set(runs)].map((id) => mx.screen.runs.get(id)).filter(Boolean).map((run) => [run.name, run.color]);
  }
  function Chips({ chips }) {
    const one = ([label, color]) =>
      h("span", { key: label + color, className: "x-chip", title: label }, h("span", { className: "x-dot", style: { background: color } }), h("span", { className: "x-name" }, label));
    return h("div", { className: "x-chips" }, chips.map(one));
  }

  function Menu({ card, place, full, picture, screen, urls, onRename, onClose }) {
    const list = useRef(null);
    useEffect(() => {
      const items = () => [...list.current.querySelectorAll("button, a")];
      mx.raiseMenu(list.current);
      items()[0].focus();
      const outside = (event) => !list.current.parentElement.contains(event.target) && onClose();
      const keys = (event) => mx.walkMenu(event, items(), onClose);
      document.addEventListener("pointerdown", outside);
      list.current.addEventListener("keydown", keys);
      return () => document.removeEventListener("pointerdown", outside);
    }, []);
    const item = (label, glyph, act) =>
      h("button", { type: "button", role: "menuitem", className: "x-menu-item", onClick: () => (act(), onClose()) }, icon(glyph, "x-t3"), label);
    const query = new URLSearchParams({ runs: screen.runs.map((run) => run.id).join(","), plot: card.key });
    const workspace = mx.view.get("workspace");
    if (workspace) query.set("workspace", workspace);
    mx.compare.query(card, query);
    mx.steps.query(card, query);
    mx.own.query(card, query);
    return h(
      "div",
      { className: "x-menu x-pop", role: "menu", "aria-label": `Menu of ${card.title}`, ref: list },
      picture && picture.figure ? item("Download PNG", "image", () => mx.download(card.key, card.title, "png")) : null,
      picture && picture.figure ? item("Download SVG", "image", () => mx.download(card.key, card.title, "svg")) : null,
      h("a", { role: "menuitem", className: "x-menu-item", href: `${urls.values}?${query}`, download: "", onClick: onClose }, icon("download", "x-t3"), mx.compare.on(card) ? "Download CSV of the comparison" : mx.steps.csv(card) || "Download CSV, all points"),
      mx.steps.items(card, onClose),
      item("Copy link to this plot", "link", () => mx.layout.copy({ plot: card.key })),
      mx.ranges.items(card, picture, item),
      mx.own.items(card, item),
      full ? null : h(mx.ArrangeItems, { card, place, onRename, onClose }),
    );
  }

  // While a card is full screen, Tab stays inside it; when it closes, the focus is where it was.
  function useFullScreen(element, full) {
    useEffect(() => {
      if (!full) return undefined;
      const before = document.activeElement;
      const card = element.current;
      const stops = () => [...card.querySelectorAll("button, a[href], input, [tabindex='0']")].filter((one) => one.offsetParent);
      if (!card.contains(before)) stops()[0].focus();
      const keys = (event) => {
        if (event.key !== "Tab" || !stops().length) return;
        const list = stops();
        const edge = event.shiftKey ? list[0] : list[list.length - 1];
        if (document.activeElement === edge || !card.contains(document.activeElement)) {
          event.preventDefault();
          list[event.shiftKey ? list.length - 1 : 0].focus();
        }
      };
      document.addEventListener("keydown", keys);
      return () => {
        document.removeEventListener("keydown", keys);
        if (before && before.isConnected && before !== document.body) before.focus();
      };
    }, [full]);
  }

  function Body({ card, entry, config, sheet }) {
    const { picture, failure } = entry;
    if (failure && !picture) return h(Trouble, { failure, onRetry: () => mx.pictures.again([card.key]) });
    if (!picture) return h("div", { className: "x-hold", "aria-busy": "true" });
    if (picture.grid) return mx.compare.beside(picture, h(mx.Table, { id: card.key, grid: picture.grid, sheet }));
    if (!picture.figure) return h("div", { className: "x-trouble" }, h("p", null, picture.sentence));
    return mx.compare.beside(picture, h(mx.Plot, { id: card.key, figure: picture.figure, config, label: card.title }));
  }

  mx.Card = function Card({ card, span: wide, place, full, screen, urls, config }) {
    const element = useRef(null);
    const [menu, setMenu] = useState(false);
    const [naming, setNaming] = useState(false);
    const [chosen, setChosen] = useState(null);
    const entry = useSyncExternalStore(
      (listener) => mx.pictures.subscribe(card.key, listener),
      () => mx.pictures.get(card.key),
    );
    useEffect(() => mx.pictures.watch(element.current), []);
    useFullScreen(element, full);
    const { picture, failure, old } = entry;
    const span = {
      gridColumn: `span ${wide}`,
      gridRow: `span ${place.sized ? place.sized[1] : (picture && picture.rows) || 1}`,
    };
    const sheets = picture && picture.grid ? picture.grid.sheets : [];
    const sheet = sheets.find((one) => one.run_id === chosen) || sheets[0];
    const caption = sheet ? sheet.caption : picture ? picture.caption : "";
    const notes = [...((picture && picture.notes) || []), ...(failure && picture ? [`${failure.title}. ${failure.why}`] : [])].join("\n");
    const runName = (id) => (mx.screen.runs.get(id) || { name: id, color: "transparent" });
    const runs = sheets.length > 1
      ? h(
          "div",
          { className: "x-switch", role: "radiogroup", "aria-label": "Run" },
          sheets.map((one) =>
            h(
              "button",
              { key: one.run_id, type: "button", role: "radio", "aria-checked": one === sheet, "aria-label": runName(one.run_id).name, title: runName(one.run_id).name, onClick: () => setChosen(one.run_id) },
              h("span", { className: "x-dot", style: { background: runName(one.run_id).color } }),
              ends(mx.oneLine(runName(one.run_id).name)),
            ),
          ),
        )
      : null;
    const head = h(
      "header",
      { className: "x-card-head" },
      full ? null : h(mx.Grip, { card, place }),
      naming ? h(mx.NameField, { card, onDone: () => setNaming(false) }) : h("h3", { title: card.title === card.logged ? card.title : `${card.title}, logged as ${card.logged}` }, card.title),
      h("span", { className: "x-caption", title: caption }, caption),
      notes ? h("span", { className: "x-note x-ic x-s12 x-i-circle-help x-t3", role: "img", "aria-label": notes, title: notes, tabIndex: 0 }) : null,
      h(
        "div",
        { className: "x-card-end" },
        h(mx.CardFindings, { card }),
        h(mx.ZoomReset, { card, picture }),
        mx.compare.head(card, picture),
        square(full ? "x" : "maximize-2", full ? "Leave full screen" : "Full screen", { onClick: () => mx.view.change({ plot: full ? null : card.key }) }),
        square("ellipsis", "Plot menu", { "aria-haspopup": "menu", "aria-expanded": menu, onClick: () => setMenu(!menu) }),
        menu
          ? h(Menu, {
              card, place, full, picture, screen, urls,
              onRename: () => setNaming(true),
              onClose: () => {
                setMenu(false);
                element.current.querySelector("[aria-label='Plot menu']").focus();
              },
            })
          : null,
        h(mx.CardPanel, { card, picture }),
      ),
    );
    const body = h(
      "div",
      { className: "x-card-body" },
      runs,
      full && picture && picture.figure && lines(picture).length ? h(Chips, { chips: lines(picture) }) : null,
      picture && picture.chips.length ? h(Chips, { chips: picture.chips }) : null,
      mx.own.legend(picture),
      h(Body, { card, entry, config, sheet }),
      mx.steps.below(card, screen, urls),
    );
    const frame = h(
      "article",
      {
        ref: element,
        className: "x-card" + (full ? " x-full" : "") + (old ? " x-old" : ""),
        style: full ? undefined : span,
        "data-key": card.key,
        "data-kind": card.kind,
        "aria-label": card.title,
        ...(full ? { role: "dialog", "aria-modal": true } : {}),
      },
      head,
      body,
      full ? null : h(mx.Corner, { card, place }),
    );
    return h(React.Fragment, null, frame, full ? h("div", { className: "x-place", style: span }) : null);
  };
})();
