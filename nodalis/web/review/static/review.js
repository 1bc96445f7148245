// Keys, and the way between values and their words. The page works without it: every action is a link or a form.
const OFF = "nodalis-keys-off"; // a wish of this browser, no data

const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);

// --- values and words ---
function light(keys) {
  for (const item of all(".lit")) item.classList.remove("lit");
  for (const words of all("pre a[data-values]")) {
    if (words.dataset.values.split(" ").some((key) => keys.includes(key))) words.classList.add("lit");
  }
  for (const key of keys) document.getElementById(key)?.classList.add("lit");
}

function show(item) {
  item?.scrollIntoView({ block: "center" });
  item?.focus({ preventScroll: true });
}

let last = "";
let turn = 0;

function toValue(words) {
  const keys = words.dataset.values.split(" ");
  turn = words.id === last ? (turn + 1) % keys.length : 0; // once more: the next value that stands here
  last = words.id;
  light([keys[turn]]);
  show(document.getElementById(keys[turn])?.querySelector("a"));
}

function toWords(key) {
  light([key]);
  const found = all("pre a[data-values]").filter((words) => words.dataset.values.split(" ").includes(key));
  const at = found.indexOf(document.activeElement);
  show(found[(at + 1) % found.length]);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link?.dataset.values) {
    event.preventDefault();
    toValue(link);
  } else if (link?.dataset.words) {
    event.preventDefault();
    toWords(link.dataset.words);
  }
});

// --- keys ---
function open(id) {
  const part = document.getElementById(id);
  if (!part) return;
  part.open = true;
  show(part.querySelector("form :is(input:not([type=hidden]),select,textarea,button)"));
}

function step(by) { // through the values of a report, or the rows of a list
  const found = all(".facts a[data-words], .list tbody a");
  if (!found.length) return;
  const at = found.indexOf(document.activeElement);
  const next = found[at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length];
  show(next);
  if (next.dataset.words) light([next.dataset.words]);
}

const follow = (selector) => one(selector)?.click();
const KEYS = {
  n: () => follow("a[rel=next]"),
  p: () => follow("a[rel=prev]"),
  j: () => step(1),
  k: () => step(-1),
  a: () => show(one("#accept button")),
  c: () => open("correct"),
  s: () => open("set-aside"),
  u: () => show(one("#undo button")),
  w: () => follow("a[data-list]"),
  "?": () => help(),
};

function help() {
  const box = one("#help");
  if (box.open) box.close();
  else {
    one("#keys-on").checked = !localStorage.getItem(OFF);
    box.showModal();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.closest("input:not([type=checkbox]),select,textarea");
  if (event.key === "Escape" && typing) {
    typing.closest("details")?.querySelector("summary").focus();
    return;
  }
  const act = KEYS[event.key];
  if (!act || typing || (localStorage.getItem(OFF) && event.key !== "?")) return;
  if (one("#help").open && event.key !== "?") return;
  event.preventDefault();
  act();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "keys-on") event.target.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1");
});
document.addEventListener("click", (event) => {
  if (event.target.closest("#help-open")) help();
});

// The list is replaced in place: whoever reads with a screen reader hears how many there are now.
document.addEventListener("htmx:afterSettle", () => {
  const said = one("#found");
  if (said) one("#said").textContent = said.textContent;
});
