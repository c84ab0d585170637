// A passkey signs: the button says which call is made, and into which field the answer goes before its form is sent.

const options = JSON.parse(document.getElementById("js_data").textContent);

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.credential);
    try {
      const answer = button.dataset.passkey === "create"
        ? await window.webauthnJSON.create(options.creation_options)
        : await window.webauthnJSON.get(options.request_options);
      field.value = JSON.stringify(answer);
      field.form.submit();
    } catch {
      const status = document.getElementById("announcements");
      status.textContent = "The passkey did not answer. Try again, or use another way.";
    }
  });
}
