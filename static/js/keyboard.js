// Keys for people who sit here all day. Dead inside inputs; one switch turns them all off; each has a control too.
//   ?          help            g + letter   go to a section
//   j, k       next, previous  o            open
//   a          to the decision c            to its comment; neither presses anything

const SWITCH = "keys-off";
const WAIT = 1200;
let goes = 0;
let row = -1;

function isOff() {
  return document.cookie.split("; ").includes(`${SWITCH}=yes`);
}

function isTyping(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open]");
}

function rows() {
  return [...document.querySelectorAll("[data-rows] tbody tr, [data-rows] > li")].filter((each) => each.querySelector("a"));
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  row = Math.max(0, Math.min(all.length - 1, row + step));
  all.forEach((each, at) => each.toggleAttribute("data-here", at === row));
  const link = all[row].querySelector("a");
  link.focus();
  link.scrollIntoView({ block: "nearest" });
}

// The first control of the decision that waits for a hand. It is focused, never pressed.
function toDecision() {
  const control = document.querySelector(".decision input[type=checkbox]:not(:checked)") || document.querySelector(".decision button.primary");
  if (control) control.focus();
}

function toComment() {
  const field = document.querySelector(".decision textarea");
  if (field) field.focus();
}

function help() {
  let dialog = document.getElementById("keys");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.id = "keys";
    dialog.setAttribute("aria-labelledby", "keys-title");
    const title = document.createElement("h2");
    title.id = "keys-title";
    title.textContent = "Keyboard";
    const list = document.createElement("dl");
    list.className = "keys";
    const lines = [["?", "this help"], ["j / k", "next, previous row"], ["o", "open the row"]];
    if (document.querySelector(".decision")) lines.push(["a", "go to the decision"], ["c", "go to its comment"]);
    for (const link of document.querySelectorAll("[data-go]")) lines.push([`g ${link.dataset.go}`, link.textContent]);
    for (const [keys, words] of lines) {
      const term = document.createElement("dt");
      const key = document.createElement("kbd");
      key.textContent = keys;
      term.append(key);
      const meaning = document.createElement("dd");
      meaning.textContent = words;
      list.append(term, meaning);
    }
    const form = document.createElement("form");
    form.method = "dialog";
    form.className = "actions";
    const close = document.createElement("button");
    close.textContent = "Close";
    close.className = "primary";
    const off = document.createElement("button");
    off.type = "button";
    const word = () => { off.textContent = isOff() ? "Turn the keys on" : "Turn the keys off"; };
    off.addEventListener("click", () => {
      document.cookie = `${SWITCH}=${isOff() ? "no" : "yes"}; path=/; max-age=31536000; samesite=lax`;
      word();
    });
    word();
    form.append(close, off);
    dialog.append(title, list, form);
    document.body.append(dialog);
  }
  dialog.showModal();
}

for (const button of document.querySelectorAll("[data-keys-help]")) {
  button.hidden = false;
  button.addEventListener("click", help);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || isOff()) return;
  const now = Date.now();
  if (now - goes < WAIT) {
    goes = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  const acts = {
    "?": help,
    g: () => { goes = now; },
    j: () => move(1),
    k: () => move(-1),
    o: () => { const here = document.querySelector("[data-here] a"); if (here) here.click(); },
    a: toDecision,
    c: toComment,
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
