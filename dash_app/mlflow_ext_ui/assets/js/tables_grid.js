// The grids of the Tables tab: rows come from the server as they are scrolled to, which orders and filters them.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.tables;
  const h = React.createElement;
  const { useEffect, useRef, useState } = React;
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const renderers = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const BLOCK = 200;
  const ROW = 28;

  functions.mxMark = ({ data, colDef }) => {
    const best = data && data.best && data.best.includes(colDef.field);
    const text = colDef.headerClass ? ["ag-right-aligned-cell", "x-num"] : [];
    return [...text, ...(best ? ["x-best"] : []), ...(data && data[colDef.field] === "NaN" ? ["x-dim"] : [])];
  };
  renderers.MxRunName = ({ data, value }) => {
    if (!data) return null;
    const run = mx.screen.runs.get(data.run_id);
    return h("span", { className: "x-run-head" }, h("span", { className: "x-dot", style: { background: run ? run.color : "transparent" } }), mx.shortened(value));
  };

  const FILTERS = { number: "agNumberColumnFilter", datetime: "agDateColumnFilter" };
  function definition({ field, title, type }, sort) {
    const numeric = type === "number";
    return {
      field,
      headerName: title,
      headerTooltip: title,
      sortable: true,
      resizable: true,
      initialSort: sort === field ? "asc" : sort === `-${field}` ? "desc" : undefined,
      sortingOrder: numeric ? ["desc", "asc", null] : ["asc", "desc", null],
      flex: numeric || type === "boolean" ? 1 : 2,
      minWidth: Math.min(280, Math.max(numeric ? 84 : 120, title.length * 7 + 46)),
      filter: FILTERS[type] || "agTextColumnFilter",
      filterParams: { buttons: ["reset"], maxNumConditions: 4 },
      headerClass: numeric ? "ag-right-aligned-header" : undefined,
      cellClass: { function: "mxMark(params)" },
      cellDataType: false,
      valueFormatter: { function: numeric ? "mxNumber(params)" : "mxText(params)" },
      cellRenderer: field === "run" ? "MxRunName" : undefined,
    };
  }

  const spelled = (model) => (model.length ? (model[0].sort === "desc" ? "-" : "") + model[0].colId : "");
  const filters = (model) => (Object.keys(model).length ? JSON.stringify(model) : "");
  const sorting = (api) => api.getColumnState().filter((column) => column.sort);
  function remember(api) {
    const next = { sort: spelled(sorting(api)), where: filters(api.getFilterModel()) };
    if (next.sort === (mx.view.get("grid_sort") || "") && next.where === (mx.view.get("grid_where") || "")) return;
    mx.view.change({ grid_sort: next.sort || null, grid_where: next.where || null }, { replace: true });
  }
  function known(where, columns) {
    try {
      const fields = new Set(columns.map((column) => column.field));
      return Object.fromEntries(Object.entries(JSON.parse(where || "{}")).filter(([field]) => fields.has(field)));
    } catch (error) {
      console.info("The filters of the address can't be read: " + error.message);
      return {};
    }
  }

  // ``held`` are parts of the state that the windows after the first must not guess again.
  function Grid({ name, part, screen, url, columns, data, asked, held, onTotal, label }) {
    const latest = useRef({});
    latest.current = { screen, held };
    // The answer that the grid was made for, or refreshed for, brings the first window along.
    const brought = useRef(null);
    if (!brought.current || brought.current.data !== data) brought.current = { data, asked: new URLSearchParams(asked), taken: false };
    const take = (startRow, endRow, sort, where) => {
      const { asked, taken } = brought.current;
      const fits = !taken && startRow === 0 && endRow === BLOCK && sort === (asked.get("grid_sort") || "") && where === (asked.get("grid_where") || "");
      brought.current.taken = taken || fits;
      return fits ? brought.current.data : null;
    };
    const grid = useRef(null);
    const first = data.held;
    const start = useRef({ sort: mx.view.get("grid_sort") || "", where: mx.view.get("grid_where") || "" });
    useEffect(() => {
      let gone = false;
      let api = null;
      // Dash's wrapper brings a source of its own, which asks callbacks for rows, and at times comes after this one.
      const own = () => gone || api.getGridOption("datasource") === source || api.setGridOption("datasource", source);
      const changed = () => {
        if (gone) return;
        remember(api);
        if (api.getDisplayedRowCount()) api.ensureIndexVisible(0, "top");
      };
      const source = {
        getRows: async ({ startRow, endRow, sortModel, filterModel, successCallback, failCallback }) => {
          const [sort, where] = [spelled(sortModel), filters(filterModel)];
          const params = mx.view.params();
          const { screen, held } = latest.current;
          for (const [key, value] of Object.entries({ ...held, grid_sort: sort, grid_where: where })) params.set(key, value);
          params.delete("runs");
          const question = { ...tab.question(part, screen), state: `?${params}`, start: startRow, rows: endRow - startRow };
          try {
            const data = take(startRow, endRow, sort, where) || (await tab.ask(url, question));
            if (gone) return;
            // Sorted or filtered otherwise meanwhile: the grid asks anew, and must not mix both answers.
            if (spelled(sorting(api)) !== sort || filters(api.getFilterModel()) !== where) return void failCallback();
            if (data.trouble) throw new Error(data.trouble.why);
            successCallback(data.rows, data.total);
            onTotal(data.total);
          } catch (error) {
            if (gone) return;
            failCallback();
            mx.toast(error.message, "bad");
          }
        },
      };
      dash_ag_grid.getApiAsync(name).then((found) => {
        if (gone) return;
        api = grid.current = found;
        const model = known(start.current.where, columns);
        if (Object.keys(model).length) api.setFilterModel(model);
        own();
        api.setGridOption("tabToNextCell", () => false); // arrows walk the cells; Tab leaves, whatever their number
        api.addEventListener("modelUpdated", own);
        api.addEventListener("sortChanged", changed);
        api.addEventListener("filterChanged", changed);
      });
      return () => {
        gone = true;
      };
    }, []);
    // The address went elsewhere, by "back" or a link: the grid follows it.
    useEffect(() => {
      const api = grid.current;
      if (!api) return;
      const [sort, where] = [mx.view.get("grid_sort") || "", mx.view.get("grid_where") || ""];
      if (spelled(sorting(api)) !== sort) api.applyColumnState({ state: sort ? [{ colId: sort.replace(/^-/, ""), sort: sort[0] === "-" ? "desc" : "asc" }] : [], defaultState: { sort: null } });
      if (filters(api.getFilterModel()) !== where) api.setFilterModel(known(where, columns));
    });
    useEffect(() => {
      if (grid.current) grid.current.refreshInfiniteCache();
    }, [data]);
    const component = {
      type: "AgGrid",
      namespace: "dash_ag_grid",
      props: {
        id: name,
        rowModelType: "infinite",
        columnDefs: columns.map((column) => definition(column, start.current.sort)),
        getRowId: "params.data.id",
        dashGridOptions: {
          theme: mx.gridTheme,
          animateRows: false,
          suppressMovableColumns: true,
          suppressFieldDotNotation: true,
          enableCellTextSelection: true,
          ensureDomOrder: true,
          tooltipShowDelay: 400,
          cacheBlockSize: BLOCK,
          maxBlocksInCache: 30,
          infiniteInitialRowCount: Math.max(1, Math.min(first, BLOCK)),
          blockLoadDebounceMillis: 40,
        },
        defaultColDef: {},
        style: { height: "100%", width: "100%" },
      },
    };
    return h(
      "div",
      { className: "x-card x-grid-box", role: "region", "aria-label": label, style: { maxHeight: 34 + ROW * Math.max(first, 3) } },
      h(window.dash_component_api.ExternalWrapper, { component, componentPath: ["x-tables-grids", name], temp: true }),
    );
  }

  // A grid keeps its place while runs of it go on; another question makes another grid.
  let made = 0;
  function useName(key) {
    const kept = useRef({ key: null, name: "" });
    if (kept.current.key !== key) kept.current = { key, name: `x-tables-grid-${(made += 1)}` };
    return kept.current.name;
  }
  const back = () => mx.view.change({ grid_where: null, grid_sort: null });
  function Found({ total, held, noun }) {
    if (total === held) return h("span", { className: "x-caption x-num" }, mx.count(held, noun));
    return h(
      React.Fragment,
      null,
      h("span", { className: "x-caption x-num" }, `${mx.whole(total)} of ${mx.count(held, noun)}`),
    );
  }

  tab.Metrics = function Metrics({ screen, url }) {
    const { data, failure, again, at, asked } = tab.usePart("metrics", screen, url);
    const [total, setTotal] = useState(null);
    const name = useName(at);
    const ready = data && !failure;
    return h(
      React.Fragment,
      null,
      h(tab.Toolbar, { view: "metrics", url, sections: ready ? [["Columns", data.all.map(([field, title]) => [`c:${field}`, title])]] : [] }),
      failure ? h(tab.Trouble, { failure, again }) : null,
      ready && !data.held
        ? h(tab.Empty, { screen, heading: "The runs on screen hold no metrics yet", sentence: "Each one that is logged gets a row here, with its last, lowest, highest and mean value.", log: 'with mlflow.start_run():\n    for step in range(3):\n        mlflow.log_metric("val/loss", 1 / (step + 1), step)' })
        : null,
      ready && data.held
        ? h(
            React.Fragment,
            null,
            h("div", { className: "x-grid-head" }, h("h2", null, "Metrics"), h("span", { className: "x-note-line" }, `${mx.count(data.keys, "metric")} of ${mx.count(screen.runs.length, "run")}`), h(Found, { total: total === null ? data.total : total, held: data.held, noun: "row" })),
            h(Grid, { key: name, name, part: "metrics", screen, url, columns: data.columns, data, asked, onTotal: setTotal, label: "Metrics of the runs on screen" }),
          )
        : null,
    );
  };

  const stepName = (step) => (step === null ? "no step" : `step ${mx.whole(step)}`);
  tab.Logged = function Logged({ screen, url }) {
    const { data, failure, again, at, asked } = tab.usePart("logged", screen, url);
    const [total, setTotal] = useState(null);
    const name = useName(at);
    useEffect(() => setTotal(null), [name]);
    const ready = data && data.tables && data.tables.length;
    const fresh = { grid_sort: null, grid_where: null };
    const byId = new Map(screen.runs.map((run) => [run.id, run]));
    const color = ready && byId.has(data.of) ? byId.get(data.of).color : "transparent";
    const tools = ready
      ? [
          h(tab.Select, { key: "table", label: "Table", value: data.table, options: data.tables.map((one) => [one.key, one.title]), onChange: (table) => mx.view.change({ table, of: null, at: null, hide: tab.hidden().filter((one) => !one.startsWith("t:")), ...fresh }) }),
          h("div", { key: "of", className: "x-row" }, h("span", { className: "x-label" }, "Run"), h("span", { className: "x-dot", style: { background: color } }), h(tab.Select, { bare: true, label: "Run", value: data.of, options: data.runs.map((id) => [id, (byId.get(id) || { name: id }).name]), onChange: (of) => mx.view.change({ of, at: null }) })),
          data.steps.length > 1
            ? h(tab.Select, { key: "at", label: "Step", value: data.at === null ? "" : String(data.at), options: data.steps.map((step) => [step === null ? "" : String(step), stepName(step)]), onChange: (at) => mx.view.change({ at: at === "" ? null : at }) })
            : null,
        ]
      : null;
    const caption = ready && data.steps.length === 1 && data.at !== null ? stepName(data.at) : "";
    return h(
      React.Fragment,
      null,
      h(tab.Toolbar, { view: "logged", url, sections: ready && data.all ? [["Columns", data.all.map(([field, title]) => [`t:${field}`, title])]] : [] }, tools),
      failure ? h(tab.Trouble, { failure, again }) : null,
      data && data.tables && !data.tables.length
        ? h(tab.Empty, { screen, heading: "The runs on screen hold no tables yet", sentence: "A list of rows or a DataFrame is enough; columns keep their types.", log: 'with mlflow.start_run():\n    rows = [["a.png", "cat", 0.98], ["b.png", "dog", 0.51]]\n    ext.log("predictions", ext.Table(["image", "label", "score"], rows))' })
        : null,
      ready && !failure
        ? h(
            React.Fragment,
            null,
            h("div", { className: "x-grid-head" }, h("h2", null, data.title), h("span", { className: "x-note-line" }, caption), h(Found, { total: total === null ? data.total : total, held: data.held, noun: "row" }), mx.view.get("grid_where") || mx.view.get("grid_sort") ? h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: back }, "Reset order and filters") : null),
            h(Grid, { key: name, name, part: "logged", screen, url, columns: data.columns, data, asked, held: { table: data.table, of: data.of }, onTotal: setTotal, label: `Table ${data.title}` }),
          )
        : null,
    );
  };
})();
