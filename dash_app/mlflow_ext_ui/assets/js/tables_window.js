// Which rows and columns of a long and wide table are in view: the others are not drawn.
(() => {
  "use strict";
  const tab = window.mlflow_ext_ui.tables;
  const { useEffect, useLayoutEffect, useState } = React;
  // Drawn beyond what is seen, so that a small scroll or the Tab key finds the next one there.
  const AHEAD = { columns: 6, rows: 16 };
  const ROW = 28;

  // From and to, in steps so that not every pixel of scrolling draws anew.
  function cut(start, end, size, count, ahead) {
    const step = Math.max(1, ahead >> 1);
    const from = Math.floor(start / size / step) * step - ahead;
    const to = Math.ceil(end / size / step) * step + ahead;
    return [Math.max(0, Math.min(from, count)), Math.max(0, Math.min(to, count))];
  }

  // ``ref`` is the box that scrolls sideways; upwards the page does.
  tab.useWindow = function useWindow(ref) {
    const [seen, setSeen] = useState({ left: 0, width: 1600, top: 0, height: 1200, rowHeight: ROW });
    const measure = () => {
      const box = ref.current;
      if (!box) return;
      const head = box.querySelector("thead");
      const row = box.querySelector("tbody tr:not([aria-hidden])");
      const top = Math.max(0, -(box.getBoundingClientRect().top + (head ? head.offsetHeight : 0)));
      const next = { left: box.scrollLeft, width: box.clientWidth, top, height: window.innerHeight, rowHeight: (row && row.getBoundingClientRect().height) || ROW };
      const moved = (name, by) => Math.abs(next[name] - seen[name]) >= by;
      if (moved("left", 60) || moved("width", 1) || moved("top", ROW) || moved("height", 1) || moved("rowHeight", 0.01)) setSeen(next);
    };
    useLayoutEffect(measure);
    useEffect(() => {
      const watcher = new ResizeObserver(measure);
      if (ref.current) watcher.observe(ref.current);
      document.addEventListener("scroll", measure, { capture: true, passive: true });
      window.addEventListener("resize", measure);
      return () => {
        watcher.disconnect();
        document.removeEventListener("scroll", measure, { capture: true });
        window.removeEventListener("resize", measure);
      };
    });
    return {
      rowHeight: seen.rowHeight,
      across: (count, size, inset) => cut(seen.left, seen.left + seen.width - inset, size, count, AHEAD.columns),
      down: (count) => cut(seen.top, seen.top + seen.height, seen.rowHeight, count, AHEAD.rows),
    };
  };
})();
