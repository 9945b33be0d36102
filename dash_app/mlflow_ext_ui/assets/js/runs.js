// The run list: rows that are on screen stand above the rest, a click puts a run on screen or takes it off.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const GRID = "x-run-grid";
  const NAME = "attributes.run_name";
  const h = React.createElement;
  const renderers = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  let latest = null;
  let focus = null;
  // Rows of this experiment as any list gave them: a search leaves out runs that stay on screen.
  let known = new Map();
  let knownOf = "";

  const STATES = {
    RUNNING: ["x-pulse", "running"],
    SCHEDULED: ["x-ic x-s12 x-i-clock x-t3", "scheduled"],
    FAILED: ["x-ic x-s12 x-i-circle-x x-bad", "failed"],
    KILLED: ["x-ic x-s12 x-i-circle-x x-bad", "killed"],
  };
  function State({ run }) {
    const reason = React.useSyncExternalStore(mx.insight.subscribe, () => mx.insight.reason(run.id));
    const odd = run.nan || reason;
    const [className, title] = STATES[run.status] || (odd ? ["x-ic x-s12 x-i-triangle-alert x-warn", reason || "a value is NaN"] : []);
    return className ? h("span", { className: "x-run-state" }, h("span", { className, title, role: "img", "aria-label": title })) : null;
  }
  const shortened = (name) => mx.parts(name).map((part, index) => h("span", { key: index }, part));

  let others = { search: null, query: "" };
  mx.shortened = (name) => h("span", { className: "x-run-name" }, shortened(name));
  mx.pageOf = (run) => {
    const search = mx.view.search();
    if (others.search !== search) {
      const query = mx.view.params();
      query.delete("run");
      others = { search, query: query.toString() };
    }
    return `${location.pathname}?${others.query}${others.query ? "&" : ""}run=${encodeURIComponent(run)}`;
  };
  const INSET = 14;
  function More({ data }) {
    const pin = mx.pinned().includes(data.id) ? h("span", { className: "x-ic x-s12 x-i-pin x-t2", role: "img", "aria-label": "pinned", title: "Pinned" }) : null;
    const label = `Colour and place of ${data.name}`;
    return h(React.Fragment, null, h("button", { type: "button", className: "x-run-more", tabIndex: -1, title: "Colour, pin, compare", "aria-label": label }, mx.icon("ellipsis", "x-s12")), pin);
  }
  function Dot({ data, shown }) {
    const check = mx.view.get("stage") === "archived";
    const some = data.group && data.ids.some(mx.select.has);
    const on = data.group ? (data.ids.every(mx.select.has) ? true : some ? "mixed" : false) : mx.select.has(data.id);
    const style = shown ? { background: shown.color, borderColor: shown.color } : undefined;
    const label = check ? `${data.name} checked` : `${data.name} on screen`;
    return h("span", { className: "x-run-dot" + (check ? " x-check" : "") + (check || data.group ? (on ? " x-on" : "") : ""), role: "checkbox", "aria-checked": on, "aria-label": label, style });
  }
  renderers.MxRun = ({ data }) => {
    if (!data) return null;
    const shown = mx.screen.runs.get(data.id);
    const look = (shown ? " x-on" : "") + (data.group ? " x-group" : "");
    const inset = data.depth ? { paddingLeft: `${data.depth * INSET}px` } : undefined;
    return h(
      "div",
      { className: "x-run" + look, title: data.name, "data-run": data.group ? undefined : data.id, style: inset },
      data.folds ? h("span", { className: `x-fold x-ic x-s12 x-i-chevron-${data.folded ? "right" : "down"} x-t3`, role: "img", "aria-label": data.folded ? "folded" : "unfolded" }) : null,
      h(Dot, { data, shown }),
      h("span", { className: "x-run-name" }, shortened(data.name)),
      data.group
        ? null
        : h(
            "a",
            { className: "x-link x-run-open", href: mx.pageOf(data.id), tabIndex: -1, title: "Open the run's page (o)", "aria-label": `Open the page of ${data.name}` },
            h("span", { className: "x-ic x-s12 x-i-file-text", "aria-hidden": true }),
          ),
      data.group ? h("span", { className: "x-count" }, mx.whole(data.ids.length)) : h(More, { data }),
      data.group ? null : h(State, { run: data }),
    );
  };
  renderers.MxMetricHeader = ({ displayName }) => h("span", { className: "x-metric-header" }, shortened(displayName));
  renderers.MxMetric = ({ data, shown, left, colDef }) => {
    if (!data) return null;
    const on = mx.screen.runs.has(data.id);
    const plain = data[colDef.field] === null;
    const looks = [["x-on", on], ["x-dim", plain], ["x-left", left]].filter(([, is]) => is).map(([look]) => ` ${look}`);
    // A number of many digits is shown with fewer.
    const whole = typeof data[colDef.field] === "number" && left ? String(data[colDef.field]) : data[shown];
    return h("span", { className: "x-metric" + looks.join(""), title: left ? whole : undefined }, data[shown]);
  };

  function bind(api) {
    api.addEventListener("cellClicked", ({ event, ...at }) => at.data && !event.target.closest("a") && mx.select.one(api, at, event, known));
    api.addEventListener("cellKeyDown", ({ event, data, rowIndex, node }) => {
      if (data && !data.group && event.key === "o") mx.view.visit(mx.pageOf(data.id));
      if (!data || (event.key !== " " && event.key !== "Enter")) return;
      event.preventDefault();
      focus = { rowIndex, pinned: node.rowPinned };
      mx.select.one(api, { data, node }, event, known);
    });
    api.addEventListener("cellMouseOver", ({ data }) => data && mx.emphasis(data.id));
    api.addEventListener("cellMouseOut", () => mx.emphasis(null));
    api.addEventListener("sortChanged", ({ source }) => {
      pin(api);
      if (source === "uiColumnSorted" && latest.group) lay(api, latest);
      if (source === "uiColumnSorted") mx.view.change({ sort: mx.order.told(api) }, { replace: true });
    });
  }

  function learn(listing) {
    const column = JSON.stringify([listing.experiment, listing.columns.map((one) => one.colId)]);
    if (column !== knownOf) known = new Map();
    knownOf = column;
    [...listing.pinned, ...listing.rows].forEach((row) => known.set(row.id, row));
  }
  // The grid draws every row above the list, and of the list only what is seen. So many runs on screen lead the list.
  const MOST_ABOVE = 50;
  const crowd = () => mx.screen.runs.size > MOST_ABOVE;
  // Pinned runs first, then those on screen, each as the list is sorted; nothing stands above archived runs.
  function above() {
    if (mx.view.get("stage") === "archived") return new Set();
    const shown = [...mx.screen.runs.keys()];
    return new Set([...mx.pinned(), ...(crowd() ? shown.slice(0, latest.infinite ? MOST_ABOVE : 0) : shown)]);
  }
  function row(id) {
    const { status, nan, slot, color } = mx.screen.runs.get(id) || {};
    const live = status ? { status, nan, slot, color } : {};
    const held = known.get(id) || mx.screen.runs.get(id);
    return held ? { ...mx.screen.runs.get(id), ...held, ...live, rank: undefined, depth: 0, folds: false } : null;
  }
  function lead({ nodes }) {
    if (!crowd() || latest.group || mx.view.get("stage") === "archived") return;
    const ahead = nodes.filter((node) => mx.screen.runs.has(node.data.id));
    const rest = nodes.filter((node) => !mx.screen.runs.has(node.data.id));
    [...ahead, ...rest].forEach((node, place) => (nodes[place] = node));
  }
  function pin(api) {
    const every = [...above()];
    const top = every.filter((id) => mx.pinned().includes(id));
    const shown = every.filter((id) => !top.includes(id));
    const rows = [top, shown].flatMap((ids) => mx.order.sort(api, ids.map(row).filter(Boolean)));
    api.setGridOption("pinnedTopRowData", rows);
  }
  function refocus(api) {
    if (!focus) return;
    const count = focus.pinned ? api.getPinnedTopRowCount() : api.getDisplayedRowCount();
    const row = Math.min(focus.rowIndex, count - 1);
    if (row >= 0) api.setFocusedCell(row, NAME, focus.pinned || undefined);
    focus = null;
  }

  function lay(api, listing) {
    const up = above();
    const rows = listing.group ? mx.grouping.arrange(listing, (some) => mx.order.sort(api, some)) : listing.rows.filter((one) => !up.has(one.id));
    // A search leaves out runs that stay on screen.
    const here = crowd() && !listing.group ? new Set(listing.rows.map((one) => one.id)) : null;
    const missed = here ? [...mx.screen.runs.keys()].filter((id) => !here.has(id) && !up.has(id)) : [];
    api.setGridOption("rowData", [...missed.map(row), ...rows]);
    if (here) api.refreshClientSideRowModel("sort"); // the same rows, led by others
  }
  mx.grouping.subscribe(() => last.api && lay(last.api, latest));
  let last = {};
  async function fill(listing) {
    const api = await dash_ag_grid.getApiAsync(GRID);
    if (listing !== latest) return;
    const fresh = last.listing !== listing || last.api !== api;
    if (last.api !== api) {
      bind(api);
      api.setGridOption("postSortRows", lead);
      api.setGridOption("tabToNextCell", () => false); // arrows walk the rows; Tab leaves a list of thousands
    }
    if (fresh) {
      api.setGridOption("columnDefs", mx.order.onColumns(listing.columns));
      mx.makeRoom(listing.columns);
    } else mx.order.follow(api);
    pin(api); // as the list is sorted, which the columns tell
    if (listing.infinite) {
      if (fresh && last.api === api) api.purgeInfiniteCache();
    } else {
      lay(api, listing);
    }
    api.refreshCells({ force: true });
    refocus(api);
    last = { listing, api };
    uncover(listing);
  }

  // What stood on the page before the list goes once rows are drawn, or after a second without any.
  const PATIENCE = 1000;
  function uncover(listing, since = performance.now()) {
    const drawn = !listing.total || document.querySelector(".x-runs .x-run") || performance.now() - since > PATIENCE;
    if (drawn) mx.uncover();
    else requestAnimationFrame(() => uncover(listing, since));
  }

  window.dash_clientside.mlflow_ext.list_runs = (listing, view) => {
    if (view && !listing) mx.uncover();
    if (!listing || !view) return;
    mx.runlist.tell({ listing });
    if (listing.error && latest && latest.experiment === listing.experiment) return;
    if (latest !== listing) learn(listing);
    latest = listing;
    mx.news.listed(listing);
    mx.set("x-running", {
      hidden: !listing.running,
      children: listing.running ? [pulse, `${mx.whole(listing.running)} running`] : null,
    });
    const none = !listing.total;
    const side = document.querySelector(".x-side").classList;
    const narrowed = listing.search || listing.where || listing.stage !== "active";
    side.toggle("x-nothing", none && !narrowed && !view.runs.length);
    side.toggle("x-no-match", none && view.runs.length > 0);
    mx.set("x-run-empty", {
      hidden: !none,
      children: mx.runlist.nothing(listing) || noRuns,
    });
    fill(listing);
  };
  mx.focusRuns = async () => {
    const api = await dash_ag_grid.getApiAsync(GRID);
    if (api.getPinnedTopRowCount()) api.setFocusedCell(0, NAME, "top");
    else if (api.getDisplayedRowCount()) api.setFocusedCell(0, NAME);
  };
  const pulse = mx.part("Span", "x-pulse", null);
  const noRuns = [mx.part("Span", "x-medium", "No runs yet"), mx.part("Span", "", "Runs appear here as soon as they start.")];
})();
