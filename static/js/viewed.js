// Ticks for what a reviewer has looked at. The tick lies in a form of its own and is posted at once; without a
// script the form's button does the same.

for (const box of document.querySelectorAll("[data-viewed]")) {
  const button = box.form && box.form.querySelector("button");
  if (button) button.hidden = true;
  box.addEventListener("change", () => {
    const all = [...document.querySelectorAll("[data-viewed]")];
    const ticked = all.filter((each) => each.checked).length;
    for (const counter of document.querySelectorAll("[data-viewed-count]")) counter.textContent = `${ticked} of ${all.length}`;
    for (const bar of document.querySelectorAll("[data-viewed-bar]")) bar.value = ticked;
    if (box.form && box.form.dataset.viewedForm !== undefined) {
      fetch(box.form.action, { method: "POST", body: new FormData(box.form), redirect: "manual" });
    }
  });
}
