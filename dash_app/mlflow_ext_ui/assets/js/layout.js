// How the page is arranged beyond what its address says: one plain object, which a saved view keeps.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const listeners = new Set();
  let layout = {};

  mx.layout = {
    get: () => layout,
    set(next) {
      layout = next;
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
})();
