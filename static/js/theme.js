// Change the appearance without loading the page again; the form posts by itself when there is no script.

for (const form of document.querySelectorAll("[data-theme-switch]")) {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    const body = new FormData(form);
    body.set("theme", button.value);
    document.documentElement.dataset.theme = button.value;
    for (const each of document.querySelectorAll("[data-theme-switch] button")) {
      each.setAttribute("aria-pressed", String(each.value === button.value));
    }
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (!answer.ok && answer.type !== "opaqueredirect") form.submit();
  });
}
