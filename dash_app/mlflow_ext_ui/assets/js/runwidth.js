// How wide the run list is: as it was pulled, or as its columns need.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;

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

  // Columns that were chosen find room beside the names, as far as the list may grow.
  let made = 0;
  const NAMES = 190;
  mx.makeRoom = (columns) => {
    const wanted = columns.reduce((sum, column) => sum + (column.width || 0), 0);
    if (wanted === made) return;
    made = wanted;
    if (wanted) width(NAMES + wanted);
    else document.documentElement.style.removeProperty("--x-w-side");
  };
})();
