// What htmx leaves to us: say what happened, keep the focus somewhere sensible, show that a region is busy.

const status = document.getElementById("announcements");

export function announce(sentence) {
  status.textContent = "";
  // A reader notices only a change, also when the same sentence comes twice.
  requestAnimationFrame(() => { status.textContent = sentence; });
}

// On a narrow screen the section and the part that are open may lie beyond the edge of their row.
for (const here of document.querySelectorAll(".sections [aria-current], .tabs [aria-current]")) {
  const row = here.closest("ul");
  if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

const summary = document.querySelector("[data-takes-focus]");
if (summary) summary.focus();

document.addEventListener("htmx:beforeRequest", (event) => {
  event.detail.target.setAttribute("aria-busy", "true");
});

// A region that asks for itself (data-quiet) leaves the focus where the reader is, also when that was inside it,
// and speaks only when what it says has changed.
let inside = null;
let lastSaid = "";

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  // What the server could not say now it says at the next asking; its page of an error never stands in for the region.
  if (xhr.status >= 400 && target.hasAttribute("data-quiet")) {
    event.detail.shouldSwap = false;
    announce("The desk does not answer at the moment. What you see has not changed.");
    return;
  }
  const here = document.activeElement;
  inside = target.contains(here) && here !== target ? here.id || here.getAttribute("href") : null;
  lastSaid = target.querySelector("[data-announce]")?.dataset.announce ?? "";
});

document.addEventListener("htmx:afterSwap", (event) => {
  const target = document.getElementById(event.detail.target.id) || event.detail.target;
  const isQuiet = target.hasAttribute("data-quiet");
  target.removeAttribute("aria-busy");
  if (!isQuiet) {
    target.classList.add("swapped");
    target.addEventListener("animationend", () => target.classList.remove("swapped"), { once: true });
  }
  if (isQuiet && inside) {
    [...target.querySelectorAll("a[href], [id]")]
      .find((one) => one.id === inside || one.getAttribute("href") === inside)?.focus();
  }
  const heading = target.querySelector("[data-takes-focus], h1, h2, h3, caption");
  if (heading && !isQuiet && !document.contains(event.detail.requestConfig.elt)) {
    heading.setAttribute("tabindex", "-1");
    heading.focus();
  }
  const said = target.querySelector("[data-announce]")?.dataset.announce;
  if (said && !(isQuiet && said === lastSaid)) announce(said);
});

for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    event.detail.target.removeAttribute("aria-busy");
    announce("The desk could not be reached. What you see has not changed.");
  });
}

// A second press of a button must not post twice; the server checks it too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 3000);
});
