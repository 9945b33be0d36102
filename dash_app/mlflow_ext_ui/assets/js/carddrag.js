// Cards that are dragged by their head to another place, or by their corner to another size. Nothing moves until the
// pointer is let go: a line shows where the card would stand, a frame how large it would be.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const GAP = 12;
  const FAR = 5; // pixels from which on a press is a drag
  const EDGE = 48;
  const FASTEST = 16;

  function mark(className) {
    const made = document.createElement("div");
    made.className = className;
    document.body.appendChild(made);
    return made;
  }
  function lay(element, { left, top, width, height }) {
    Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  }

  // From a press on until it ends: ``begin`` once it is a drag, ``move`` at every new place of pointer or page, ``drop``
  // or ``stop`` at its end.
  function follow(event, { begin, move, drop, stop }) {
    const page = document.querySelector(".x-body");
    const from = { x: event.clientX, y: event.clientY };
    let at = from;
    let on = false;
    let frame = 0;
    function scroll() {
      const { top, bottom } = page.getBoundingClientRect();
      const over = Math.max(0, at.y - (bottom - EDGE)) - Math.max(0, top + EDGE - at.y);
      if (over) {
        page.scrollTop += Math.max(-FASTEST, Math.min(FASTEST, over / 3));
        move(at);
      }
      frame = requestAnimationFrame(scroll);
    }
    function moved(next) {
      if (next.pointerId !== event.pointerId) return;
      at = { x: next.clientX, y: next.clientY };
      if (!on && Math.hypot(at.x - from.x, at.y - from.y) < FAR) return;
      if (!on) {
        on = true;
        document.body.classList.add("x-arranging");
        mx.tip.hide();
        begin();
        scroll();
      }
      move(at);
    }
    function end(done) {
      cancelAnimationFrame(frame);
      document.body.classList.remove("x-arranging");
      Object.entries(LISTENERS).forEach(([name, listener]) => document.removeEventListener(name, listener, true));
      if (!on) return;
      stop();
      if (done) drop(at);
    }
    const LISTENERS = {
      pointermove: moved,
      pointerup: (last) => last.pointerId === event.pointerId && end(true),
      pointercancel: () => end(false),
      keydown(key) {
        if (!on || key.key !== "Escape") return;
        key.stopPropagation();
        end(false);
      },
    };
    Object.entries(LISTENERS).forEach(([name, listener]) => document.addEventListener(name, listener, true));
  }

  const away = (rect, { x, y }) => Math.hypot(Math.max(rect.left - x, 0, x - rect.right), Math.max(rect.top - y, 0, y - rect.bottom));
  function nearest(elements, at) {
    const found = elements.map((element) => ({ element, rect: element.getBoundingClientRect() }));
    return found.reduce((best, one) => (best && away(best.rect, at) <= away(one.rect, at) ? best : one), null);
  }
  // Where a card would go: its section, the card it would stand before or after, and the line to show.
  function spot(at) {
    const section = nearest([...document.querySelectorAll(".x-board .x-section")], at);
    const name = section.element.dataset.section;
    const card = nearest([...section.element.querySelectorAll(".x-card")], at);
    if (!card) {
      const { left, bottom, width } = section.rect;
      return { section: name, line: { left, top: bottom - 3, width, height: 3 } };
    }
    const { left, right, top, bottom, width, height } = card.rect;
    const { key } = card.element.dataset;
    const stacked = mx.arrange.columns() === 1;
    const after = stacked ? at.y > (top + bottom) / 2 : at.x > (left + right) / 2;
    const line = stacked
      ? { left, top: (after ? bottom + GAP / 2 : top - GAP / 2) - 1.5, width, height: 3 }
      : { left: (after ? right + GAP / 2 : left - GAP / 2) - 1.5, top, width: 3, height };
    return { section: name, [after ? "after" : "before"]: key, line };
  }

  function drag(event, card) {
    const { key } = card.dataset;
    let line = null;
    let name = null;
    let there = null;
    follow(event, {
      begin() {
        card.classList.add("x-dragged");
        line = mark("x-drop");
        name = mark("x-drag-name");
        name.textContent = mx.arrange.title(key);
      },
      move(at) {
        there = spot(at);
        // Beside itself it stands already.
        line.hidden = (there.after || there.before) === key;
        lay(line, there.line);
        name.style.left = `${Math.min(at.x + 12, innerWidth - name.offsetWidth - 8)}px`;
        name.style.top = `${Math.min(at.y + 12, innerHeight - name.offsetHeight - 8)}px`;
      },
      stop() {
        card.classList.remove("x-dragged");
        line.remove();
        name.remove();
      },
      drop() {
        const { section, before, after } = there;
        if ((before || after) !== key) mx.arrange.move(key, section, { before, after });
      },
    });
  }

  function resize(event, card, corner) {
    const { key } = card.dataset;
    const place = { size: JSON.parse(corner.dataset.size), sized: JSON.parse(corner.dataset.sized) };
    const cell = mx.arrange.cell();
    let frame = null;
    let wanted = null;
    const whole = (pixels, one, most) => Math.max(1, Math.min(most, Math.round((pixels + GAP) / (one + GAP))));
    follow(event, {
      begin() {
        frame = mark("x-size-frame");
      },
      move({ x, y }) {
        const { left, top } = card.getBoundingClientRect();
        const columns = whole(x - left, cell.width, mx.arrange.columns());
        const rows = whole(y - top, cell.height, mx.layout.ROWS);
        wanted = [mx.widthFor(columns, place), rows];
        lay(frame, { left, top, width: columns * (cell.width + GAP) - GAP, height: rows * (cell.height + GAP) - GAP });
        frame.textContent = mx.sizeWords(wanted);
      },
      stop() {
        frame.remove();
      },
      drop() {
        mx.arrange.resize(key, wanted);
      },
    });
  }

  document.addEventListener("pointerdown", (event) => {
    if (event.button || !(event.target instanceof Element)) return;
    const card = event.target.closest(".x-card:not(.x-full)");
    if (!card) return;
    const corner = event.target.closest(".x-corner");
    if (corner) return resize(event, card, corner);
    const grip = event.target.closest(".x-grip");
    const head = event.target.closest(".x-card-head");
    // By touch the head scrolls the page, and only the handle drags.
    if (!grip && (!head || event.pointerType === "touch" || event.target.closest("button, a, input, [role=menu], [role=menuitem]"))) return;
    drag(event, card);
  });
})();
