// How every menu of ours goes by keyboard: arrows walk round, Home and End jump, Escape and Tab leave.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;

  // Whether the key was one that walks.
  mx.walk = (event, items) => {
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined || !items.length) return false;
    event.preventDefault();
    items[next % items.length].focus();
    return true;
  };
  // A menu that would end below the window stands so much higher.
  mx.raiseMenu = (menu) => {
    const { top, bottom } = menu.getBoundingClientRect();
    const over = Math.min(bottom - innerHeight + 8, top - 8);
    if (over > 0) menu.style.top = `${menu.offsetTop - over}px`;
  };
  mx.walkMenu = (event, items, close) => {
    if (mx.walk(event, items) || (event.key !== "Escape" && event.key !== "Tab")) return;
    event.stopPropagation();
    close();
  };
})();
