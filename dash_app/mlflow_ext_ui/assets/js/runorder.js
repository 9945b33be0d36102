// The order of the run list: which column the address names, and how its values compare.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;

  // The order, as the address has it.
  function told(api) {
    const by = api.getColumnState().find((column) => column.sort);
    return by ? (by.sort === "desc" ? "-" : "") + by.colId : null;
  }
  function onColumns(columns) {
    const sort = mx.view.get("sort") || "";
    const by = sort.replace(/^-/, "");
    return columns.map((column) => ({ ...column, sort: column.colId === by ? (sort === by ? "asc" : "desc") : null }));
  }
  // An address that was opened, by a link or a saved view, may name another order than the list has.
  function follow(api) {
    const sort = mx.view.get("sort");
    if (told(api) === sort) return;
    const by = (sort || "").replace(/^-/, "");
    api.applyColumnState({ state: sort ? [{ colId: by, sort: sort === by ? "asc" : "desc" }] : [], defaultState: { sort: null } });
  }
  // What is missing comes last in either direction, numbers before texts.
  const missing = (value) => value === null || value === undefined;
  const kind = (value) => (missing(value) ? 2 : typeof value === "string" ? 1 : 0);
  function compare(a, b, descending) {
    if (kind(a) !== kind(b)) return (kind(a) - kind(b)) * (descending ? -1 : 1);
    if (missing(a) || a === b) return 0;
    return a < b ? -1 : 1;
  }
  (window.dashAgGridFunctions = window.dashAgGridFunctions || {}).mxLast = (a, b, nodeA, nodeB, descending) =>
    nodeA.data.rank === undefined ? compare(a, b, descending) : (nodeA.data.rank - nodeB.data.rank) * (descending ? -1 : 1);

  function sort(api, rows) {
    const by = api.getColumnState().find((column) => column.sort);
    if (!by) return rows;
    const { field } = api.getColumnDef(by.colId);
    const descending = by.sort === "desc";
    return [...rows].sort((a, b) => compare(a[field], b[field], descending) * (descending ? -1 : 1));
  }
  mx.order = { told, follow, onColumns, sort };
})();
