// How every menu of ours goes by keyboard: arrows walk round, Home and End jump, Escape and Tab leave.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;

  mx.walkMenu = (event, items, close) => {
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      items[next % items.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      close();
    }
  };
})();
