// The run list: rows that are on screen stand above the rest, a click puts a run on screen or takes it off.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const GRID = "x-run-grid";
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
  function state(run) {
    const [className, title] = STATES[run.status] || (run.nan ? ["x-ic x-s12 x-i-triangle-alert x-warn", "a value is NaN"] : []);
    return className ? h("span", { className: "x-run-state" }, h("span", { className, title, role: "img", "aria-label": title })) : null;
  }
  // The end of a name tells runs apart: its last part always stays, the middle gives way.
  function tail(name) {
    const cut = Math.max(...["-", "_", ".", "/", " "].map((mark) => name.lastIndexOf(mark)));
    const part = name.length - cut;
    return cut > 0 && part <= 10 ? part : Math.min(4, Math.floor(name.length / 3));
  }

  function shortened(name) {
    const end = name.length - tail(name);
    return [h("span", { key: "start" }, name.slice(0, end)), h("span", { key: "end" }, name.slice(end))];
  }

  mx.pageOf = (run) => {
    const query = mx.view.params();
    query.set("run", run);
    return `${location.pathname}?${query}`;
  };
  renderers.MxRun = ({ data }) => {
    if (!data) return null;
    const shown = mx.screen.runs.get(data.id);
    const color = shown ? shown.color : undefined;
    return h(
      "div",
      { className: "x-run" + (shown ? " x-on" : ""), title: data.name, "data-run": data.id },
      h("span", {
        className: "x-run-dot",
        role: "checkbox",
        "aria-checked": Boolean(shown),
        "aria-label": `${data.name} on screen`,
        style: shown ? { background: color, borderColor: color } : undefined,
      }),
      h("span", { className: "x-run-name" }, shortened(data.name)),
      h(
        "a",
        { className: "x-link x-run-open", href: mx.pageOf(data.id), tabIndex: -1, title: "Open the run's page (o)", "aria-label": `Open the page of ${data.name}` },
        h("span", { className: "x-ic x-s12 x-i-file-text", "aria-hidden": true }),
      ),
      state(data),
    );
  };
  renderers.MxMetricHeader = ({ displayName }) => h("span", { className: "x-metric-header" }, shortened(displayName));
  renderers.MxMetric = ({ data }) => {
    if (!data) return null;
    const on = mx.screen.runs.has(data.id);
    const plain = data.metric === null;
    return h("span", { className: "x-metric" + (on ? " x-on" : "") + (plain ? " x-dim" : "") }, data.text);
  };

  function bind(api) {
    api.addEventListener("cellClicked", ({ data, event }) => data && !event.target.closest("a") && mx.toggle(data.id));
    api.addEventListener("cellKeyDown", ({ event, data, rowIndex, node }) => {
      if (data && event.key === "o") mx.view.visit(mx.pageOf(data.id));
      if (!data || (event.key !== " " && event.key !== "Enter")) return;
      event.preventDefault();
      focus = { rowIndex, pinned: node.rowPinned };
      mx.toggle(data.id);
    });
    api.addEventListener("cellMouseOver", ({ data }) => data && mx.emphasis(data.id));
    api.addEventListener("cellMouseOut", () => mx.emphasis(null));
    api.addEventListener("sortChanged", () => pin(api));
  }

  function ordered(api, rows) {
    const by = api.getColumnState().find((column) => column.sort);
    if (!by) return rows;
    const sign = by.sort === "asc" ? 1 : -1;
    const value = (row) => row[by.colId];
    return [...rows].sort((a, b) => {
      if (value(a) === value(b)) return 0;
      if (value(a) === null) return 1;
      if (value(b) === null) return -1;
      return (value(a) < value(b) ? -1 : 1) * sign;
    });
  }
  function learn(listing) {
    const column = JSON.stringify([listing.experiment, listing.metric]);
    if (column !== knownOf) known = new Map();
    knownOf = column;
    [...listing.pinned, ...listing.rows].forEach((row) => known.set(row.id, row));
  }
  function pin(api) {
    const rows = [...mx.screen.runs.values()].map((run) => {
      const { metric, text } = known.get(run.id) || run;
      return { ...run, metric, text };
    });
    api.setGridOption("pinnedTopRowData", ordered(api, rows));
  }
  function refocus(api) {
    if (!focus) return;
    const count = focus.pinned ? api.getPinnedTopRowCount() : api.getDisplayedRowCount();
    const row = Math.min(focus.rowIndex, count - 1);
    if (row >= 0) api.setFocusedCell(row, "name", focus.pinned || undefined);
    focus = null;
  }

  let last = {};
  async function fill(listing) {
    const api = await dash_ag_grid.getApiAsync(GRID);
    if (listing !== latest) return;
    const runs = mx.screen.runs;
    const fresh = last.listing !== listing || last.api !== api;
    if (last.api !== api) bind(api);
    pin(api);
    if (fresh) api.setGridOption("columnDefs", listing.columns);
    if (listing.infinite) {
      if (fresh && last.api === api) api.purgeInfiniteCache();
    } else {
      api.setGridOption("rowData", listing.rows.filter((row) => !runs.has(row.id)));
    }
    api.refreshCells({ force: true });
    refocus(api);
    last = { listing, api };
  }

  window.dash_clientside.mlflow_ext.list_runs = (listing, view) => {
    if (!listing || !view) return;
    if (latest !== listing) learn(listing);
    latest = listing;
    mx.set("x-running", {
      hidden: !listing.running,
      children: listing.running ? [pulse, `${listing.running.toLocaleString("en-US")} running`] : null,
    });
    const none = !listing.total;
    const side = document.querySelector(".x-side").classList;
    side.toggle("x-nothing", none && !listing.search && !view.runs.length);
    side.toggle("x-no-match", none && view.runs.length > 0);
    mx.set("x-run-empty", {
      hidden: !none,
      children: listing.search ? "No run has this in its name or id." : noRuns,
    });
    mx.set("x-pick-top", { disabled: !listing.metric, children: listing.metric ? `Top 5 by ${listing.metric}` : "Top 5" });
    fill(listing);
  };
  mx.focusRuns = async () => {
    const api = await dash_ag_grid.getApiAsync(GRID);
    if (api.getPinnedTopRowCount()) api.setFocusedCell(0, "name", "top");
    else if (api.getDisplayedRowCount()) api.setFocusedCell(0, "name");
  };
  const pulse = mx.part("Span", "x-pulse", null);
  const noRuns = [mx.part("Span", "x-medium", "No runs yet"), mx.part("Span", "", "Runs appear here as soon as they start.")];

  // A wider list for names that are alike at their end.
  const MIN = 200;
  const MAX = 640;
  function width(pixels) {
    const value = Math.max(MIN, Math.min(MAX, pixels, window.innerWidth / 2));
    document.documentElement.style.setProperty("--x-w-side", `${value}px`);
    const handle = document.querySelector(".x-resize");
    if (handle) handle.setAttribute("aria-valuenow", String(Math.round(value)));
  }
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest && event.target.closest(".x-resize");
    if (!handle) return;
    event.preventDefault();
    handle.classList.add("x-on");
    const move = (to) => width(to.clientX);
    const stop = () => {
      handle.classList.remove("x-on");
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", stop);
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", stop);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.classList || !event.target.classList.contains("x-resize")) return;
    const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (step) width(document.querySelector(".x-side").offsetWidth + step);
  });
})();
