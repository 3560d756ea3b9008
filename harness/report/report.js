"use strict";
// What is pointed at is told at once, on a phone as well; a part of a chart can be seen closer.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);

for (const title of document.querySelectorAll("figure svg title")) {
  title.parentNode.dataset.told = title.textContent;
  title.remove();
}

const tell = (event) => {
  const at = event.target.closest?.("[data-told]");
  tip.hidden = !at;
  if (!at) return;
  tip.textContent = at.dataset.told.split("; ").join("\n");
  const right = innerWidth - tip.offsetWidth - 8;
  const below = event.clientY + 18;
  tip.style.left = Math.max(8, Math.min(event.clientX + 12, right)) + "px";
  tip.style.top = (below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : below) + "px";
};
addEventListener("pointermove", tell);
addEventListener("pointerdown", tell);
addEventListener("scroll", () => { tip.hidden = true; });

// The part of each axis that is seen, from 0 to 1; all charts over the same one show the same part.
const seen = {};
const show = (over, from, to) => {
  seen[over] = [from, to];
  for (const chart of document.querySelectorAll(".chart")) {
    if (chart.dataset.over !== over) continue;
    const zoom = chart.querySelector(".zoom");
    zoom.setAttribute("width", 100 / (to - from) + "%");
    zoom.setAttribute("x", -100 * from / (to - from) + "%");
    chart.classList.toggle("closer", to - from < 1);
  }
};

for (const chart of document.querySelectorAll(".chart")) {
  const over = chart.dataset.over;
  const window_ = chart.querySelector(".window");
  const ground = chart.querySelector(".ground");
  const part = (event) => {
    const box = ground.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  const closer = (a, b) => {
    const [from, to] = seen[over] ?? [0, 1];
    show(over, from + a * (to - from), from + b * (to - from));
  };
  let begin = null;
  const chosen = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  chosen.setAttribute("class", "chosen");
  chosen.setAttribute("height", "100%");
  window_.append(chosen);
  const choose = (end) => {
    chosen.setAttribute("x", 100 * Math.min(begin ?? 0, end) + "%");
    chosen.setAttribute("width", 100 * Math.abs(end - (begin ?? end)) + "%");
  };
  window_.addEventListener("pointerdown", (event) => {
    if (event.button === 0) begin = part(event);
  });
  window_.addEventListener("pointermove", (event) => {
    if (begin !== null) choose(part(event));
  });
  addEventListener("pointerup", (event) => {
    if (begin === null) return;
    const end = part(event);
    if (Math.abs(end - begin) > 0.02) closer(Math.min(begin, end), Math.max(begin, end));
    begin = null;
    choose(0);
  });
  addEventListener("pointercancel", () => { begin = null; choose(0); });
  window_.addEventListener("dblclick", () => show(over, 0, 1));
  window_.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // which else scrolls the page
    event.preventDefault();
    const [from, to] = seen[over] ?? [0, 1];
    const at = from + part(event) * (to - from);
    const scale = event.deltaY < 0 ? 0.8 : 1.25;
    const left = Math.max(0, at - (at - from) * scale);
    const right = Math.min(1, at + (to - at) * scale);
    if (right - left > 1e-3) show(over, left, right);
  }, { passive: false });
}
