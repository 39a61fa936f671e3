"use strict";
// Pan, zoom, search and highlighting for a picture that is all there: nothing is fetched, and text from
// the manifests only ever becomes text.
(() => {
  const svg = document.querySelector("svg");
  const input = document.querySelector("#search input");
  const count = document.getElementById("count");
  const about = document.getElementById("about");
  const whole = { x: 0, y: 0, w: svg.viewBox.baseVal.width, h: svg.viewBox.baseVal.height };
  let view = { ...whole };

  const boxes = new Map();
  for (const element of svg.querySelectorAll(".card, .stack")) {
    const words = element.querySelector("title").textContent.split("\n");
    boxes.set(element.dataset.box, { element, words, into: [], from: [] });
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", words.join(", "));
  }
  const links = [...svg.querySelectorAll(".link")].map((element) => {
    const link = { element, from: boxes.get(element.dataset.from), to: boxes.get(element.dataset.to) };
    if (link.from && link.to) {
      link.from.from.push(link);
      link.to.into.push(link);
    }
    return link;
  });
  const linkOf = new Map(links.map((link) => [link.element, link]));
  let chosen = null;
  let found = [];
  let next = 0;

  const show = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  const place = (event) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const zoom = (at, factor) => {
    const w = Math.min(Math.max(view.w * factor, 120), whole.w * 4);
    factor = w / view.w;
    view = {
      x: at.x - (at.x - view.x) * factor,
      y: at.y - (at.y - view.y) * factor,
      w,
      h: view.h * factor,
    };
    show();
  };
  const middle = () => ({ x: view.x + view.w / 2, y: view.y + view.h / 2 });
  const fit = () => {
    view = { ...whole };
    show();
  };
  const goTo = (box) => {
    const frame = box.element.getBoundingClientRect();
    const at = place({ clientX: frame.x + frame.width / 2, clientY: frame.y + frame.height / 2 });
    // Near enough to read, and no nearer than somebody has chosen.
    const w = Math.min(view.w, 1400);
    view = { w, h: (view.h * w) / view.w, x: 0, y: 0 };
    view.x = at.x - view.w / 2;
    view.y = at.y - view.h / 2;
    show();
  };

  const light = (elements) => {
    for (const element of svg.querySelectorAll(".hot")) element.classList.remove("hot");
    svg.classList.toggle("asked", elements !== null);
    for (const element of elements ?? []) element.classList.add("hot");
  };
  const around = (box) => [
    box.element,
    ...[...box.into, ...box.from].flatMap((link) => [link.element, link.from.element, link.to.element]),
  ];
  const settle = () => {
    if (chosen) light(around(chosen));
    else light(input.value.trim() ? found.map((box) => box.element) : null);
  };
  const list = (title, ends) => {
    if (ends.length === 0) return;
    const head = document.createElement("h3");
    head.textContent = `${title} (${ends.length})`;
    about.append(head);
    for (const end of ends) {
      const button = document.createElement("button");
      button.textContent = end.words[0];
      button.addEventListener("click", () => {
        choose(end);
        goTo(end);
      });
      about.append(button);
    }
  };
  const choose = (box) => {
    chosen?.element.classList.remove("chosen");
    chosen = box;
    about.replaceChildren();
    about.hidden = box === null;
    if (box) {
      box.element.classList.add("chosen");
      const head = document.createElement("h2");
      head.textContent = box.words[0];
      about.append(head);
      for (const line of box.words.slice(1)) {
        const words = document.createElement("p");
        words.textContent = line;
        about.append(words);
      }
      const distinct = (ends) => [...new Set(ends)];
      list("In", distinct(box.into.map((link) => link.from)));
      list("Out", distinct(box.from.map((link) => link.to)));
    }
    settle();
  };
  const search = () => {
    const wanted = input.value.trim().toLowerCase();
    for (const box of found) box.element.classList.remove("found");
    found = wanted
      ? [...boxes.values()].filter((box) => box.words.join("\n").toLowerCase().includes(wanted))
      : [];
    for (const box of found) box.element.classList.add("found");
    next = 0;
    count.textContent = wanted ? `${found.length} of ${boxes.size}` : "";
    choose(null);
  };

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(place(event), Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015)));
  }, { passive: false });
  let grip = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grip = { at: place(event), x: event.clientX, y: event.clientY, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!grip) return;
    if (Math.hypot(event.clientX - grip.x, event.clientY - grip.y) > 4) grip.moved = true;
    if (!grip.moved) return;
    svg.classList.add("moving");
    const at = place(event);
    view.x -= at.x - grip.at.x;
    view.y -= at.y - grip.at.y;
    show();
  });
  window.addEventListener("pointerup", (event) => {
    if (grip && !grip.moved && event.target.closest) {
      const element = event.target.closest(".card, .stack");
      choose(element ? boxes.get(element.dataset.box) : null);
    }
    grip = null;
    svg.classList.remove("moving");
  });
  svg.addEventListener("pointerover", (event) => {
    if (grip || chosen) return;
    const box = event.target.closest(".card, .stack");
    const link = linkOf.get(event.target.closest(".link"));
    if (box) light(around(boxes.get(box.dataset.box)));
    else if (link?.from) light([link.element, link.from.element, link.to.element]);
    else settle();
  });
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || found.length === 0) return;
    const box = found[next++ % found.length];
    choose(box);
    goTo(box);
    count.textContent = `${((next - 1) % found.length) + 1} of ${found.length}`;
  });
  const keys = {
    f: fit,
    "+": () => zoom(middle(), 0.8),
    "-": () => zoom(middle(), 1.25),
    "/": () => input.focus(),
  };
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (!chosen) {
        input.value = "";
        search();
      }
      choose(null);
      input.blur();
    } else if (event.target !== input) {
      const box = boxes.get(event.target.dataset?.box);
      if ((event.key === "Enter" || event.key === " ") && box) choose(box);
      else if (keys[event.key]) keys[event.key]();
      else return;
      event.preventDefault();
    }
  });
  for (const button of document.querySelectorAll("#tools button")) {
    button.addEventListener("click", () => keys[button.dataset.key]());
  }
})();
