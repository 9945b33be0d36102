// A button that opens a small panel beside it: closed by Escape, by a click elsewhere, and by what it was opened for.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useLayoutEffect, useRef, useState } = React;
  const MARGIN = 8;

  mx.icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });

  // Below the button where there is room, else above; never beyond the window.
  function place(panel, button) {
    const at = button.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = panel;
    const below = at.bottom + 4 + offsetHeight + MARGIN <= innerHeight;
    panel.style.left = `${Math.max(MARGIN, Math.min(at.left, innerWidth - offsetWidth - MARGIN))}px`;
    panel.style.top = `${Math.max(MARGIN, below ? at.bottom + 4 : Math.min(at.top - 4, innerHeight - MARGIN) - offsetHeight)}px`;
  }

  mx.place = place;
  mx.Popover = function Popover({ label, glyph, text, look = "x-quiet x-small", on, menu, children }) {
    const [open, setOpen] = useState(false);
    const button = useRef(null);
    const panel = useRef(null);
    const close = () => {
      setOpen(false);
      if (button.current) button.current.focus();
    };
    useLayoutEffect(() => {
      if (!open) return undefined;
      const sizes = new ResizeObserver(() => place(panel.current, button.current));
      sizes.observe(panel.current);
      place(panel.current, button.current);
      const first = panel.current.querySelector("[data-first]") || panel.current.querySelector("input, select, button");
      if (first) first.focus();
      return () => sizes.disconnect();
    }, [open]);
    useEffect(() => {
      if (!open) return undefined;
      const outside = ({ target }) => {
        if (!panel.current.contains(target) && !button.current.contains(target)) setOpen(false);
      };
      document.addEventListener("pointerdown", outside);
      return () => document.removeEventListener("pointerdown", outside);
    }, [open]);
    const keys = (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        close();
      }
      if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        const items = [...panel.current.querySelectorAll("button:not([disabled])")];
        const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
        if (items.length) items[(next + items.length) % items.length].focus();
      }
    };
    const square = text ? "" : " x-btn-icon";
    const pressed = on ? { "data-on": "true" } : {};
    const props = { ref: button, type: "button", className: `x-btn ${look}${square}`, "aria-haspopup": menu ? "menu" : "dialog", "aria-expanded": open, onClick: () => setOpen(!open), ...pressed };
    if (label) Object.assign(props, { "aria-label": label, title: label });
    return h(
      React.Fragment,
      null,
      h("button", props, text || null, mx.icon(glyph, text ? "x-s12" : "")),
      open ? h("div", { ref: panel, className: "x-pop x-panel", role: menu ? "menu" : "dialog", "aria-label": label || text, onKeyDown: keys }, children(close)) : null,
    );
  };
})();
