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

document.addEventListener("htmx:afterSwap", (event) => {
  const target = document.getElementById(event.detail.target.id) || event.detail.target;
  target.removeAttribute("aria-busy");
  target.classList.add("swapped");
  target.addEventListener("animationend", () => target.classList.remove("swapped"), { once: true });
  const heading = target.querySelector("[data-takes-focus], h1, h2, h3, caption");
  if (heading && !document.contains(event.detail.requestConfig.elt)) {
    heading.setAttribute("tabindex", "-1");
    heading.focus();
  }
  const said = target.querySelector("[data-announce]");
  if (said) announce(said.dataset.announce);
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
