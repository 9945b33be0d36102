// A small window beside what opened it: closed by Escape and by a click elsewhere, it gives the focus back.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useLayoutEffect, useRef } = React;

  mx.Panel = function Panel({ anchor, label, onClose, children }) {
    const panel = useRef(null);
    useLayoutEffect(() => {
      const put = () => anchor() && mx.place(panel.current, anchor());
      const sizes = new ResizeObserver(put);
      sizes.observe(panel.current);
      put();
      panel.current.querySelector("input, select, button").focus();
      return () => sizes.disconnect();
    }, []);
    useEffect(() => {
      const outside = ({ target }) => !panel.current.contains(target) && !(anchor() && anchor().contains(target)) && onClose(false);
      document.addEventListener("pointerdown", outside);
      return () => document.removeEventListener("pointerdown", outside);
    }, []);
    const keys = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onClose(true);
    };
    return h("div", { ref: panel, className: "x-pop x-panel", role: "dialog", "aria-label": label, onKeyDown: keys }, children);
  };

  // What a card's menu opened: which card, and what of it.
  const listeners = new Set();
  let opened = null;
  function open(next) {
    opened = next;
    listeners.forEach((listener) => listener());
  }
  const subscribe = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  mx.cardPanel = { open: (key, what) => open({ key, what }) };

  mx.CardPanel = function CardPanel({ card, picture }) {
    const here = React.useSyncExternalStore(subscribe, () => (opened && opened.key === card.key ? opened.what : null));
    const home = useRef(null);
    const button = () => home.current && home.current.parentElement.querySelector("[aria-label='Plot menu']");
    const close = (back) => {
      open(null);
      if (back && button()) button().focus();
    };
    useEffect(() => () => opened && opened.key === card.key && open(null), []);
    const body = {
      x: () => h(mx.RangeForm, { card, picture, axis: "x", close: () => close(true) }),
      y: () => h(mx.RangeForm, { card, picture, axis: "y", close: () => close(true) }),
      chart: () => h(mx.ChartForm, { edited: card.key, close: () => close(true) }),
    };
    const labels = { x: `X range of ${card.title}`, y: `Y range of ${card.title}`, chart: `Edit ${card.title}` };
    return h("span", { ref: home, className: "x-card-panel" }, here ? h(mx.Panel, { key: here, anchor: button, label: labels[here], onClose: close }, body[here]()) : null);
  };
})();
