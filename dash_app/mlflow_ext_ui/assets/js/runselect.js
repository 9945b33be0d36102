// Which runs are chosen: by a click, by a range, by what they are. Archived runs are never on screen: they are checked.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useSyncExternalStore } = React;
  const COUNTS = [2, 5, 10, 20];
  const MOST = 200; // runs that one range takes
  let anchor = null;

  const archived = () => mx.view.get("stage") === "archived";
  const checked = () => mx.runlist.get().checked || new Set();
  const has = (run) => (archived() ? checked().has(run) : mx.screen.runs.has(run));
  function put(runs, on) {
    if (archived()) {
      const next = new Set(checked());
      runs.forEach((run) => (on ? next.add(run) : next.delete(run)));
      mx.runlist.tell({ checked: next });
      return;
    }
    const now = mx.onScreen().filter((run) => !runs.includes(run));
    mx.show(on ? [...now, ...runs] : now);
  }
  // Rows from the anchor to the one at ``to``. A run that went on screen left its place to the next one.
  function range(api, to) {
    let from = anchor.index;
    let left = true;
    for (let i = 0; i < api.getDisplayedRowCount() && left; i += 1) {
      const node = api.getDisplayedRowAtIndex(i);
      if (node && node.data && node.data.id === anchor.id) [from, left] = [i, false];
    }
    const [first, last] = to >= from ? [from, to] : [to, left ? from - 1 : from];
    const rows = [];
    for (let i = first; i <= last && rows.length < MOST; i += 1) {
      const node = api.getDisplayedRowAtIndex(i);
      if (node && node.data && !node.data.group) rows.push(node.data);
    }
    return rows;
  }
  mx.select = {
    has,
    put,
    // A click or a key on a row; ``event`` tells where, and with Shift.
    one(api, { data, node }, event, known) {
      const at = (part) => event.target.closest && event.target.closest(part);
      if (data.folds && (event.key ? event.key === "Enter" : at(".x-fold") || (data.group && !at(".x-run-dot")))) {
        mx.grouping.fold(data.id);
        return;
      }
      if (data.group) {
        const all = data.ids.every(has);
        put(data.ids.filter((id) => has(id) === all), !all);
        return;
      }
      const shift = event.shiftKey;
      known.set(data.id, data);
      const rows = shift && anchor && !node.rowPinned ? range(api, node.rowIndex) : [];
      rows.forEach((row) => known.set(row.id, row));
      const on = rows.length ? anchor.on : !has(data.id);
      const ids = rows.length ? rows.map((row) => row.id).filter((id) => has(id) !== on) : [data.id];
      anchor = { id: data.id, on, index: node.rowPinned ? 0 : node.rowIndex };
      put(ids, on);
      if (archived()) api.refreshCells({ force: true });
    },
    // What an action is about, with names.
    targets() {
      if (!archived()) return mx.screen.view ? mx.screen.view.runs.map(({ id, name }) => ({ id, name })) : [];
      const rows = (mx.runlist.get().listing || { rows: [] }).rows;
      return [...checked()].map((id) => rows.find((row) => row.id === id) || { id, name: id.slice(0, 8) });
    },
  };

  async function pick(address, what, count) {
    const experiment = (mx.screen.view.experiment || {}).id || "";
    try {
      const answer = await mx.fetch(address, { method: "POST", body: JSON.stringify({ path: location.pathname, search: location.search, experiment, what, count }) });
      const told = await answer.json();
      if (!answer.ok || told.error) throw new Error(told.error || told.detail);
      mx.show(told.runs);
    } catch (error) {
      mx.toast(`Nothing was picked. ${error.message}`, "bad");
    }
  }
  function metric() {
    const by = (mx.view.get("sort") || "").replace(/^-/, "");
    const { listing } = mx.runlist.get();
    return by.startsWith("metrics.") ? by.slice("metrics.".length) : listing && listing.metric;
  }
  mx.menuItem = (text, onClick, { disabled = false, bad = false } = {}) =>
    h("button", { key: text, type: "button", role: "menuitem", className: "x-menu-item" + (bad ? " x-bad" : ""), disabled, onClick }, h("span", { className: "x-name" }, text));

  function Menu({ address, close }) {
    const item = (text, what, count, options) =>
      mx.menuItem(text, () => {
        close();
        pick(address, what, count);
      }, options);
    const by = metric();
    const line = (key) => h("hr", { key, className: "x-menu-line" });
    return [
      ...COUNTS.map((count) => item(by ? `Top ${count} by ${by}` : `Top ${count}`, "top", count, { disabled: !by })),
      line("1"),
      ...COUNTS.map((count) => item(`Latest ${count}`, "latest", count)),
      line("2"),
      item("All matching, up to 20", "all", 20),
      mx.menuItem("None", () => {
        close();
        mx.show([]);
      }),
    ];
  }

  mx.RunActions = function RunActions({ pick: address, bulk, run, colors }) {
    useSyncExternalStore(mx.runlist.subscribe, mx.runlist.get);
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    const show = archived() ? h("span", { className: "x-caption" }, `${checked().size} checked`) : h(mx.Popover, { text: "Show", glyph: "chevron-down", menu: true, children: (close) => h(Menu, { address, close }) });
    return h("div", { className: "x-run-actions" }, show, h(mx.BulkMenu, { address: bulk }), h(mx.RunMenu, { address: run, pick: address, colors }));
  };
})();
