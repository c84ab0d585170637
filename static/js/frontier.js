// The slider of a frontier says which plan it stands on while it moves. What that plan trades comes by htmx once it rests.

const slider = document.querySelector("[data-says]");

if (slider) {
  const said = document.getElementById(slider.dataset.says);
  const words = new Map([...slider.list.options].map((each) => [each.value, each.label]));
  const tell = () => {
    const text = words.get(slider.value) ?? "";
    slider.setAttribute("aria-valuetext", text);
    said.textContent = text;
  };
  slider.addEventListener("input", tell);
  // A browser that goes back puts the slider where it was left.
  tell();
}
