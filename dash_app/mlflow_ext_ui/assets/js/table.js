// A table in a card: AG Grid through Dash's own wrapper. Cells are text; nothing in them is markup or code.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  const WORDS = { NaN: NaN, "∞": Infinity, "−∞": -Infinity };
  const value = (cell) => (cell === null || cell === undefined ? null : typeof cell === "number" ? cell : cell in WORDS ? WORDS[cell] : cell);
  functions.mxCompare = (a, b) => {
    const x = value(a);
    const y = value(b);
    if (x === y) return 0;
    if (x === null || Number.isNaN(x)) return y === null || Number.isNaN(y) ? 0 : 1;
    if (y === null || Number.isNaN(y)) return -1;
    return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
  };
  functions.mxNumber = (params) => (typeof params.value === "number" ? mx.number(params.value) : params.value === null || params.value === undefined ? "–" : String(params.value));
  functions.mxText = (params) => (params.value === null || params.value === undefined ? "–" : String(params.value));

  // Arrows walk the cells; Tab leaves, whatever their number.
  functions.mxLeave = () => false;
  // In a comparison a cell that changed holds its old and its new value.
  functions.mxWas = (params) => params.data.change === "changed" && typeof params.value === "string" && params.value.includes(" → ");

  function column({ field, title, type }) {
    const numeric = type === "number";
    return {
      field,
      headerName: title,
      headerTooltip: title,
      sortable: true,
      resizable: true,
      minWidth: 64,
      maxWidth: 480,
      filter: numeric ? "agNumberColumnFilter" : "agTextColumnFilter",
      cellClass: numeric ? "ag-right-aligned-cell x-num" : undefined,
      headerClass: numeric ? "ag-right-aligned-header" : undefined,
      cellDataType: false,
      ...(type === "compared" && { cellClassRules: { "x-was": "mxWas(params)" } }),
      comparator: { function: "mxCompare" },
      valueFormatter: { function: numeric || type === "compared" ? "mxNumber(params)" : "mxText(params)" },
    };
  }

  mx.Table = function Table({ id, sheet }) {
    const name = `x-table-${id}-${sheet.run_id}`;
    const component = {
      type: "AgGrid",
      namespace: "dash_ag_grid",
      props: {
        id: name,
        columnDefs: sheet.columns.map(column),
        rowData: sheet.rows,
        dashGridOptions: {
          theme: mx.gridTheme,
          animateRows: false,
          suppressMovableColumns: true,
          // Columns out of sight have no width to fit; a wide table is too costly to hold whole.
          suppressColumnVirtualisation: sheet.columns.length <= 40,
          suppressFieldDotNotation: true,
          enableCellTextSelection: true,
          tooltipShowDelay: 400,
          tabToNextCell: { function: "mxLeave(params)" },
          autoSizeStrategy: { type: "fitCellContents", scaleUpToFitGridWidth: true },
        },
        defaultColDef: {},
        style: { height: "100%", width: "100%" },
      },
    };
    return h("div", { className: "x-table", "data-table": id }, h(window.dash_component_api.ExternalWrapper, { key: name, component, componentPath: ["x-tables", name], temp: true }));
  };
})();
