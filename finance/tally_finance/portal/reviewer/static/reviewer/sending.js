// An archive on its way: refused here where it is too large, with a bar that says how much of it went.

/** Send a form with its file by a request that tells how far it is. The answer's page is shown as the browser would. */
function send(form, bar) {
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("accept", "text/html");
  bar.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener("load", () => {
    if (request.status < 400) {
      location.assign(request.responseURL);
      return;
    }
    form.querySelector("button").disabled = false;
    bar.hidden = true;
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    complain(form, page.querySelector(".note.bad")?.textContent ?? request.statusText);
  });
  request.addEventListener("error", () => form.submit());
  form.querySelector("button").disabled = true;
  request.send(new FormData(form));
}

/** Say below the field what is wrong. */
function complain(form, text) {
  const place = form.querySelector(".wrong");
  place.textContent = text;
  place.hidden = false;
}

for (const form of document.querySelectorAll("form[data-sending]")) {
  form.addEventListener("submit", (event) => {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) return;
    event.preventDefault();
    if (file.size > Number(form.dataset.most)) complain(form, form.dataset.tooLarge);
    else send(form, form.querySelector("progress"));
  });
}
